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
}

/** Power as a line, the expectation dashed within its band, the reading of the page as a dot. */
export default function ResidualChart({ series, heightPx }: ResidualChartProperties): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();
  const { shown } = useZone();

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the theme changes the colours read here.
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const plot = new uPlot(optionsOf(series, element.clientWidth, heightPx, shown), columnsOf(series), element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [scheme, shown, heightPx, series]);

  return <div ref={holder} />;
}

function columnsOf({ timesS, powerKw, expectedKw, lowKw, highKw, markedKw }: ResidualSeries): uPlot.AlignedData {
  return [timesS, lowKw, highKw, expectedKw, powerKw, markedKw].map((column) => [
    ...column,
  ]) as unknown as uPlot.AlignedData;
}

const HEADROOM = 1.06;

function optionsOf(series: ResidualSeries, width: number, height: number, zone: string): uPlot.Options {
  const { fromS, toS } = series;
  return {
    ...frameOf(width, height, zone, 0),
    scales: {
      x: { time: true, range: () => [fromS, toS] },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1, (high ?? 0) * HEADROOM)] },
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
