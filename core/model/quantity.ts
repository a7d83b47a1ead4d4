/**
 * The quantities that a unit's `signals` may name, each with the unit that every stage after the driver works in.
 * `counter` quantities are cumulative registers, `state` is an enumeration, the rest are momentary values.
 */
export const QUANTITIES = {
  flow: { unit: 'm3/s', kind: 'gauge' },
  head: { unit: 'm', kind: 'gauge' },
  power: { unit: 'kW', kind: 'gauge' },
  energyExport: { unit: 'kWh', kind: 'counter' },
  energyImport: { unit: 'kWh', kind: 'counter' },
  energyExportCheck: { unit: 'kWh', kind: 'counter' },
  gate: { unit: '%', kind: 'gauge' },
  status: { unit: '', kind: 'state' },
  breaker: { unit: '', kind: 'state' },
  waterTemperature: { unit: 'Cel', kind: 'gauge' },
  ph: { unit: 'pH', kind: 'gauge' },
  turbidity: { unit: 'NTU', kind: 'gauge' },
} as const satisfies Record<string, { unit: string; kind: QuantityKind }>;

export type Quantity = keyof typeof QUANTITIES;
export type QuantityKind = 'gauge' | 'counter' | 'state';
export type GaugeQuantity = {
  [Q in Quantity]: (typeof QUANTITIES)[Q]['kind'] extends 'gauge' ? Q : never;
}[Quantity];

/** Factors from the units a device may deliver to the quantity's own unit (SI prefixes; IEC 80000). */
const FACTOR_TO: Record<string, Record<string, number>> = {
  'm3/s': { 'm3/s': 1, 'l/s': 1e-3, 'm3/h': 1 / 3600 },
  m: { m: 1, cm: 0.01, mm: 0.001 },
  kW: { kW: 1, W: 1e-3, MW: 1e3 },
  kWh: { kWh: 1, Wh: 1e-3, MWh: 1e3 },
  '%': { '%': 1 },
  Cel: { Cel: 1 },
  pH: { pH: 1 },
  NTU: { NTU: 1 },
};

/** The units a point may carry to serve a quantity whose unit is `unit`. */
export function acceptedUnits(unit: string): string[] {
  return Object.keys(FACTOR_TO[unit] ?? {});
}

/** Factor from `from` to `to`, or undefined when the two do not measure the same thing. */
export function unitFactor(from: string, to: string): number | undefined {
  return FACTOR_TO[to]?.[from];
}
