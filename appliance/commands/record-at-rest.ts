import type { DeviceKey } from '../../core/ledger/device-key.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { createRecorder, type Recorder } from '../../core/ledger/recorder.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { recordPending } from '../backup/pending-entry.ts';
import { dataFolderAt } from '../data-folder.ts';
import { openDeviceKey } from '../open-device-key.ts';
import { systemClock } from '../system-clock.ts';
import type { Call } from './command.ts';
import { type KeptPlant, keptPlant, withStore } from './kept-plant.ts';

/** A plant without its appliance: what was kept of it, and the pen. */
export interface AtRest extends KeptPlant {
  readonly store: WritableStore;
  readonly key: DeviceKey;
  readonly recorder: Recorder<WritableStore>;
  readonly record: (entry: NewEntry) => void;
}

/** Runs `work` on the data folder that `--data` names as its only writer, since no appliance runs on it. */
export async function recordAtRest<T>(call: Call, work: (parts: AtRest) => T | Promise<T>): Promise<T> {
  const plant = await withStore(call, (store) => keptPlant(store, call));
  const folder = dataFolderAt(call.texts.data ?? '');
  const lock = holdInstanceLock(folder.root);
  try {
    const store = openStore(folder.storePath, { access: 'write' });
    try {
      const key = openDeviceKey(folder, store, plant.config.plant.id);
      const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: systemClock });
      recordPending(store, (entries, alongside) => recorder.record(entries, alongside));
      return await work({ ...plant, store, key, recorder, record: (entry) => void recorder.record([entry]) });
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}
