import type { PointConfig } from '../../core/config/plant.ts';

/** Nominal voltages, phase to phase and to neutral, in V (IEC 60038), and how far a value may lie from one. */
const NOMINAL_VOLTS = [
  100, 110, 120, 230, 400, 415, 480, 690, 1000, 1905, 3300, 3637, 6300, 6600, 10_000, 11_000, 15_000, 20_000, 22_000,
  33_000, 66_000, 110_000, 132_000, 220_000,
] as const;
const VOLTAGE_TOLERANCE = 0.3;

interface Band {
  readonly min: number;
  readonly max: number;
  /** How much such a value says: a frequency between 45 and 65 Hz is seldom chance, a current of any size often. */
  readonly weight: number;
}

const BANDS: Readonly<Record<string, Band>> = {
  Hz: { min: 45, max: 65, weight: 4 },
  A: { min: -20_000, max: 20_000, weight: 1 },
  W: { min: -1e9, max: 1e9, weight: 1 },
  kW: { min: -1e6, max: 1e6, weight: 1 },
  MW: { min: -1000, max: 1000, weight: 1 },
  var: { min: -1e9, max: 1e9, weight: 1 },
  kvar: { min: -1e6, max: 1e6, weight: 1 },
  VA: { min: 0, max: 1e9, weight: 1 },
  kVA: { min: 0, max: 1e6, weight: 1 },
  '1': { min: -1.001, max: 1.001, weight: 2 },
  Wh: { min: 0, max: 1e14, weight: 1 },
  kWh: { min: 0, max: 1e11, weight: 1 },
  MWh: { min: 0, max: 1e8, weight: 1 },
  'm3/s': { min: 0, max: 5000, weight: 2 },
  m: { min: 0.3, max: 2000, weight: 2 },
  Cel: { min: -5, max: 60, weight: 1 },
  pH: { min: 3, max: 11, weight: 3 },
  '%': { min: -0.5, max: 110, weight: 1 },
  NTU: { min: 0, max: 20_000, weight: 1 },
};
/** Smaller values than this are no measurement but scattered bits; floats below the normal range above all. */
const TINY = 1e-6;

export interface Judgement {
  readonly verdict: 'plausible' | 'zero' | 'implausible';
  readonly weight: number;
}

/** Whether a value can be what its point says that it is, by its unit alone. */
export function judgeValue({ unit, kind }: Pick<PointConfig, 'unit' | 'kind'>, value: number | string): Judgement {
  if (typeof value === 'string') return { verdict: 'plausible', weight: 1 };
  const isVoltage = unit === 'V' || unit === 'kV';
  const weight = isVoltage ? 3 : (BANDS[unit]?.weight ?? 0);
  if (value === 0) return { verdict: 'zero', weight };
  if (Math.abs(value) < TINY) return { verdict: 'implausible', weight };
  if (kind === 'state') return { verdict: 'plausible', weight: 1 };
  if (isVoltage) {
    const volts = value * (unit === 'kV' ? 1000 : 1);
    const isNear = NOMINAL_VOLTS.some((nominal) => Math.abs(volts / nominal - 1) <= VOLTAGE_TOLERANCE);
    return { verdict: isNear ? 'plausible' : 'implausible', weight };
  }
  const band = BANDS[unit];
  if (band === undefined) return { verdict: 'plausible', weight: 0 };
  return { verdict: value >= band.min && value <= band.max ? 'plausible' : 'implausible', weight };
}
