import { join } from 'node:path';
import { EntryPacking } from '../../../appliance/disk/entry-packing.ts';
import { drivers } from '../../../appliance/drivers.ts';
import { Plant } from '../../../appliance/plant.ts';
import type { DriverHost } from '../../../core/acquisition/driver.ts';
import { configurationBody } from '../../../core/config/configuration-body.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import type { PlantConfig } from '../../../core/config/plant.ts';
import { deviceKeyFromSeed } from '../../../core/ledger/device-key.ts';
import type { RecordedEntry } from '../../../core/ledger/recorder.ts';
import type { Clock } from '../../../core/model/clock.ts';
import { silentLog } from '../../../core/model/log.ts';
import { seededRandom } from '../../../core/model/random.ts';
import { configurationOfLastRun } from '../../../core/store/configuration.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { driverHost } from '../../contract/driver-host.ts';
import type { SeenPoll } from './observer.ts';
import { ProcessClock, type TrueTime } from './true-time.ts';
import type { WorldDevices } from './world-devices.ts';

export const WORLD_KEY = deviceKeyFromSeed(new Uint8Array(32).fill(5), 'HP-WORLD');

/** Often and in small blocks, so that there are some in a world of minutes, and power cuts in the middle of them. */
const PACKING = { rule: { plainEntries: 2, blockEntriesMax: 4 }, lookEveryMs: 15_000 };

/** Polls are made durable every second. */
const KEPT_MS = 1100;

export interface ProcessParts {
  readonly time: TrueTime;
  /** What the wall clock shows at the start. */
  readonly wallMs: number;
  readonly devices: WorldDevices;
  readonly data: string;
  readonly text: string;
  readonly seed: number;
  readonly onRecorded: (recorded: readonly RecordedEntry[], store: WritableStore) => void;
  /** A poll is kept: it was flushed with the others of its second, and the disk did not refuse. */
  readonly onKept: (poll: SeenPoll) => void;
  readonly onStarted: (store: WritableStore, clock: Clock) => void;
}

/** The appliance from one start to the next end: store, plant, drivers; all its own but time, disk and devices. */
export class WorldProcess {
  readonly clock: ProcessClock;
  readonly #store: WritableStore;
  readonly #plant: Plant;
  readonly #packing: EntryPacking;

  /** @throws Failure when the store cannot be used. */
  constructor({ time, wallMs, devices, data, text, seed, onRecorded, onKept, onStarted }: ProcessParts) {
    this.clock = new ProcessClock(time, wallMs);
    const { clock } = this;
    const store = openStore(join(data, 'ledger.db'), { access: 'write' });
    this.#store = store;
    try {
      const driver = devices.driverFor(clock);
      this.#plant = new Plant({
        config: configOf(text),
        configuration: configurationBody(text, configOf(text)),
        formerConfig: formerConfigOf(store),
        drivers: new Map([...drivers, [driver.name, driver]]),
        hostOf: (): DriverHost => driverHost(seed, { clock }),
        store,
        key: WORLD_KEY,
        clock,
        random: seededRandom(seed),
        askTimeServer: async () => ({ kind: 'silent', why: 'no answer in time' }),
        log: silentLog,
        version: '0.0.0',
        mode: 'normal',
        listener: {
          onRecorded: (recorded) => onRecorded(recorded, store),
          onCycle: ({ deviceId, slotMs }) => {
            clock.after(KEPT_MS, () => {
              if (this.#plant.trouble() === undefined) onKept({ deviceId, slotMs });
            });
          },
        },
      });
      this.#plant.start();
      this.#packing = new EntryPacking({
        store,
        clock,
        log: silentLog,
        hasRoom: () => true,
        onAlarm: () => {},
        ...PACKING,
      });
      this.#packing.start();
      onStarted(store, clock);
    } catch (error) {
      clock.stop();
      store.close();
      throw error;
    }
  }

  /** An orderly stop, as a service manager asks for it. */
  async stop(time: TrueTime): Promise<void> {
    this.#packing.stop();
    const stopped = this.#plant.stop();
    // Connections are closed in simulated time.
    await time.pass(5000);
    await stopped;
    this.#store.close();
    this.clock.stop();
  }

  /** The power is gone: nothing of the process runs on. */
  die(): void {
    this.clock.stop();
  }

  /** Lets go of the files of a process that died, once nobody looks at them any more. */
  bury(): void {
    this.#store.close();
  }
}

function configOf(text: string): PlantConfig {
  const result = parseConfig(text, { drivers, file: 'plant.yaml' });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.issues));
  return result.config;
}

function formerConfigOf(store: WritableStore): PlantConfig | undefined {
  const text = configurationOfLastRun(store)?.body.text;
  return typeof text === 'string' ? configOf(text) : undefined;
}
