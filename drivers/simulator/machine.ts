import type { Turbine } from '../../core/config/plant.ts';
import { hashToUnit } from './noise.ts';

/** The nameplate of one simulated turbine set. */
export interface Nameplate {
  readonly id: string;
  readonly turbine: Turbine;
  readonly ratedPowerKw: number;
  readonly ratedFlowM3s: number;
  readonly ratedHeadM: number;
}

/** A turbine set as it was built and worn, which is never quite what its maker guaranteed. */
export interface Machine {
  readonly nameplate: Nameplate;
  /** Flow at which the breaker is closed and opened, share of rated: a little load at any head. */
  readonly noLoadShare: number;
  /** Water surface above the machine less tailwater, m, at a share of the river. */
  grossHeadM(riverShare: number): number;
  netHeadM(grossHeadM: number, flowShare: number): number;
  /** True electric power, kW, with the breaker closed. Positive from `noLoadShare` on. */
  powerKw(grossHeadM: number, flowShare: number): number;
  /** What the unit's auxiliaries draw from the grid while it does not generate, kW. */
  readonly auxiliaryKw: number;
}

const WATER_KG_M3 = 999.1;
const GRAVITY_M_S2 = 9.795;

/** Best efficiency, the load at which it lies, and the drop to full load. */
const SHAPES: Readonly<Record<Turbine, { best: number; at: number; drop: number }>> = {
  francis: { best: 0.905, at: 0.8, drop: 0.5 },
  kaplan: { best: 0.9, at: 0.72, drop: 0.15 },
  pelton: { best: 0.9, at: 0.6, drop: 0.12 },
  propeller: { best: 0.895, at: 0.85, drop: 0.9 },
  crossflow: { best: 0.79, at: 0.75, drop: 0.2 },
};

export function buildMachine(nameplate: Nameplate, seed: number, stream: number): Machine {
  const { ratedPowerKw, ratedFlowM3s, ratedHeadM, turbine } = nameplate;
  const shape = SHAPES[turbine];
  const asBuilt = 1 + (hashToUnit(seed, stream, 1) - 0.6) * 0.03;
  const bestAt = shape.at + (hashToUnit(seed, stream, 2) - 0.5) * 0.06;
  const lossAtRatedM = ratedHeadM * (0.02 + 0.015 * hashToUnit(seed, stream, 3));
  const fixedLossKw = 0.012 * ratedPowerKw;
  const netHeadM = (grossHeadM: number, flowShare: number): number => grossHeadM - lossAtRatedM * flowShare * flowShare;
  const turbineEfficiency = (flowShare: number): number => {
    const below = Math.max(0, (bestAt - flowShare) / bestAt);
    const above = Math.max(0, flowShare - bestAt);
    return shape.best * asBuilt * (1 - below * below * below * below - shape.drop * above * above);
  };
  const balanceKw = (grossHeadM: number, flowShare: number): number => {
    const headM = netHeadM(grossHeadM, flowShare);
    const shaftKw =
      ((WATER_KG_M3 * GRAVITY_M_S2 * flowShare * ratedFlowM3s * headM) / 1000) * turbineEfficiency(flowShare);
    return shaftKw - fixedLossKw - 0.014 * ratedPowerKw * (shaftKw / ratedPowerKw) ** 2;
  };
  return {
    nameplate,
    noLoadShare: 1.1 * findRoot((share) => balanceKw(0.97 * ratedHeadM, share)),
    grossHeadM: (riverShare) => ratedHeadM + lossAtRatedM - 0.006 * ratedHeadM * (riverShare - 0.8),
    netHeadM,
    powerKw: balanceKw,
    auxiliaryKw: 0.004 * ratedPowerKw,
  };
}

/** Where a rising function passes zero between no flow and half of rated flow. */
function findRoot(rising: (share: number) => number): number {
  let low = 0;
  let high = 0.5;
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}
