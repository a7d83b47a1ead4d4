import type { Reading } from '../acquisition/reading.ts';
import type { WaterBandConfig, WaterQuantity } from '../config/water-bands.ts';
import { localMonth } from '../model/local-time.ts';
import { instantMs } from '../model/time.ts';
import type { VerificationContext } from './layer.ts';
import type { VerificationSettings } from './settings.ts';
import { show } from './suspicion.ts';
import { seasonBand, type WaterField } from './water-seasons.ts';

export interface WaterBand {
  readonly min: number;
  readonly max: number;
  /** What the value is that lies beyond it, for the end of a sentence. */
  readonly words: string;
}

const QUANTITY_OF: Readonly<Record<WaterField, WaterQuantity>> = {
  waterTemperatureCel: 'waterTemperature',
  ph: 'ph',
  turbidityNtu: 'turbidity',
};
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November'],
  'December',
];

/**
 * The band of a quantity for the season of the reading: what plant.yaml states for the month, else what the unit's model
 * learned of that month, else a guard band for any river.
 */
export function waterBand(
  { name: field, unit }: { readonly name: WaterField; readonly unit: string },
  reading: Reading,
  { plant, waterBands, twin }: Pick<VerificationContext, 'plant' | 'waterBands' | 'twin'>,
  settings: VerificationSettings['environmental'],
): WaterBand {
  const guard = guardOf(field, settings);
  const stated = statedBand(QUANTITY_OF[field], reading, plant.timezone, waterBands);
  if (stated !== undefined) {
    const min = stated.min ?? guard.min;
    const max = stated.max ?? guard.max;
    const when = stated.month === undefined ? '' : ` for ${MONTHS[stated.month - 1]}`;
    return { min, max, words: `outside ${show(min, 2)} to ${show(max, 2)}${unit}, which plant.yaml states${when}` };
  }
  const learned = seasonBand(twin?.model?.water, field, reading.from);
  if (learned === undefined) {
    return { ...guard, words: `outside the guard band ${show(guard.min, 2)} to ${show(guard.max, 2)}${unit}` };
  }
  const month = MONTHS[new Date(instantMs(reading.from)).getUTCMonth()];
  const { min, max, low, high, readings } = learned;
  const words = `unlike ${month} at this site, where 98 of 100 of ${readings} readings were ${show(low, 2)} to ${show(high, 2)}${unit}`;
  return { min, max, words };
}

function statedBand(
  quantity: WaterQuantity,
  { from }: Reading,
  timezone: string,
  bands: readonly WaterBandConfig[] = [],
): (WaterBandConfig & { readonly month: number | undefined }) | undefined {
  for (const band of bands) {
    if (band.quantity !== quantity) continue;
    if (band.months === undefined) return { ...band, month: undefined };
    const month = localMonth(instantMs(from), timezone);
    if (band.months.includes(month)) return { ...band, month };
  }
  return undefined;
}

function guardOf(field: WaterField, limits: VerificationSettings['environmental']): { min: number; max: number } {
  switch (field) {
    case 'waterTemperatureCel':
      return { min: limits.waterTemperatureMinCel, max: limits.waterTemperatureMaxCel };
    case 'ph':
      return { min: limits.phMin, max: limits.phMax };
    case 'turbidityNtu':
      return { min: 0, max: limits.turbidityNoteNtu };
  }
}
