import type { Reading } from '../acquisition/reading.ts';
import type { UnitConfig } from '../config/plant.ts';
import { expectedPowerKw } from './hydraulics.ts';
import { energySpanOf, isSteady } from './measures.ts';
import type { VerificationSettings } from './settings.ts';

/** What a steadily generating reading is compared by with its like. */
export const FEATURE_NAMES = ['efficiency', 'energy', 'head', 'flowPerGate'] as const;
export type FeatureName = (typeof FEATURE_NAMES)[number];

/** Ratios without a unit, but head in metres and flow per gate in m3/s per percent. */
export type Features = Readonly<Partial<Record<FeatureName, number>>>;

/**
 * - `efficiency`: power over what the water should give at this load, so that specific water use shows at any load
 * - `energy`: energy over mean power times span
 */
export function featuresOf(reading: Reading, unit: UnitConfig, settings: VerificationSettings): Features | undefined {
  if (!isSteady(reading, unit, settings)) return undefined;
  const features: Partial<Record<FeatureName, number>> = {};
  const { powerKw, flowM3s, headM, gatePercent } = reading;
  if (powerKw !== undefined && flowM3s !== undefined && headM !== undefined) {
    const expectedKw = expectedPowerKw(flowM3s.mean, headM.mean, unit, settings);
    if (expectedKw > settings.physics.powerFloorShare * unit.ratedPowerKw)
      features.efficiency = powerKw.mean / expectedKw;
  }
  const span = energySpanOf(reading);
  if (span !== undefined && powerKw !== undefined && powerKw.mean > 0) {
    // A register that counts in coarse steps makes this ratio jump by itself.
    const stepShare = span.resolutionKwh / Math.max(span.energyKwh, span.resolutionKwh);
    if (stepShare < settings.statistical.energySpreadMinShare) features.energy = span.meanPowerKw / powerKw.mean;
  }
  if (headM !== undefined) features.head = headM.mean;
  if (flowM3s !== undefined && gatePercent !== undefined && gatePercent.mean > settings.consistency.gateSlackPercent) {
    features.flowPerGate = flowM3s.mean / gatePercent.mean;
  }
  return features;
}
