import type { Random } from '../../../core/model/random.ts';

/** Geometry and machines of one plant. Nothing of this but the nameplate reaches plant.yaml. */
export interface Site {
  readonly grossHeadM: number;
  /** Design flow of both units together, m3/s. */
  readonly designFlowM3s: number;
  readonly pondAreaM2: number;
  /** Length of the overflow weir, m. */
  readonly weirLengthM: number;
  /** Head lost in the common tunnel and penstock at design flow, m. */
  readonly commonLossM: number;
  /** Head lost at a clean trash rack at design flow, m. */
  readonly rackLossM: number;
  /** How far the tailwater rises when the river carries the design flow, m; it follows a rating curve. */
  readonly tailwaterRiseM: number;
  readonly machines: readonly Machine[];
}

/** A turbine set: what the maker's plate says, and how it was really built. */
export interface Machine {
  readonly id: string;
  readonly plate: Nameplate;
  /** Flow at full guide vanes and rated head, m3/s. */
  readonly fullGateFlowM3s: number;
  /** How early the guide vanes saturate: 1 is nearly linear, 3 gives most of the flow in the first half. */
  readonly vaneSaturation: number;
  /** Flow of best efficiency at rated head, as a share of the rated flow. */
  readonly bestShare: number;
  readonly bestEfficiency: number;
  /** Incidence loss below and above the best flow, for a squared distance of one. */
  readonly lossBelow: number;
  readonly lossAbove: number;
  /** Dip by the draft-tube vortex around the middle of the load. */
  readonly vortexLoss: number;
  /** Bearings, windage and iron: a share of the rated power that is lost at any load. */
  readonly fixedLossShare: number;
  /** Copper loss at rated power, as a share of it. */
  readonly copperLossShare: number;
  /** Head lost in the unit's own branch at rated flow, m. */
  readonly branchLossM: number;
}

export interface Nameplate {
  readonly ratedPowerKw: number;
  readonly ratedFlowM3s: number;
  readonly ratedHeadM: number;
  /** Guaranteed efficiency of the set by share of rated flow. */
  readonly guarantee: readonly (readonly [share: number, efficiency: number])[];
}

export const WATER_KN_PER_M3 = 9.79;
const PLANT_KW = 6000;

/** A two-unit plant of 6 MW: its head, the sizes of its units and their faults of build differ from seed to seed. */
export function buildSite(random: Random): Site {
  const between = (low: number, high: number): number => low + (high - low) * random.next();
  const grossHeadM = between(55, 140);
  const commonLossM = grossHeadM * between(0.02, 0.035);
  const ratedHeadM = round(grossHeadM * 0.965 - commonLossM, 1);
  const shares = random.next() < 0.5 ? [0.5, 0.5] : [0.6, 0.4];
  const machines = shares.map((share, index): Machine => {
    const ratedPowerKw = PLANT_KW * share;
    const promised = between(0.885, 0.905);
    const ratedFlowM3s = round(ratedPowerKw / (WATER_KN_PER_M3 * ratedHeadM * promised), 2);
    const guarantee = [
      [0.4, round(promised - between(0.07, 0.09), 3)],
      [0.6, round(promised - between(0.02, 0.03), 3)],
      [0.8, round(promised + between(0.008, 0.016), 3)],
      [1, round(promised, 3)],
    ] as const;
    return {
      id: `unit${index + 1}`,
      plate: { ratedPowerKw, ratedFlowM3s, ratedHeadM, guarantee },
      fullGateFlowM3s: ratedFlowM3s * between(1.08, 1.16),
      vaneSaturation: between(0.9, 1.8),
      bestShare: between(0.74, 0.9),
      bestEfficiency: between(0.925, 0.945),
      lossBelow: between(0.3, 0.5),
      lossAbove: between(0.35, 0.7),
      vortexLoss: between(0.004, 0.014),
      fixedLossShare: between(0.008, 0.014),
      copperLossShare: between(0.01, 0.016),
      branchLossM: ratedHeadM * between(0.006, 0.014),
    };
  });
  return {
    grossHeadM,
    designFlowM3s: machines.reduce((sum, { plate }) => sum + plate.ratedFlowM3s, 0),
    pondAreaM2: between(3000, 7000),
    weirLengthM: between(14, 25),
    commonLossM,
    rackLossM: between(0.06, 0.12),
    tailwaterRiseM: between(0.8, 1.5),
    machines,
  };
}

/** Through the guide vanes, m3/s, at a gate opening of 0 to 1 and the head that drives them. */
export function flowThrough(machine: Machine, gate: number, headM: number): number {
  if (gate <= 0 || headM <= 0) return 0;
  const { fullGateFlowM3s, vaneSaturation: k, plate } = machine;
  const opening = (1 - Math.exp(-k * Math.min(1, gate))) / (1 - Math.exp(-k));
  return fullGateFlowM3s * opening * Math.sqrt(headM / plate.ratedHeadM);
}

/**
 * Power at the terminals, kW, by counting the losses: incidence on either side of the best flow, the vortex of the draft
 * tube, wear, then bearings and copper. Never negative: a set that cannot keep itself turning gives nothing.
 */
export function electricPower(machine: Machine, flowM3s: number, headM: number, wear: number): number {
  const { plate } = machine;
  const reduced = flowM3s / (plate.ratedFlowM3s * Math.sqrt(headM / plate.ratedHeadM));
  const distance = reduced - machine.bestShare;
  const incidence = (distance < 0 ? machine.lossBelow : machine.lossAbove) * distance * distance;
  const vortex = machine.vortexLoss * Math.exp(-(((reduced - 0.52) / 0.08) ** 2));
  const hydraulic = Math.max(0, machine.bestEfficiency - incidence - vortex - wear);
  const shaftKw = WATER_KN_PER_M3 * flowM3s * headM * hydraulic;
  const load = shaftKw / plate.ratedPowerKw;
  const lostKw = plate.ratedPowerKw * (machine.fixedLossShare + machine.copperLossShare * load * load);
  return Math.max(0, shaftKw - lostKw);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
