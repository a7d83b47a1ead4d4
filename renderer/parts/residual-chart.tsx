import { useComputedColorScheme } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ResidualSeries } from '../data/residual-series.ts';
import { useZone } from '../data/use-zone.ts';
import { colourOf, frameOf, pointSeries } from './chart-axes.ts';

interface ResidualChartProperties {
  readonly series: ResidualSeries;
  readonly heightPx: number;
  /** `power` stands on zero, in kW; `difference` lies around zero, in per cent of the expectation. */
  readonly kind: 'power' | 'difference';
}

/** Power as a line, the expectation dashed within its band, the reading of the page as a dot. */
export default function ResidualChart({ series, heightPx, kind }: ResidualChartProperties): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();
  const { shown } = useZone();

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the theme changes the colours read here.
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const plot = new uPlot(
      optionsOf(series, { width: element.clientWidth, height: heightPx, kind, zone: shown }),
      columnsOf(series),
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [scheme, shown, heightPx, kind, series]);

  return <div ref={holder} />;
}

function columnsOf({ timesS, power, expected, low, high, marked }: ResidualSeries): uPlot.AlignedData {
  return [timesS, low, high, expected, power, marked].map((column) => [...column]) as unknown as uPlot.AlignedData;
}

const HEADROOM = 1.06;
/** A difference that is all within this looks like what it is: next to nothing. */
const PERCENT_LEAST = 2;
/** While the load changes anything may be expected; the plot is not stretched for it. */
const PERCENT_MOST = 25;

const RANGES = {
  power: (_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax => [
    Math.min(0, low ?? 0),
    Math.max(1, (high ?? 0) * HEADROOM),
  ],
  difference: (_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax => [
    -within(-(low ?? 0) * HEADROOM),
    within((high ?? 0) * HEADROOM),
  ],
} as const;

function within(percent: number): number {
  return Math.max(PERCENT_LEAST, Math.min(PERCENT_MOST, percent));
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly kind: ResidualChartProperties['kind'];
  readonly zone: string;
}

function optionsOf(series: ResidualSeries, { width, height, kind, zone }: Frame): uPlot.Options {
  const { fromS, toS } = series;
  return {
    ...frameOf(width, height, zone, 0),
    scales: {
      x: { time: true, range: () => [fromS, toS] },
      y: { range: RANGES[kind] },
    },
    series: [
      {},
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: colourOf('trend'), width: 1.5, dash: [5, 4], points: { show: false } },
      { stroke: colourOf('trend'), width: 2, points: { show: false } },
      pointSeries(colourOf('action')),
    ],
    bands: [{ series: [2, 1], fill: colourOf('trend-band') }],
  };
}
