import type { Reading } from '../../acquisition/reading.ts';
import { FEATURE_NAMES, type FeatureName, featuresOf } from '../features.ts';
import type { LayerResult, VerificationContext, VerificationLayer } from '../layer.ts';
import type { VerificationSettings } from '../settings.ts';
import { conclude, FLAG_FLOOR, type Suspicion, show, showPercent, surenessOf, suspect } from '../suspicion.ts';
import { twinViewOf } from '../twin/twin-view.ts';
import { askForest } from './statistical-forest.ts';

/**
 * Robust z-scores (median and MAD) against the unit's own approved readings under load. It finds what stays inside
 * every fixed band yet is unlike this machine. It never rejects: being unusual is not being wrong.
 */
export const statistical: VerificationLayer = { name: 'statistical', check };

/** Makes the MAD of normally distributed values estimate their standard deviation. */
const MAD_TO_SIGMA = 1.4826;

const LABELS: Readonly<Record<FeatureName, string>> = {
  efficiency: 'Power for this flow, head and load',
  energy: 'Energy for this mean power',
  head: 'Head',
  flowPerGate: 'Flow for this gate opening',
};

/** Features that follow the river or the load as well as the machine: they lower the score, they do not flag. */
const SOFT: readonly FeatureName[] = ['head', 'flowPerGate'];

function check(reading: Reading, context: VerificationContext, settings: VerificationSettings): LayerResult {
  const byForest = askForest(twinViewOf(reading, context), context, settings);
  if (byForest !== undefined) return byForest;
  const limits = settings.statistical;
  const features = featuresOf(reading, context.unit, settings);
  if (features === undefined) {
    return { outcome: 'abstain', reason: 'Only steady generation is compared with earlier readings.', findings: [] };
  }
  const suspicions: Suspicion[] = [];
  let compared = 0;
  let lowest = 1;
  for (const name of FEATURE_NAMES) {
    const value = features[name];
    const reference = context.history.reference(name);
    if (value === undefined || reference.size < limits.readingsMin) continue;
    compared += 1;
    const median = reference.median();
    const spread = Math.max(MAD_TO_SIGMA * reference.deviation(), spreadMinShare(name, limits) * Math.abs(median));
    if (spread === 0) continue;
    const z = Math.abs(value - median) / spread;
    if (z <= limits.zNote) continue;
    const isFlag = z >= limits.zFlag && !SOFT.includes(name);
    lowest = Math.min(lowest, Math.max(FLAG_FLOOR, 1 - 0.1 * (z / limits.zNote)));
    suspicions.push(unlike(name, { value, median, z, limit: limits.zFlag, severity: isFlag ? 'flag' : 'note' }));
  }
  if (compared === 0) {
    const held = context.history.reference('head').size;
    const reason = `Needs ${limits.readingsMin} approved readings of steady generation to compare with, has ${held}.`;
    return { outcome: 'abstain', reason, findings: [] };
  }
  return conclude(suspicions, lowest);
}

function spreadMinShare(name: FeatureName, limits: VerificationSettings['statistical']): number {
  if (name === 'efficiency') return limits.efficiencySpreadMinShare;
  if (name === 'energy') return limits.energySpreadMinShare;
  return name === 'head' ? limits.headSpreadMinShare : limits.flowPerGateSpreadMinShare;
}

function unlike(
  name: FeatureName,
  of: { value: number; median: number; z: number; limit: number; severity: 'note' | 'flag' },
): Suspicion {
  const difference = of.median === 0 ? of.value : of.value / of.median - 1;
  const direction = difference > 0 ? 'above' : 'below';
  return suspect('statistical', of.severity, surenessOf(of.z / of.limit), {
    code: 'VER_UNLIKE_HISTORY',
    message:
      `${LABELS[name]} is ${showPercent(Math.abs(difference))} ${direction} this unit's usual value (robust z ` +
      `${show(of.z)}).`,
    action:
      'Ask what changed: a sensor recalibrated, a screen cleaned, a setting edited. If nothing did, compare the meter.',
    evidence: { feature: name, value: of.value, usual: of.median, z: of.z },
  });
}
