import { useComputedColorScheme } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useZone } from '../data/use-zone.ts';
import { formatNumber } from '../format/number.ts';
import { formatTime } from '../format/time.ts';
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

const FONT = '12px "Inter Variable", "Segoe UI", "Noto Sans", sans-serif';
/** Steps of the time axis: its labels are minutes, so that no step is shorter. */
const TIME_STEPS_S = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400];
const HEADROOM = 1.06;
/** Room above and below a trend that does not begin at zero, as a share of the rating: noise must not fill it. */
const NEAR_SHARE = 0.03;

function optionsOf(latest: { readonly current: TrendProperties }, width: number, zone: string): uPlot.Options {
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
  const axis = {
    font: FONT,
    stroke: colour('ink-faint'),
    grid: { stroke: colour('grid'), width: 1 },
    ticks: { show: false },
  };
  const { digits, heightPx } = latest.current;
  return {
    width,
    height: heightPx,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    scales: {
      x: { time: true, range: () => [latest.current.fromS, latest.current.toS] },
      y: { range: (_, low, high) => rangeOf(latest.current, low, high) },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 70,
        incrs: TIME_STEPS_S,
        values: (_, ticks) => ticks.map((seconds) => formatTime(seconds * 1000, zone, 'minute')),
      },
      {
        ...axis,
        size: 52,
        space: 34,
        values: (_, ticks) => ticks.map((value) => formatNumber(value, tickDigits(ticks, digits))),
      },
    ],
    series: [
      {},
      { stroke: colour('trend'), width: 2, points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      pointSeries(colour('attention-edge')),
      pointSeries(colour('alarm-edge')),
    ],
    bands: [{ series: [3, 2], fill: colour('trend-band') }],
  };
}

/** Means of readings that were not approved, as dots without a line. */
function pointSeries(stroke: string): uPlot.Series {
  return { stroke, fill: stroke, width: 0, paths: () => null, points: { show: true, size: 8, stroke, fill: stroke } };
}

function rangeOf({ top = 0, base }: TrendProperties, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (base === 'near' && low !== null && high !== null) {
    const room = Math.max((high - low) / 2, top * NEAR_SHARE);
    return [low - room, high + room];
  }
  const highest = Math.max(high ?? 0, top) * HEADROOM;
  return [Math.min(0, low ?? 0), highest > 0 ? highest : 1];
}

function tickDigits(ticks: readonly number[], digits: number): number {
  return ticks.every((tick) => Number.isInteger(tick)) ? 0 : Math.max(1, digits);
}
