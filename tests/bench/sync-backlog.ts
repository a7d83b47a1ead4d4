import { randomBytes } from 'node:crypto';
import { openDataFolder } from '../../appliance/data-folder.ts';
import { sealerOf } from '../../appliance/sync/sealing.ts';
import { loadOrCreateDeviceKey } from '../../core/ledger/device-key.ts';
import { makeGenesis } from '../../core/ledger/genesis.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { createApiKey } from '../../core/store/api-keys.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { type SealedUntil, type SealMode, seal } from '../../core/sync/sealer.ts';
import { benchReading } from './ledger-readings.ts';

export interface Backlog {
  readonly mode: SealMode;
  readonly batches: number;
  /** Readings in each batch; 1 in direct mode. */
  readonly readingsPerBatch: number;
}

export const BACKLOG_PLANT = 'HP-001';
const HOUR_MS = 3_600_000;
const GRACE_MS = 61_000;

/**
 * The data folder of a plant whose readings were recorded and sealed as time went by, up to now, and of which nothing could
 * be delivered. Gives a key for its API.
 */
export function fillUndelivered(path: string, { mode, batches, readingsPerBatch }: Backlog): string {
  const folder = openDataFolder(path);
  const key = loadOrCreateDeviceKey(folder.keysFolder, { plantId: BACKLOG_PLANT, disk: nodeKeyDisk });
  const store = openStore(folder.storePath, { access: 'write' });
  const periodMs = mode.kind === 'merkle' ? mode.everyMs : HOUR_MS / 60;
  const beganMs = Math.floor(Date.now() / periodMs) * periodMs - (batches + 2) * periodMs;
  let nowMs = beganMs;
  const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: { wallMs: () => nowMs } });
  const sealer = sealerOf({
    store,
    key,
    plantId: BACKLOG_PLANT,
    mode,
    targets: ['hedera'],
    head: () => recorder.head(),
    record: (entries, alongside) => recorder.record(entries, alongside),
  });
  const deviceKey = key.verifierKey;
  recorder.record([makeGenesis({ plantId: BACKLOG_PLANT, deviceKey, version: '0.1.0', origin: 'demo' })]);
  let until: SealedUntil = { end: 0, toMs: beganMs };
  for (let n = 0; n < batches; n += 1) {
    recorder.record(Array.from({ length: readingsPerBatch }, (_, i) => benchReading(n * readingsPerBatch + i, key)));
    nowMs += periodMs;
    until = seal(sealer, until, mode.kind === 'merkle' ? nowMs + GRACE_MS : nowMs);
  }
  const { key: apiKey } = createApiKey(store, { name: 'bench', role: 'operator', nowMs }, randomBytes);
  store.close();
  return apiKey;
}
