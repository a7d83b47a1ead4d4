import type { ReadableStore } from '../core/store/handle.ts';
import { modelEntryInForce } from '../core/store/models.ts';
import { firstIndexOfLatest } from '../core/store/readings.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import { FOLLOWED_HORIZON_READINGS } from '../core/verification/twin/unit-twin.ts';

/** Twice the history: the readings of the first half stand beside their own neighbours while the second is taken in. */
const HISTORY_TIMES = 2;

/** Readings of a unit that a verdict may rest on, besides those that its model's twin follows. */
export function historyNeeded({ historyReadings }: Pick<VerificationSettings, 'historyReadings'>): number {
  return HISTORY_TIMES * historyReadings;
}

/** As many where a model is in force, unless it was put in force later than that. */
export function twinHistoryNeeded(settings: Pick<VerificationSettings, 'historyReadings'>): number {
  return FOLLOWED_HORIZON_READINGS + historyNeeded(settings);
}

/**
 * Index of the first entry that a verdict on the unit may rest on, for a reading recorded at `beforeIndex`. A twin
 * follows the readings since its model was put in force, and never more than its horizon of them.
 */
export function firstIndexNeeded(
  store: ReadableStore,
  unitId: string,
  settings: VerificationSettings,
  beforeIndex: number = Number.MAX_SAFE_INTEGER,
): number {
  const modelIndex = modelEntryInForce(store, unitId, beforeIndex)?.index;
  const history = historyNeeded(settings);
  const ofHistory = firstIndexOfLatest(store, unitId, history, beforeIndex);
  if (modelIndex === undefined) return ofHistory;
  const ofTwin = firstIndexOfLatest(store, unitId, twinHistoryNeeded(settings), beforeIndex);
  const beforeModel = firstIndexOfLatest(store, unitId, history, modelIndex);
  return Math.min(ofHistory, Math.max(ofTwin, beforeModel));
}
