import type { ReactNode } from 'react';
import styles from './bar.module.css';

interface BarProperties {
  /** Share 0..1; more than 1 is drawn as full with an end mark. Undefined draws an empty track. */
  readonly share: number | undefined;
  readonly size?: 'thin' | 'plain' | 'tall';
  /** Shares at which a line is drawn across the bar. */
  readonly marks?: readonly number[];
  readonly tone?: 'normal' | 'attention' | 'alarm' | 'faint';
}

/** A share as a length. Decoration: the figure stands beside it as text. */
export function Bar({ share, size = 'plain', marks = [], tone = 'normal' }: BarProperties): ReactNode {
  const filled = Math.min(1, Math.max(0, share ?? 0));
  return (
    <div className={styles.track} data-size={size} aria-hidden="true">
      <div className={styles.fill} data-tone={tone} style={{ transform: `scaleX(${filled})` }} />
      {marks.map((mark) => (
        <i key={mark} className={styles.tick} style={{ left: `${mark * 100}%` }} />
      ))}
    </div>
  );
}
