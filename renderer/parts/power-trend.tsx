import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading, UnitStatus } from '../api/types.ts';
import { trendSeriesOf } from '../data/trend-series.ts';
import { useTrendWindow } from '../data/use-trend-window.ts';
import { powerDigits } from '../format/quantity.ts';
import { Trend } from './trend.tsx';

interface PowerTrendProperties {
  readonly unit: UnitStatus;
  readonly readings: readonly Reading[];
  readonly hours: number;
  readonly heightPx: number;
}

/** Power of a unit over the last hours, against its rating. */
export function PowerTrend({ unit, readings, hours, heightPx }: PowerTrendProperties): ReactNode {
  const { t } = useTranslation();
  const trendWindow = useTrendWindow(readings, hours);
  const series = useMemo(() => trendSeriesOf(trendWindow.readings, 'powerKw'), [trendWindow.readings]);
  return (
    <Trend
      series={series}
      quantity={t('quantity.power')}
      unit="kW"
      digits={powerDigits(unit.ratedPowerKw)}
      span={trendWindow.span}
      fromS={trendWindow.fromS}
      toS={trendWindow.toS}
      heightPx={heightPx}
      top={unit.ratedPowerKw}
      base="zero"
    />
  );
}
