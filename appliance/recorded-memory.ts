import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { Entry } from '../core/ledger/entry.ts';
import type { Log } from '../core/model/log.ts';
import { parseEntry } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { modelEntryInForce } from '../core/store/models.ts';
import { findOriginal, firstIndexOfLatest } from '../core/store/readings.ts';
import { PlantMemory } from '../core/verification/plant-memory.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import { FOLLOWED_HORIZON_READINGS } from '../core/verification/twin/unit-twin.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import { modelOfEntry } from './recorded-model.ts';

/** Twice the history: the readings of the first half stand beside their own neighbours while the second is taken in. */
const HISTORY_TIMES = 2;

/**
 * What the recorded readings leave behind, in the order in which they were recorded, each beside the readings of the
 * other units that it was judged beside: the next verdict is then the one that an appliance which never stopped gives.
 * Older originals of a replay are found in the store itself.
 */
export function recordedMemory(
  config: PlantConfig,
  settings: VerificationSettings,
  store: ReadableStore,
  log: Log,
): PlantMemory {
  const { plant, units, intervalMs, witnesses } = config;
  const memory = new PlantMemory({
    plant,
    units,
    intervalMs,
    witnesses,
    settings,
    originals: (unitId) => ({
      // The reading that is recorded carries its fingerprint.
      add: () => {},
      find: (fingerprint, exceptFromMs) => findOriginal(store, unitId, fingerprint, exceptFromMs),
    }),
  });
  const fromIndex = Math.min(...units.map(({ id }) => firstNeeded(store, id, settings)));
  for (const unit of memory.units) {
    const entry = modelEntryInForce(store, unit.unit.id, fromIndex);
    if (entry !== undefined) unit.learn(modelOfEntry(store, entry, config, log));
  }
  const sql = "SELECT bytes FROM entries WHERE idx >= ? AND kind IN ('reading', 'model') ORDER BY idx";
  for (const { bytes } of store.rows<{ bytes: Uint8Array }>(sql, fromIndex)) {
    const entry = parseEntry(bytes);
    if (entry.kind === 'reading') rememberAgain(memory, entry);
    else memory.unit(String(entry.body.unitId))?.learn(modelOfEntry(store, entry, config, log));
  }
  return memory;
}

/** A twin follows the readings since its model was put in force, and never more than its horizon of them. */
function firstNeeded(store: ReadableStore, unitId: string, settings: VerificationSettings): number {
  const modelIndex = modelEntryInForce(store, unitId, Number.MAX_SAFE_INTEGER)?.index;
  const history = HISTORY_TIMES * settings.historyReadings;
  const ofHistory = firstIndexOfLatest(store, unitId, history);
  if (modelIndex === undefined) return ofHistory;
  const ofTwin = firstIndexOfLatest(store, unitId, FOLLOWED_HORIZON_READINGS + history);
  const beforeModel = firstIndexOfLatest(store, unitId, history, modelIndex);
  return Math.min(ofHistory, Math.max(ofTwin, beforeModel));
}

function rememberAgain(memory: PlantMemory, { body }: Entry): void {
  const { reading, verdict } = body as unknown as { reading: Reading; verdict: Verdict };
  memory.remember({ reading, verdict, siblings: memory.siblingsOf(reading) });
}
