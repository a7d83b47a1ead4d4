import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './scroll-region.module.css';

interface ScrollRegionProperties {
  readonly label: string;
  readonly children: ReactNode;
}

/** A table that is wider than its panel: it scrolls by itself, and with the keyboard. */
export function ScrollRegion({ label, children }: ScrollRegionProperties): ReactNode {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard.
    <section className={styles.scroll} aria-label={t('tableOf', { name: label })} tabIndex={0}>
      {children}
    </section>
  );
}
