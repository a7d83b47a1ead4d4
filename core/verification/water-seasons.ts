import type { Reading } from '../acquisition/reading.ts';
import { instantMs } from '../model/time.ts';

export const WATER_FIELDS = ['waterTemperatureCel', 'ph', 'turbidityNtu'] as const;
export type WaterField = (typeof WATER_FIELDS)[number];

/** Hundredth and ninety-ninth hundredth of the means of a month, and how many there were. */
export interface SeasonRange {
  readonly low: number;
  readonly high: number;
  readonly readings: number;
}

/** By month of the year, `1` for January, in UTC. */
export type WaterSeasons = Readonly<Record<string, Readonly<Partial<Record<WaterField, SeasonRange>>>>>;

/** A day of five-minute readings: fewer say nothing of a month. */
const READINGS_MIN = 288;
const TAIL = 0.01;

/** What the water of the site was like in each month that the readings speak of; undefined where none has enough. */
export function learnSeasons(readings: Iterable<Pick<Reading, 'from' | WaterField>>): WaterSeasons | undefined {
  const means = new Map<string, Map<WaterField, number[]>>();
  for (const reading of readings) {
    const month = monthOf(reading.from);
    let ofMonth = means.get(month);
    if (ofMonth === undefined) {
      ofMonth = new Map();
      means.set(month, ofMonth);
    }
    for (const field of WATER_FIELDS) {
      const mean = reading[field]?.mean;
      if (mean === undefined || !Number.isFinite(mean)) continue;
      const own = ofMonth.get(field);
      if (own === undefined) ofMonth.set(field, [mean]);
      else own.push(mean);
    }
  }
  const seasons = [...means].flatMap(([month, ofMonth]) => {
    const ranges = [...ofMonth].flatMap(([field, values]) =>
      values.length < READINGS_MIN ? [] : [[field, rangeOf(values)] as const],
    );
    return ranges.length === 0 ? [] : [[month, Object.fromEntries(ranges)] as const];
  });
  return seasons.length === 0 ? undefined : Object.fromEntries(seasons.sort(([a], [b]) => Number(a) - Number(b)));
}

/** Quantiles, and no means: an hour of a broken sensor must not widen a month. */
function rangeOf(values: readonly number[]): SeasonRange {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { low: at(TAIL), high: at(1 - TAIL), readings: sorted.length };
}

/** How far beyond what was seen a value may lie and still be of that month, in the quantity's unit. */
const MARGINS = { waterTemperatureCel: 1, ph: 0.2, turbidityNtu: 5 } as const;

/** What the field may be in the month of `from` by what was learned, with room beyond it; undefined where nothing was. */
export function seasonBand(
  seasons: WaterSeasons | undefined,
  field: WaterField,
  from: string,
): (SeasonRange & { readonly min: number; readonly max: number }) | undefined {
  const range = seasons?.[monthOf(from)]?.[field];
  if (range === undefined) return undefined;
  const { low, high } = range;
  const margin = MARGINS[field];
  // Silt comes in multiples: a storm brings twice of what the worst day brought, and that is still a storm.
  if (field === 'turbidityNtu') return { ...range, min: low / 2 - margin, max: high * 2 + margin };
  const room = Math.max(margin, (high - low) / 2);
  return { ...range, min: low - room, max: high + room };
}

function monthOf(iso: string): string {
  return String(new Date(instantMs(iso)).getUTCMonth() + 1);
}
