import type { NewEntry } from '../core/ledger/entry.ts';
import { makeGenesis } from '../core/ledger/genesis.ts';
import { latestConfiguration } from '../core/store/configuration.ts';
import { storedSize } from '../core/store/stored-entries.ts';
import { newRunId } from './new-run-id.ts';
import type { PlantParts } from './plant-parts.ts';

/** What a start records first: of a new ledger its genesis, the configuration where it is another one, and the start itself. */
export function beginningEntries(
  { config, configuration, key, store, version, mode, random }: PlantParts,
  origin: 'plant' | 'demo',
): readonly NewEntry[] {
  const entries: NewEntry[] = [];
  if (storedSize(store) === 0) {
    const { verifierKey: deviceKey } = key;
    entries.push(makeGenesis({ plantId: config.plant.id, deviceKey, version, origin }));
  }
  if (latestConfiguration(store)?.body.sha256 !== configuration.sha256)
    entries.push({ kind: 'configuration', body: configuration });
  entries.push({ kind: 'start', body: { version, mode, runId: newRunId(random) } });
  return entries;
}
