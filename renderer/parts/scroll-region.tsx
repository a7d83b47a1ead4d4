import type { ReactNode } from 'react';
import styles from './scroll-region.module.css';

interface ScrollRegionProperties {
  readonly label: string;
  readonly children: ReactNode;
}

/** A table that is wider than its panel: it scrolls by itself, and with the keyboard. */
export function ScrollRegion({ label, children }: ScrollRegionProperties): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard.
    <section className={styles.scroll} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
