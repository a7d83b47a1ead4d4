import { openDataFolder } from '../../../appliance/data-folder.ts';
import { EntryPacking } from '../../../appliance/disk/entry-packing.ts';
import { workOnKeyFiles } from '../../../appliance/keys/key-files-job.ts';
import { KeyRotation } from '../../../appliance/keys/key-rotation.ts';
import { openDeviceKey } from '../../../appliance/open-device-key.ts';
import { Plant } from '../../../appliance/plant.ts';
import { removeRunFile, writeRunFile } from '../../../appliance/run-file.ts';
import type { PlantConfig } from '../../../core/config/plant.ts';
import { KeyInUse } from '../../../core/ledger/key-in-use.ts';
import type { RecordedEntry } from '../../../core/ledger/recorder.ts';
import { silentLog } from '../../../core/model/log.ts';
import { seededRandom } from '../../../core/model/random.ts';
import { lastRecordedAtMs } from '../../../core/store/entries.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { holdInstanceLock } from '../../../core/store/instance-lock.ts';
import { nodeKeyDisk } from '../../../core/store/node-key-disk.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { driverHost } from '../../contract/driver-host.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { scriptedDriver, scriptedPlant } from '../../fixtures/scripted-driver.ts';

const POWER_BEGIN_MS = Date.UTC(2026, 10, 20, 12);
/** 1800 kW. */
const WH_PER_MS = 0.5;
/** Often and in the smallest blocks, so that there are some in a run of minutes. */
const PACKING = { rule: { plainEntries: 1, blockEntriesMax: 2 }, lookEveryMs: 20_000 };
const MINUTE_MS = 60_000;
const PASS_MS = 1000;
/** When the device key is changed, in the middle of an interval. */
const NEW_KEY_AT_MS = 90_000;

export interface PowerOptions {
  readonly root: string;
  /** Simulated minutes. */
  readonly minutes: number;
  /** After so many pages the write-ahead log is moved into the store: more often than Forebay does it. */
  readonly logPages: number;
  /** `FULL` is what Forebay does; less shows whether it would be found. */
  readonly synchronous: Synchronous;
  /** Called with what is durable from then on. */
  readonly onDurable: (line: string) => void;
}

export type Synchronous = 'FULL' | 'NORMAL' | 'OFF';

/** One unit that is polled every ten seconds. */
export function powerConfig(): PlantConfig {
  const plant = scriptedPlant();
  return { ...plant, devices: plant.devices.map((device) => ({ ...device, periodMs: 10_000 })) };
}

/**
 * Does what a start of the appliance does with the disk, in its order (data folder, lock, store, key, recording, run
 * file), lets simulated minutes pass, changes the device key meanwhile, and stops in good order. `onDurable` hears `entry <index> <leaf hash>` and
 * `kept <slot of the newest poll>`.
 *
 * @throws Failure when the folder cannot be used.
 */
export async function runPowerPlant({ root, minutes, logPages, synchronous, onDurable }: PowerOptions): Promise<void> {
  const folder = openDataFolder(root);
  const lock = holdInstanceLock(folder.root);
  const store = openStore(folder.storePath, { access: 'write' });
  store.get(`PRAGMA wal_autocheckpoint = ${logPages}`);
  if (synchronous !== 'FULL') store.run(`PRAGMA synchronous = ${synchronous}`);
  const clock = new ManualClock((lastRecordedAtMs(store) ?? POWER_BEGIN_MS) + 700);
  const key = new KeyInUse(openDeviceKey(folder, store, powerConfig().plant.id));
  const plant = openPlant(store, key, clock, (recorded) => {
    for (const { index, leafHash } of recorded) onDurable(`entry ${index} ${Buffer.from(leafHash).toString('hex')}`);
  });
  writeRunFile(folder, { pid: process.pid, url: 'http://127.0.0.1:1', localToken: 'none' });
  plant.start();
  const packing = new EntryPacking({
    store,
    clock,
    log: silentLog,
    hasRoom: () => true,
    onAlarm: () => {},
    ...PACKING,
  });
  packing.start();
  const keys = new KeyRotation({
    keysFolder: folder.keysFolder,
    disk: nodeKeyDisk,
    key,
    clock,
    log: silentLog,
    workOnFiles: workOnKeyFiles,
    record: (takeover) => plant.changeKey(takeover),
  });
  for (let passedMs = 0; passedMs < minutes * MINUTE_MS; passedMs += PASS_MS) {
    if (passedMs === NEW_KEY_AT_MS) await keys.rotate({ reason: 'it is time', by: 'a test' });
    await clock.pass(PASS_MS);
    const newest = store.get<{ slotMs: number | null }>('SELECT max(slot_ms) AS slotMs FROM open_cycles')?.slotMs;
    if (typeof newest === 'number') onDurable(`kept ${newest}`);
  }
  packing.stop();
  const stopped = plant.stop();
  await clock.pass(0);
  await stopped;
  removeRunFile(folder);
  store.close();
  lock.release();
}

function openPlant(
  store: WritableStore,
  key: KeyInUse,
  clock: ManualClock,
  onRecorded: (recorded: readonly RecordedEntry[]) => void,
): Plant {
  const config = powerConfig();
  const { driver } = scriptedDriver((point, wallMs) => {
    if (point.id === 'status') return 'generating';
    // To the watt-hour what the meter shows, whoever reads it and whether or not.
    return point.id === 'power' ? 1800 : 1000 + Math.floor((wallMs - POWER_BEGIN_MS) * WH_PER_MS) / 1000;
  });
  return new Plant({
    config,
    configuration: { plantId: 'HP-001', text: '', sha256: 'c'.repeat(64) },
    drivers: new Map([['scripted', driver]]),
    hostOf: () => driverHost(1, { clock }),
    store,
    key,
    clock,
    random: seededRandom(1),
    askTimeServer: async () => ({ kind: 'silent', why: 'no answer in time' }),
    log: silentLog,
    version: '0.0.0',
    mode: 'normal',
    listener: { onRecorded },
  });
}
