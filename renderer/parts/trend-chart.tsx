import { useComputedColorScheme } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useZone } from '../data/use-zone.ts';
import { colourOf, frameOf, pointSeries } from './chart-axes.ts';
import type { TrendProperties } from './trend.tsx';

/** Draws one trend with uPlot; made anew when theme, zone or span change, else fed with new columns. */
export default function TrendChart(properties: TrendProperties): ReactNode {
  const { series, heightPx, fromS, toS } = properties;
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef(properties);
  latest.current = properties;
  const scheme = useComputedColorScheme();
  const { shown } = useZone();

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the theme changes the colours read here.
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const plot = new uPlot(optionsOf(latest, element.clientWidth, shown), columnsOf(latest.current.series), element);
    chart.current = plot;
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = undefined;
    };
  }, [scheme, shown, heightPx]);

  useEffect(() => {
    chart.current?.setData(columnsOf(series), false);
    chart.current?.setScale('x', { min: fromS, max: toS });
  }, [series, fromS, toS]);

  return <div ref={holder} />;
}

function columnsOf({ timesS, mean, min, max, flagged, rejected }: TrendProperties['series']): uPlot.AlignedData {
  return [timesS, mean, min, max, flagged, rejected].map((column) => [...column]) as unknown as uPlot.AlignedData;
}

const HEADROOM = 1.06;
/** Room above and below a trend that does not begin at zero, as a share of the rating: noise must not fill it. */
const NEAR_SHARE = 0.03;

function optionsOf(latest: { readonly current: TrendProperties }, width: number, zone: string): uPlot.Options {
  const { digits, heightPx } = latest.current;
  return {
    ...frameOf(width, heightPx, zone, digits),
    scales: {
      x: { time: true, range: () => [latest.current.fromS, latest.current.toS] },
      y: { range: (_, low, high) => rangeOf(latest.current, low, high) },
    },
    series: [
      {},
      { stroke: colourOf('trend'), width: 2, points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      pointSeries(colourOf('attention-edge')),
      pointSeries(colourOf('alarm-edge')),
    ],
    bands: [{ series: [3, 2], fill: colourOf('trend-band') }],
  };
}

function rangeOf({ top = 0, base }: TrendProperties, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (base === 'near' && low !== null && high !== null) {
    const room = Math.max((high - low) / 2, top * NEAR_SHARE);
    return [low - room, high + room];
  }
  const highest = Math.max(high ?? 0, top) * HEADROOM;
  return [Math.min(0, low ?? 0), highest > 0 ? highest : 1];
}
