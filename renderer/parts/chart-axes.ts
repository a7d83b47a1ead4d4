import uPlot from 'uplot';
import { formatNumber } from '../format/number.ts';
import { formatTime } from '../format/time.ts';

const FONT = '12px "Inter Variable", "Segoe UI", "Noto Sans", sans-serif';
/** Steps of the time axis: its labels are minutes, so that no step is shorter. */
const TIME_STEPS_S = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400];

/** Half of a label such as `17:20`: the last one may stand at the end of its axis. */
const HALF_TIME_PX = 20;
/** A digit of the font above, and what lies between a label and its axis. */
const DIGIT_PX = 7.5;
const GAP_PX = 12;
const LEAST_PX = 52;

/** How wide the axis of values must be for its longest label; uPlot gives none before the first ticks are known. */
function widthOf(labels: readonly (string | null)[] | null): number {
  const longest = Math.max(0, ...(labels ?? []).map((label) => label?.length ?? 0));
  return Math.max(LEAST_PX, Math.ceil(longest * DIGIT_PX) + GAP_PX);
}

/** A colour of the theme as it is now. */
export function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
}

/** What every chart has in common: size, time in the zone, no legend and no cursor, and its two axes. */
export function frameOf(
  width: number,
  height: number,
  zone: string,
  digits: number,
): Omit<uPlot.Options, 'series' | 'scales' | 'bands'> {
  const axis = {
    font: FONT,
    stroke: colourOf('ink-faint'),
    grid: { stroke: colourOf('grid'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [8, HALF_TIME_PX, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
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
        size: (_, labels) => widthOf(labels),
        space: 34,
        values: (_, ticks) => ticks.map((value) => formatNumber(value, tickDigits(ticks, digits))),
      },
    ],
  };
}

/** Values as dots without a line. */
export function pointSeries(stroke: string): uPlot.Series {
  return { stroke, fill: stroke, width: 0, paths: () => null, points: { show: true, size: 8, stroke, fill: stroke } };
}

function tickDigits(ticks: readonly number[], digits: number): number {
  return ticks.every((tick) => Number.isInteger(tick)) ? 0 : Math.max(1, digits);
}
