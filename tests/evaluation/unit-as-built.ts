import { nextGaussian, type Random } from '../../core/model/random.ts';

/** A unit as the erector left it: near its guarantee, never on it. */
export interface AsBuilt {
  readonly id: string;
  readonly ratedFlowM3s: number;
  /** Added to the guaranteed efficiency, and how far the best point lies from the guaranteed one. */
  readonly efficiencyShift: number;
  readonly bestPointShift: number;
  /** Gate opening to flow: curvature and a bump of the guide vane linkage. */
  readonly gateCurvature: number;
  readonly gateBump: number;
  /** Head lost in the unit's own branch, m per (m3/s)^2. */
  readonly branchLoss: number;
}

export const RATED_HEAD_M = 95;
export const RATED_FLOW_M3S = 3.7;
export const RATED_POWER_KW = 3000;
export const GUARANTEE: readonly (readonly [number, number])[] = [
  [0.3, 0.74],
  [0.4, 0.8],
  [0.6, 0.875],
  [0.85, 0.91],
  [1, 0.895],
  [1.1, 0.87],
];
/** kg/m3 at 12 Cel times local gravity at 30 degrees north and 1200 m, m/s2. */
const WATER_KN_PER_M3 = (999.5 * 9.7905) / 1000;

export function buildUnit(id: string, random: Random): AsBuilt {
  return {
    id,
    ratedFlowM3s: RATED_FLOW_M3S,
    efficiencyShift: -0.012 + 0.006 * nextGaussian(random),
    bestPointShift: 0.03 * nextGaussian(random),
    gateCurvature: 0.12 + 0.02 * nextGaussian(random),
    gateBump: 0.008 * nextGaussian(random),
    branchLoss: 0.06 + 0.01 * random.next(),
  };
}

/** Flow through the gate, m3/s. `opening` 0..1 passes the rated flow at 0.92 under rated head. */
export function flowThrough(unit: AsBuilt, opening: number, netHeadM: number): number {
  const g = opening / 0.92;
  const shape = g * (1 + unit.gateCurvature - unit.gateCurvature * g) + unit.gateBump * Math.sin(3 * Math.PI * g);
  return unit.ratedFlowM3s * Math.max(0, shape) * Math.sqrt(Math.max(0, netHeadM) / RATED_HEAD_M);
}

/** The opening that passes a flow; the governor finds it by trying. */
export function openingFor(unit: AsBuilt, flowM3s: number, netHeadM: number): number {
  let low = 0;
  let high = 1.1;
  for (let i = 0; i < 30; i += 1) {
    const middle = (low + high) / 2;
    if (flowThrough(unit, middle, netHeadM) < flowM3s) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Electric power, kW. `wear` is what silt has taken from the efficiency so far. */
export function powerOf(unit: AsBuilt, flowM3s: number, netHeadM: number, wear: number): number {
  const q = flowM3s / unit.ratedFlowM3s;
  if (q < 0.12) return 0;
  const headEffect = -0.0006 * Math.abs(netHeadM - RATED_HEAD_M);
  const efficiency = guaranteed(q + unit.bestPointShift) + unit.efficiencyShift + headEffect - wear;
  return WATER_KN_PER_M3 * flowM3s * netHeadM * Math.max(0, efficiency);
}

/** A smooth curve near the guarantee, which itself is a list of points: cubic through the neighbours (Catmull-Rom). */
function guaranteed(q: number): number {
  if (q < 0.3) return Math.max(0, 0.74 - 1.6 * (0.3 - q));
  const at = Math.max(
    0,
    GUARANTEE.findIndex(([x], i) => q <= (GUARANTEE[i + 1]?.[0] ?? Number.POSITIVE_INFINITY) && q >= x),
  );
  const point = (i: number): readonly [number, number] =>
    GUARANTEE[Math.min(GUARANTEE.length - 1, Math.max(0, i))] ?? [0, 0];
  const [p0, p1, p2, p3] = [point(at - 1), point(at), point(at + 1), point(at + 2)];
  const width = p2[0] - p1[0];
  if (width <= 0) return p1[1];
  const t = Math.min(1, (q - p1[0]) / width);
  const m1 = p2[0] > p0[0] ? ((p2[1] - p0[1]) / (p2[0] - p0[0])) * width : 0;
  const m2 = p3[0] > p1[0] ? ((p3[1] - p1[1]) / (p3[0] - p1[0])) * width : 0;
  return (
    (2 * t ** 3 - 3 * t ** 2 + 1) * p1[1] +
    (t ** 3 - 2 * t ** 2 + t) * m1 +
    (-2 * t ** 3 + 3 * t ** 2) * p2[1] +
    (t ** 3 - t ** 2) * m2
  );
}
