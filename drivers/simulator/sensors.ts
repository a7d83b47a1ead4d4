import type { Quantity } from '../../core/model/quantity.ts';
import type { Nameplate } from './machine.ts';
import { hashToNormal, hashToUnit } from './noise.ts';
import type { Truth } from './simulated-plant.ts';

export type MomentaryQuantity = Exclude<
  Quantity,
  'energyExport' | 'energyImport' | 'energyExportCheck' | 'status' | 'breaker'
>;

interface Sensor {
  /** What it shows without noise. */
  readonly value: (truth: Truth, nameplate: Nameplate) => number;
  /** Constant error and noise, share of the value. */
  readonly bias: number;
  readonly noise: number;
  /** Noise that does not depend on the value, in the quantity's unit. */
  readonly floor: number;
  readonly decimals: number;
}

/** Errors as of ordinary industrial instruments: class 0.2 transducers, ultrasonic flow within 1 %. */
const SENSORS: Readonly<Record<MomentaryQuantity, Sensor>> = {
  flow: { value: (t, n) => t.flowShare * n.ratedFlowM3s, bias: 0.008, noise: 0.003, floor: 0, decimals: 4 },
  head: { value: (t) => t.headM, bias: 0.002, noise: 0.0005, floor: 0.01, decimals: 2 },
  power: { value: (t) => t.powerKw, bias: 0.002, noise: 0.0015, floor: 0, decimals: 1 },
  gate: { value: (t) => 96 * t.flowShare ** 0.92, bias: 0.004, noise: 0.0004, floor: 0, decimals: 2 },
  waterTemperature: {
    value: (t) => 8 + 7 * t.season + 0.5 * t.riverShare,
    bias: 0.01,
    noise: 0,
    floor: 0.03,
    decimals: 1,
  },
  ph: { value: (t) => 7.7 - 0.15 * (t.riverShare - 0.8), bias: 0.005, noise: 0, floor: 0.01, decimals: 2 },
  turbidity: { value: (t) => 9 * (t.riverShare / 0.7) ** 2.5, bias: 0.03, noise: 0.02, floor: 0.1, decimals: 1 },
};

const QUANTITY_ORDER = Object.keys(SENSORS);

/** What the instrument shows. The same second of the same plant always shows the same. */
export function senseQuantity(
  quantity: MomentaryQuantity,
  truth: Truth,
  of: { nameplate: Nameplate; seed: number; unit: number; utcMs: number },
): number {
  const sensor = SENSORS[quantity];
  const stream = 5000 + of.unit * 100 + QUANTITY_ORDER.indexOf(quantity);
  const value = sensor.value(truth, of.nameplate);
  const bias = (hashToUnit(of.seed, stream, -1) * 2 - 1) * sensor.bias;
  const noise = hashToNormal(of.seed, stream, Math.floor(of.utcMs / 1000));
  const shown = value * (1 + bias + noise * sensor.noise) + noise * sensor.floor;
  const step = 10 ** sensor.decimals;
  return Math.round(shown * step) / step + 0;
}
