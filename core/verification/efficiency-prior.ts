import type { UnitConfig } from '../config/plant.ts';
import { hydraulicPowerKw, peakEfficiency, unitEfficiency } from './hydraulics.ts';
import { retscreenEfficiency } from './retscreen.ts';
import type { VerificationSettings } from './settings.ts';

/** What is known of a unit's efficiency before its readings have taught anything. Never from whoever reports. */
export interface EfficiencyPrior {
  /** `indexTest`: measured at this unit; `guarantee`: the maker's; `textbook`: curves for the kind of turbine. */
  readonly basis: 'indexTest' | 'guarantee' | 'textbook';
  /** 0..1, turbine and generator together. */
  readonly efficiency: number;
  /** One standard deviation of the efficiency, as a share of it. */
  readonly spread: number;
  /** Whether the unit was tested at such a flow. */
  readonly isTested: boolean;
  /** By how much the textbooks disagree beyond what they always do, as a share; 0 for the other bases. */
  readonly disagreement: number;
}

/** IEC 60041 reaches 1 to 2 % overall; a test that only indexes the flow (Winter-Kennedy) is no better. */
const TESTED_SPREAD = 0.015;
/** Tolerances of acceptance and of the flow meter that stands at the unit since. */
const GUARANTEED_SPREAD = 0.025;
const TEXTBOOK_SPREAD = 0.04;
/** How fast it grows outside of the flows that were tested: for each rated flow of distance. */
const BEYOND_TEST_SPREAD = 0.15;
/** At very low load RETScreen falls to nothing; no machine that still runs is that bad. */
const TEXTBOOKS_APART_MAX = 0.2;
/** Textbooks differ by this without either being wrong. */
const USUAL_DISAGREEMENT = 0.03;

/** The prior at a fraction of rated flow. Outside of what was tested it follows the shape of the curve behind it. */
export function efficiencyPrior(fraction: number, unit: UnitConfig, settings: VerificationSettings): EfficiencyPrior {
  const base = curvePrior(fraction, unit, settings);
  const tested = testedPoints(unit, settings);
  const first = tested?.[0];
  const last = tested?.at(-1);
  if (tested === undefined || first === undefined || last === undefined) return base;
  const edge = fraction < first[0] ? first : fraction > last[0] ? last : undefined;
  if (edge === undefined) {
    return {
      basis: 'indexTest',
      efficiency: between(tested, fraction),
      spread: TESTED_SPREAD,
      isTested: true,
      disagreement: 0,
    };
  }
  const [at, efficiency] = edge;
  const shape = base.efficiency / Math.max(1e-9, curvePrior(at, unit, settings).efficiency);
  const spread = Math.hypot(TESTED_SPREAD, BEYOND_TEST_SPREAD * Math.abs(fraction - at));
  return { basis: 'indexTest', efficiency: Math.min(1, efficiency * shape), spread, isTested: false, disagreement: 0 };
}

function curvePrior(fraction: number, unit: UnitConfig, settings: VerificationSettings): EfficiencyPrior {
  const efficiency = unitEfficiency(fraction, unit, settings);
  if (unit.efficiency !== undefined) {
    return { basis: 'guarantee', efficiency, spread: GUARANTEED_SPREAD, isTested: false, disagreement: 0 };
  }
  const other = retscreenEfficiency(unit, fraction * unit.ratedFlowM3s);
  const own = efficiency / settings.physics.generatorEfficiency;
  const apart = other === undefined || own <= 0 ? 0 : Math.abs(other - own) / own;
  const disagreement = Math.max(0, apart - USUAL_DISAGREEMENT);
  const spread = Math.hypot(TEXTBOOK_SPREAD, Math.min(TEXTBOOKS_APART_MAX, apart) / 2);
  return { basis: 'textbook', efficiency, spread, isTested: false, disagreement };
}

type Point = readonly [fraction: number, efficiency: number];

/** The highest efficiency that anything known lets the unit reach, for intervals in which the load changed. */
export function peakPrior(unit: UnitConfig, settings: VerificationSettings): number {
  const tested = testedPoints(unit, settings) ?? [];
  return tested.reduce((peak, [, efficiency]) => Math.max(peak, efficiency), peakEfficiency(unit, settings));
}

/** The test's points as fractions of rated flow and efficiencies; undefined without a test. */
function testedPoints(unit: UnitConfig, { water }: VerificationSettings): readonly Point[] | undefined {
  return unit.indexTest?.map(([flowM3s, headM, powerKw]) => [
    flowM3s / unit.ratedFlowM3s,
    powerKw / hydraulicPowerKw(flowM3s, headM, water),
  ]);
}

function between(tested: readonly Point[], fraction: number): number {
  const at = tested.findIndex(([x]) => x >= fraction);
  const [x1, y1] = tested[at] ?? [fraction, 0];
  const [x0, y0] = tested[at - 1] ?? [x1, y1];
  return x1 === x0 ? y1 : y0 + ((fraction - x0) / (x1 - x0)) * (y1 - y0);
}
