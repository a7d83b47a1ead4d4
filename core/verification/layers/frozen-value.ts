import type { Reading, Statistics } from '../../acquisition/reading.ts';

import type { VerificationContext } from '../layer.ts';
import { isSteady } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, surenessOf, suspect } from '../suspicion.ts';
import { WATCHED, type Watched } from '../time-line.ts';

/**
 * Values that stand still where noise is expected: power, flow and head of a unit that generates all the time. Two
 * kinds of evidence:
 *
 * - within one interval: many samples and one value, from a sensor whose earlier readings show that it moves. So a
 *   freeze is found with the first reading that lies wholly in it, two intervals after it began at the latest.
 * - over several readings in a row, for readings that carry no count of samples and for sensors that are coarse.
 *
 * A unit that stands still, and a register that never showed more than a few values, are not judged by the first.
 */
export function checkFrozen(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): (Suspicion | undefined)[] {
  if (!isSteady(reading, context.unit, settings)) return [];
  return WATCHED.map((name) => {
    const statistics = reading[name];
    if (statistics === undefined || statistics.min !== statistics.max) return undefined;
    return stoodStill(name, statistics, context, settings) ?? repeated(name, reading, statistics, context, settings);
  });
}

const LABELS: Readonly<Record<Watched, string>> = { flowM3s: 'Flow', powerKw: 'Power', headM: 'Head' };
const UNITS: Readonly<Record<Watched, string>> = { flowM3s: 'm3/s', powerKw: 'kW', headM: 'm' };

/** What it may be besides a fault, said in the sentence: none of it is fraud by itself. */
const ACTION =
  'Compare the sensor with its display, then restart its transmitter or gateway. It may also be held at the end of ' +
  'its range, or its register may be coarser than the noise: then widen the range or the resolution.';

function stoodStill(
  name: Watched,
  { mean, samples = 0, distinct }: Statistics,
  { history }: VerificationContext,
  { temporal }: VerificationSettings,
): Suspicion | undefined {
  if (distinct !== 1 || samples < temporal.frozenSamples) return undefined;
  const usual = history.usualDistinct(name, temporal.frozenReferenceReadings);
  if (usual === undefined || usual < temporal.frozenUsualDistinct) return undefined;
  return suspect('temporal', 'flag', surenessOf(usual / temporal.frozenUsualDistinct), {
    code: 'VER_STUCK_VALUE',
    message:
      `${LABELS[name]} has stood at exactly ${show(mean, 3)} ${UNITS[name]} for all ${samples} samples while the unit ` +
      `generates; its earlier readings hold about ${show(usual, 0)} different values each.`,
    action: ACTION,
    evidence: { quantity: name, value: mean, samples, usualDistinct: usual },
  });
}

function repeated(
  name: Watched,
  reading: Reading,
  { mean }: Statistics,
  { history, twin }: VerificationContext,
  { temporal }: VerificationSettings,
): Suspicion | undefined {
  const run = history.runWith(name, reading);
  const limit = stuckLimit(name, twin?.model?.repeats[name], temporal);
  if (run < limit) return undefined;
  return suspect('temporal', 'flag', surenessOf((run + 1) / limit), {
    code: 'VER_STUCK_VALUE',
    message:
      `${LABELS[name]} has shown exactly ${show(mean, 3)} ${UNITS[name]} in ` +
      `${run === 60 ? 'at least 60' : run} readings in a row while the unit generates.`,
    action: ACTION,
    evidence: { quantity: name, value: mean, readings: run },
  });
}

/**
 * How near a reading that passes comes to being called stuck over several readings: 0 not at all, 1 at the limit. By
 * the odds that its sensor repeats a value by chance, so that a repeat that is rare for it weighs more.
 */
export function frozenStrain(
  reading: Reading,
  { history, twin }: VerificationContext,
  { temporal }: VerificationSettings,
): number {
  let strain = 0;
  for (const name of WATCHED) {
    const repeats = history.runWith(name, reading) - 1;
    if (repeats <= 0) continue;
    const share = twin?.model?.repeats[name];
    const byChance = share === undefined ? 0 : (repeats * Math.log(share)) / Math.log(temporal.stuckChance);
    strain = Math.max(strain, byChance, repeats / (stuckLimit(name, share, temporal) - 1));
  }
  return Math.min(1, strain);
}

/** Readings in a row that chance would repeat once in `stuckChance`: by what this sensor does, else by a fixed number. */
function stuckLimit(name: Watched, repeatShare: number | undefined, limits: VerificationSettings['temporal']): number {
  const fixed = name === 'headM' ? limits.stuckHeadReadings : limits.stuckReadings;
  if (repeatShare === undefined || repeatShare >= 1) return fixed;
  const repeats = Math.ceil(Math.log(limits.stuckChance) / Math.log(repeatShare));
  return Math.min(fixed, Math.max(STUCK_READINGS_MIN, repeats + 1));
}

/** Two equal values in a row prove nothing, however fine the sensor. */
const STUCK_READINGS_MIN = 3;
