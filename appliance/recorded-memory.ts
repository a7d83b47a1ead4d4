import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { Entry } from '../core/ledger/entry.ts';
import type { Log } from '../core/model/log.ts';
import { entriesBetween } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { modelEntryInForce } from '../core/store/models.ts';
import { findOriginal } from '../core/store/readings.ts';
import { PlantMemory } from '../core/verification/plant-memory.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import { firstIndexNeeded } from './judging-history.ts';
import { modelOfEntry } from './recorded-model.ts';

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
  const fromIndex = Math.min(...units.map(({ id }) => firstIndexNeeded(store, id, settings)));
  for (const unit of memory.units) {
    const entry = modelEntryInForce(store, unit.unit.id, fromIndex);
    if (entry !== undefined) unit.learn(modelOfEntry(store, entry, config, log));
  }
  for (const entry of entriesBetween(store, fromIndex, Number.MAX_SAFE_INTEGER)) {
    if (entry.kind === 'reading') rememberAgain(memory, entry);
    if (entry.kind === 'model') memory.unit(String(entry.body.unitId))?.learn(modelOfEntry(store, entry, config, log));
  }
  return memory;
}

function rememberAgain(memory: PlantMemory, { body }: Entry): void {
  const { reading, verdict } = body as unknown as { reading: Reading; verdict: Verdict };
  memory.remember({ reading, verdict, siblings: memory.siblingsOf(reading) });
}
