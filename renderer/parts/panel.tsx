import { type ReactNode, useId } from 'react';
import styles from './panel.module.css';

interface PanelProperties {
  readonly title: ReactNode;
  /** What stands at the other end of the title's line. */
  readonly aside?: ReactNode;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
  readonly padding?: 'plain' | 'none';
}

export function Panel({ title, aside, lead, children, padding = 'plain' }: PanelProperties): ReactNode {
  const id = useId();
  return (
    <section className={styles.panel} aria-labelledby={id}>
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <div className={styles.aside}>{aside}</div>}
      </header>
      {lead !== undefined && <p className={styles.lead}>{lead}</p>}
      <div className={styles.body} data-padding={padding}>
        {children}
      </div>
    </section>
  );
}
