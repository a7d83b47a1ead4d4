import { SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading, UnitStatus } from '../api/types.ts';
import { type TrendQuantity, trendSeriesOf } from '../data/trend-series.ts';
import { useLatestReadings } from '../data/use-readings.ts';
import { useStatus } from '../data/use-status.ts';
import { type TrendWindow, useTrendWindow } from '../data/use-trend-window.ts';
import { powerDigits, QUANTITY_FORMATS } from '../format/quantity.ts';
import { Answer } from '../parts/answer.tsx';
import { FreshnessMark } from '../parts/freshness-mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { ReadingTable } from '../parts/reading-table.tsx';
import { Trend } from '../parts/trend.tsx';
import { UnitFigures } from '../parts/unit-panel.tsx';
import { UnitStateMark } from '../parts/unit-state-mark.tsx';
import { WaterQuality } from '../parts/water-quality.tsx';
import styles from './unit-page.module.css';

const SPANS = { hour: 1, six: 6, day: 24 } as const;
const READINGS_MAX = 1000;
const TABLE_LENGTH = 12;

export function UnitPage({ id }: { readonly id: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <Answer query={useStatus()}>
      {(status) => {
        const unit = status.plant.units.find((item) => item.id === id);
        if (unit !== undefined) return <Unit key={id} unit={unit} />;
        return <PageHead title={t('unit.notFound', { id })} tabTitle={t('problem.notFound')} />;
      }}
    </Answer>
  );
}

function Unit({ unit }: { readonly unit: UnitStatus }): ReactNode {
  const { t } = useTranslation();
  const [span, setSpan] = useState<keyof typeof SPANS>('six');
  const readings = useLatestReadings(READINGS_MAX, unit.id);
  const items = readings.data ?? [];
  return (
    <>
      <PageHead
        title={
          <span className={styles.title}>
            {unit.name} <UnitStateMark unit={unit} />
          </span>
        }
        tabTitle={unit.name}
        lead={
          <span className={styles.title}>
            {t(`unit.turbine.${unit.turbine as 'francis'}`)} <FreshnessMark unit={unit} />
          </span>
        }
        aside={
          <SegmentedControl
            aria-label={t('unit.span.label')}
            value={span}
            onChange={(value) => setSpan(value)}
            data={(Object.keys(SPANS) as (keyof typeof SPANS)[]).map((value) => ({
              value,
              label: t(`unit.span.${value}`),
            }))}
          />
        }
      />
      <div className={styles.now}>
        <Panel title={t('unit.values')}>
          <UnitFigures unit={unit} />
        </Panel>
        <section className={styles.water}>
          <WaterQuality unit={unit} />
        </section>
      </div>
      {readings.data !== undefined && <UnitTrends unit={unit} readings={items} hours={SPANS[span]} />}
      <Panel
        title={t('plant.latest')}
        padding="none"
        aside={
          <Link to="/readings" search={{ unit: unit.id }}>
            {t('unit.allReadings')}
          </Link>
        }
      >
        <Answer query={readings}>
          {() => <ReadingTable readings={items.slice(0, TABLE_LENGTH)} units={[unit]} shape="brief" />}
        </Answer>
      </Panel>
    </>
  );
}

interface UnitTrendsProperties {
  readonly unit: UnitStatus;
  readonly readings: readonly Reading[];
  readonly hours: number;
}

function UnitTrends({ unit, readings, hours }: UnitTrendsProperties): ReactNode {
  const { t } = useTranslation();
  const { flow, head, gate } = QUANTITY_FORMATS;
  const trendWindow = useTrendWindow(readings, hours);
  const trends = [
    {
      column: 'powerKw',
      name: 'power',
      unit: 'kW',
      digits: powerDigits(unit.ratedPowerKw),
      top: unit.ratedPowerKw,
      base: 'zero',
    },
    { column: 'flowM3s', name: 'flow', ...flow, top: unit.ratedFlowM3s, base: 'zero' },
    { column: 'headM', name: 'head', ...head, top: unit.ratedHeadM, base: 'near' },
    { column: 'gatePercent', name: 'gate', ...gate, top: 100, base: 'zero' },
  ] as const;
  const measured = trends.filter(({ name }) => unit.signals[name] !== undefined);
  const isDrawn = measured.some(({ column }) => trendWindow.readings.filter((item) => item[column]).length > 1);
  if (!isDrawn) return <p className={styles.waiting}>{t('unit.trendsWaiting')}</p>;
  return (
    <section className={styles.trends} aria-label={t('unit.trendBand')}>
      {measured.map(({ column, name, ...shape }) => (
        <div key={name} className={styles.trend}>
          <QuantityTrend column={column} quantity={t(`quantity.${name}`)} {...shape} trendWindow={trendWindow} />
        </div>
      ))}
      <p className={styles.legend}>{t('unit.trendBand')}</p>
    </section>
  );
}

interface QuantityTrendProperties {
  readonly column: TrendQuantity;
  readonly quantity: string;
  readonly unit: string;
  readonly digits: number;
  readonly top: number;
  readonly base: 'zero' | 'near';
  readonly trendWindow: TrendWindow;
}

function QuantityTrend({ column, trendWindow, ...shape }: QuantityTrendProperties): ReactNode {
  const series = useMemo(() => trendSeriesOf(trendWindow.readings, column), [trendWindow.readings, column]);
  const { fromS, toS, span } = trendWindow;
  return <Trend {...shape} {...{ series, fromS, toS, span }} heightPx={190} />;
}
