import type { Reading } from '../acquisition/reading.ts';
import type { UnitConfig } from '../config/plant.ts';
import { expectedPowerKw, hydraulicPowerKw, peakEfficiency } from './hydraulics.ts';
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
  const expectedKw = isChanging
    ? hydraulicPowerKw(flow, head, settings.water) * peakEfficiency(unit, settings)
    : expectedPowerKw(flow, head, unit, settings);
  const fraction = flow / unit.ratedFlowM3s;
  const base = unit.efficiency === undefined ? limits.powerBandWithoutGuaranteeShare : limits.powerBandShare;
  const widening = limits.lowLoadWideningShare * Math.max(0, 1 - fraction / Math.max(limits.lowLoadFraction, 1e-9));
  const band = base + widening;
  const floorKw = limits.powerFloorShare * unit.ratedPowerKw;
  return { expectedKw, allowedKw: Math.max(band * expectedKw, floorKw), band, floorKw, isChanging };
}

/** An expectation as it is drawn beside the measured power. */
export interface ExpectedPower {
  readonly expectedKw: number;
  /** A power outside of these is a finding. */
  readonly lowKw: number;
  readonly highKw: number;
  /** `guarantee`: efficiency of plant.yaml; `textbook`: a curve for the kind of turbine, with a wider band. */
  readonly basis: 'guarantee' | 'textbook';
}

/** What the water of the reading should give; undefined where flow or head are missing or nothing flows. */
export function expectedPower(
  reading: Reading,
  unit: UnitConfig,
  settings: VerificationSettings,
): ExpectedPower | undefined {
  const expectation = waterExpectation(reading, unit, settings);
  if (expectation === undefined) return undefined;
  const { expectedKw, allowedKw, isChanging } = expectation;
  const lowKw = isChanging ? 0 : Math.max(0, expectedKw - allowedKw * settings.physics.deficitBands);
  return {
    expectedKw,
    lowKw,
    highKw: expectedKw + allowedKw,
    basis: unit.efficiency === undefined ? 'textbook' : 'guarantee',
  };
}
