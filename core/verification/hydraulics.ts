import type { Turbine, UnitConfig } from '../config/plant.ts';
import type { VerificationSettings } from './settings.ts';

/** What water of `flowM3s` falling `headM` carries, kW: rho g Q H (IEC 60041, 2.3.8). */
export function hydraulicPowerKw(flowM3s: number, headM: number, water: VerificationSettings['water']): number {
  return (water.densityKgM3 * water.gravityMS2 * flowM3s * headM) / 1000;
}

/** What the machine should then deliver, kW, turbine and generator together. */
export function expectedPowerKw(
  flowM3s: number,
  headM: number,
  unit: UnitConfig,
  settings: VerificationSettings,
): number {
  const fraction = flowM3s / unit.ratedFlowM3s;
  return hydraulicPowerKw(flowM3s, headM, settings.water) * unitEfficiency(fraction, unit, settings);
}

/**
 * Efficiency 0..1 of turbine and generator at a fraction of rated flow by a curve: the guarantee, else the textbook's.
 * `efficiencyPrior` knows what was measured at the unit, too.
 */
export function unitEfficiency(fraction: number, unit: UnitConfig, settings: VerificationSettings): number {
  if (unit.efficiency !== undefined && unit.efficiency.length > 0) return interpolate(unit.efficiency, fraction);
  const turbine = turbineEfficiency(unit.turbine, fraction);
  return turbine * settings.physics.generatorEfficiency * generatorPartLoadFactor(fraction);
}

/** The highest efficiency the unit reaches at any load, for intervals in which the load changed. */
export function peakEfficiency(unit: UnitConfig, settings: VerificationSettings): number {
  if (unit.efficiency !== undefined && unit.efficiency.length > 0) {
    return unit.efficiency.reduce((peak, [, efficiency]) => Math.max(peak, efficiency), 0);
  }
  return TURBINE_PEAK[unit.turbine] * settings.physics.generatorEfficiency;
}

/** Coefficients of q / (a1 + a2 q + a3 q^2), none below `from`: Quaschning, as used by hydropowerlib. */
const QUASCHNING = {
  francis: { a1: 0.18, a2: 0.63, a3: 0.31, from: 0.1 },
  kaplan: { a1: 0.05, a2: 0.97, a3: 0.1, from: 0.08 },
  pelton: { a1: 0.03, a2: 0.99, a3: 0.1, from: 0.07 },
  propeller: { a1: 0.25, a2: 0.28, a3: 0.69, from: 0.42 },
} as const;

const CROSSFLOW_PEAK = 0.79;

/** 1 / (a2 + 2 sqrt(a1 a3)), the greatest value of each curve. */
const TURBINE_PEAK: Record<Turbine, number> = {
  francis: peakOf(QUASCHNING.francis),
  kaplan: peakOf(QUASCHNING.kaplan),
  pelton: peakOf(QUASCHNING.pelton),
  propeller: peakOf(QUASCHNING.propeller),
  crossflow: CROSSFLOW_PEAK,
};

function peakOf(curve: { a1: number; a2: number; a3: number }): number {
  return 1 / (curve.a2 + 2 * Math.sqrt(curve.a1 * curve.a3));
}

/** Turbine efficiency 0..1 at a fraction of rated flow. Crossflow: RETScreen small hydro model (CANMET, 2004). */
export function turbineEfficiency(turbine: Turbine, fraction: number): number {
  if (turbine === 'crossflow') {
    const below = Math.max(0, 1 - fraction);
    return Math.max(0, CROSSFLOW_PEAK - 0.15 * below - 1.37 * below ** 14);
  }
  const { a1, a2, a3, from } = QUASCHNING[turbine];
  return fraction < from ? 0 : fraction / (a1 + a2 * fraction + a3 * fraction * fraction);
}

/** What part load leaves of the generator's nominal efficiency (hydropowerlib). */
export function generatorPartLoadFactor(fraction: number): number {
  return interpolate(GENERATOR_PART_LOAD, fraction);
}

const GENERATOR_PART_LOAD: readonly (readonly [number, number])[] = [
  [0.1, 0.85],
  [0.25, 0.95],
  [0.5, 1],
];

/** Straight lines between the points; the first and last value hold outside. */
function interpolate(points: readonly (readonly [number, number])[], at: number): number {
  let [previousX, previousY] = points[0] ?? [0, 0];
  if (at <= previousX) return previousY;
  for (const [x, y] of points) {
    if (at <= x) return x === previousX ? y : previousY + ((at - previousX) / (x - previousX)) * (y - previousY);
    [previousX, previousY] = [x, y];
  }
  return previousY;
}
