import type { Reading } from '../acquisition/reading.ts';
import type { UnitConfig } from '../config/plant.ts';
import { type EfficiencyPrior, efficiencyPrior, peakPrior } from './efficiency-prior.ts';
import { hydraulicPowerKw } from './hydraulics.ts';
import { isTransition } from './measures.ts';
import type { VerificationSettings } from './settings.ts';

/** What the water of an interval should give at the shaft's end, and how far off that is still believed. */
export interface WaterExpectation {
  readonly expectedKw: number;
  /** More than this above, or `deficitBands` times this below, is a finding. */
  readonly allowedKw: number;
  /** Share of `expectedKw` that the instruments may be off. */
  readonly band: number;
  /** A power under this says nothing. */
  readonly floorKw: number;
  /** While the load changes, means do not obey the curve: then the peak of it is expected, and only more is held against it. */
  readonly isChanging: boolean;
  readonly basis: EfficiencyPrior['basis'];
}

/** Undefined where flow or head are missing or nothing flows. */
export function waterExpectation(
  reading: Reading,
  unit: UnitConfig,
  settings: VerificationSettings,
): WaterExpectation | undefined {
  const flow = reading.flowM3s?.mean ?? 0;
  const head = reading.headM?.mean ?? 0;
  if (flow <= 0 || head <= 0) return undefined;
  const limits = settings.physics;
  const isChanging = isTransition(reading, unit);
  const fraction = flow / unit.ratedFlowM3s;
  const prior = efficiencyPrior(fraction, unit, settings);
  const waterKw = hydraulicPowerKw(flow, head, settings.water);
  const expectedKw = waterKw * (isChanging ? peakPrior(unit, settings) : prior.efficiency);
  const band = bandOf(prior, fraction, limits);
  const floorKw = limits.powerFloorShare * unit.ratedPowerKw;
  const allowedKw = Math.max(band * expectedKw, floorKw);
  return { expectedKw, allowedKw, band, floorKw, isChanging, basis: prior.basis };
}

/** How far the expectation is trusted at this load: less where nothing was measured, and where the textbooks part. */
function bandOf(
  { basis, spread, disagreement, isTested }: EfficiencyPrior,
  fraction: number,
  limits: VerificationSettings['physics'],
): number {
  const below = limits.lowLoadWideningShare * Math.max(0, 1 - fraction / Math.max(limits.lowLoadFraction, 1e-9));
  if (basis === 'indexTest') {
    const least = isTested ? limits.powerBandIndexTestShare : limits.powerBandShare + below;
    return Math.max(least, PRIOR_SIGMAS * spread);
  }
  if (basis === 'guarantee') return limits.powerBandShare + below;
  return limits.powerBandWithoutGuaranteeShare + Math.max(below, disagreement);
}

const PRIOR_SIGMAS = 3;

/** An expectation as it is drawn beside the measured power. */
export interface ExpectedPower {
  readonly expectedKw: number;
  /** A power outside of these is a finding. */
  readonly lowKw: number;
  readonly highKw: number;
  /** `indexTest`, `guarantee`: of plant.yaml; `textbook`: a curve for the kind of turbine, with a wider band. */
  readonly basis: EfficiencyPrior['basis'];
}

/** What the water of the reading should give; undefined where flow or head are missing or nothing flows. */
export function expectedPower(
  reading: Reading,
  unit: UnitConfig,
  settings: VerificationSettings,
): ExpectedPower | undefined {
  const expectation = waterExpectation(reading, unit, settings);
  if (expectation === undefined) return undefined;
  const { expectedKw, allowedKw, isChanging, basis } = expectation;
  const lowKw = isChanging ? 0 : Math.max(0, expectedKw - allowedKw * settings.physics.deficitBands);
  return {
    expectedKw,
    lowKw,
    highKw: expectedKw + allowedKw,
    basis,
  };
}
