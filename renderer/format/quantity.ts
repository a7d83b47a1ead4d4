/** How the quantities of a unit are shown: the unit as people write it, and decimals that instruments justify. */
export const QUANTITY_FORMATS = {
  power: { unit: 'kW', digits: 0 },
  flow: { unit: 'm³/s', digits: 2 },
  head: { unit: 'm', digits: 1 },
  gate: { unit: '%', digits: 1 },
  waterTemperature: { unit: '°C', digits: 1 },
  ph: { unit: 'pH', digits: 2 },
  turbidity: { unit: 'NTU', digits: 1 },
} as const;

export type ShownQuantity = keyof typeof QUANTITY_FORMATS;

const LARGE_RATING_KW = 1000;
const SMALL_RATING_KW = 100;

/** Decimals of a power: a 2 MW set is read to the kilowatt, a 50 kW one to ten watts. */
export function powerDigits(ratedPowerKw: number): number {
  if (ratedPowerKw >= LARGE_RATING_KW) return 0;
  return ratedPowerKw >= SMALL_RATING_KW ? 1 : 2;
}

const UNIT_TEXTS: Record<string, string> = { 'm3/s': 'm³/s', 'm3/h': 'm³/h', Cel: '°C' };

/** The unit as people write it, from the code the appliance uses. */
export function unitText(unit: string): string {
  return UNIT_TEXTS[unit] ?? unit;
}

const UNIT_DIGITS: Record<string, number> = { kW: 1, 'm3/s': 3, m: 2, '%': 1, Cel: 1, pH: 2, NTU: 1, kWh: 1, MW: 3 };

/** Decimals for a point's value, by its unit. */
export function unitDigits(unit: string): number {
  return UNIT_DIGITS[unit] ?? 2;
}
