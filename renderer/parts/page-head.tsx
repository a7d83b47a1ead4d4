import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './page-head.module.css';

interface PageHeadProperties {
  readonly title: ReactNode;
  /** For the browser's tab, where the title is not plain text. */
  readonly tabTitle: string;
  readonly lead?: ReactNode;
  readonly before?: ReactNode;
  readonly aside?: ReactNode;
}

export function PageHead({ title, tabTitle, lead, before, aside }: PageHeadProperties): ReactNode {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${tabTitle} · ${t('brand')}`;
  }, [tabTitle, t]);
  return (
    <header className={styles.head}>
      <div>
        {before}
        <h1>{title}</h1>
        {lead !== undefined && <p className={styles.lead}>{lead}</p>}
      </div>
      {aside !== undefined && <div className={styles.aside}>{aside}</div>}
    </header>
  );
}
