import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { TrendSeries } from '../data/trend-series.ts';
import { formatNumber, NO_VALUE } from '../format/number.ts';
import { loadTrendChart } from './load-trend-chart.ts';
import styles from './trend.module.css';

/** The chart library is fetched when the first trend is drawn. */
const TrendChart = lazy(loadTrendChart);

export interface TrendProperties {
  readonly series: TrendSeries;
  readonly quantity: string;
  readonly unit: string;
  readonly digits: number;
  readonly span: string;
  /** UTC seconds. */
  readonly fromS: number;
  readonly toS: number;
  readonly heightPx: number;
  /** The rating; a scale from zero reaches at least this far. */
  readonly top?: number | undefined;
  /** `near`: the scale stays near the values instead of beginning at zero. */
  readonly base: 'zero' | 'near';
}

/** A quantity over time from readings: mean as a line, lowest to highest as a band, breaks where nothing is known. */
export function Trend(properties: TrendProperties): ReactNode {
  const { t } = useTranslation();
  const { series, quantity, unit, digits, span, heightPx } = properties;
  const known = series.mean.filter((value) => value !== null);
  const format = (value: number | undefined): string => (value === undefined ? NO_VALUE : formatNumber(value, digits));
  const summary = t('unit.trendSummary', {
    quantity,
    span,
    unit,
    min: format(known.length === 0 ? undefined : Math.min(...known)),
    max: format(known.length === 0 ? undefined : Math.max(...known)),
    last: format(known.at(-1)),
  });
  return (
    <figure className={styles.trend}>
      <figcaption className={styles.caption}>
        {t('unit.trend', { quantity, span })} <span>{unit}</span>
      </figcaption>
      <div className={styles.chart} style={{ height: heightPx }} role="img" aria-label={summary}>
        {known.length < 2 ? (
          <p className={styles.waiting}>{t('unit.trendWaiting')}</p>
        ) : (
          <Suspense fallback={null}>
            <TrendChart {...properties} />
          </Suspense>
        )}
      </div>
    </figure>
  );
}
