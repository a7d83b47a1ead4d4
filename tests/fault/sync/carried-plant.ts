import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlantCourier } from '../../../appliance/courier/plant-courier.ts';
import { type ReceivedLedger, receiveCarrier } from '../../../appliance/courier/receive-carrier.ts';
import { receivedOf } from '../../../appliance/courier/received-ledger.ts';
import { batchContent } from '../../../appliance/sync/batch-content.ts';
import { PlantSync } from '../../../appliance/sync/plant-sync.ts';
import { type DeviceKey, deviceKeyFromSeed } from '../../../core/ledger/device-key.ts';
import type { Recorder } from '../../../core/ledger/recorder.ts';
import { present } from '../../../core/model/assert.ts';
import type { Random } from '../../../core/model/random.ts';
import { toIso } from '../../../core/model/time.ts';
import { readEntry } from '../../../core/store/entries.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { openStore } from '../../../core/store/open-store.ts';
import type { SealMode } from '../../../core/sync/sealer.ts';
import { type CarrierDisk, fileTarget } from '../../../core/sync/targets/file.ts';
import { judgedReading } from '../../fixtures/judged-reading.ts';
import { testGenesis, testKey, testRecorder } from '../../fixtures/ledger.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { WeakStick } from './weak-stick.ts';

const HOURLY: SealMode = { kind: 'merkle', everyMs: 3_600_000 };
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
export const OFFICE: DeviceKey = deviceKeyFromSeed(Buffer.alloc(32, 33), 'x', 'office.example');

/** A plant that writes to `/stick`, and an office that receives what is carried to it, in the memory of the test. */
export class CarriedPlant {
  readonly folder = mkdtempSync(join(tmpdir(), 'forebay-carried-'));
  readonly store: WritableStore = openStore(join(this.folder, 'ledger.db'), { access: 'write' });
  readonly recorder: Recorder<WritableStore> = testRecorder(this.store);
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly office: WeakStick;
  readonly mode: SealMode;
  /** Whom plant.yaml names. */
  receiver: string | null = OFFICE.verifierKey;
  /** The stick that is in the plant's PC. */
  stick: WeakStick;
  sync: PlantSync;
  readings = 0;

  constructor(random: Random, { cutShare = 0, mode = HOURLY }: { cutShare?: number; mode?: SealMode } = {}) {
    this.random = random;
    this.mode = mode;
    this.recorder.record([testGenesis]);
    this.clock = new SimulatedClock(Date.parse(present(readEntry(this.store, 0), 'the genesis').at));
    this.office = new WeakStick(random, 0);
    this.stick = new WeakStick(random, cutShare);
    this.sync = this.start();
  }

  start(): PlantSync {
    const { store, recorder, clock, random } = this;
    const disk = throughTo(() => this.stick);
    const record: ConstructorParameters<typeof PlantCourier>[0]['record'] = (entries, alongside) => {
      this.sync.recorded(recorder.record(entries, alongside));
    };
    const target = fileTarget({
      folder: '/stick',
      plantId: 'HP-001',
      disk,
      contentOf: (batch) => batchContent(store, batch),
    });
    const facts = {
      folder: '/stick',
      plantId: 'HP-001',
      plantName: 'Demo River HPP',
      log: testKey.name,
      verifierKey: testKey.verifierKey,
      version: '0.1.0',
      receiver: this.receiver,
    };
    const courier = new PlantCourier({ store, disk, clock, log: SILENT, record, facts });
    const parts = { store, key: testKey, plantId: 'HP-001', mode: this.mode, targets: [target], courier };
    const sync = new PlantSync({ ...parts, head: () => recorder.head(), record, clock, random, log: SILENT });
    this.sync = sync;
    sync.start();
    return sync;
  }

  /** So many hours with a reading each. */
  async runHours(hours: number): Promise<void> {
    for (let hour = 0; hour < hours; hour += 1) {
      this.recorder.record([judgedReading(this.readings, { status: 'APPROVED' })]);
      this.readings += 1;
      await this.pass(3_600_000);
    }
  }

  async pass(ms: number): Promise<void> {
    await this.clock.run(new Promise<void>((resolve) => this.clock.after(ms, resolve)));
  }

  /** The office receives the stick. */
  async receive(stick: WeakStick = this.stick, key: DeviceKey = OFFICE, plantKey?: string): Promise<ReceivedLedger> {
    const wasIn = stick.isIn;
    stick.isIn = true;
    const disk = routed({ '/stick': stick, '/office': this.office });
    try {
      const [ledger, ...others] = await receiveCarrier({
        disk,
        carrier: '/stick',
        into: '/office',
        key,
        now: () => toIso(this.clock.wallMs()),
        ...(plantKey === undefined ? {} : { plantKey }),
      });
      if (others.length > 0) throw new Error('the stick holds one ledger');
      return present(ledger, 'the ledger on the stick');
    } finally {
      stick.isIn = wasIn;
    }
  }

  get receivedSize(): number {
    return receivedOf(this.store).size;
  }

  /** Entries up to the end of the last batch that the lane wrote. */
  get deliveredEnd(): number {
    const sql = `SELECT max("end") AS "end" FROM batches JOIN deliveries ON batch_idx = idx WHERE state = 'delivered'`;
    return this.store.get<{ end: number | null }>(sql)?.end ?? 0;
  }

  async close(): Promise<void> {
    await this.clock.run(this.sync.stop());
    this.store.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** The stick that is in just then. */
function throughTo(stick: () => WeakStick): CarrierDisk {
  return {
    isThere: () => stick().isThere(),
    list: (folder) => stick().list(folder),
    sizeOf: (path) => stick().sizeOf(path),
    read: (path) => stick().read(path),
    write: (path, bytes) => stick().write(path, bytes),
    freeBytes: () => stick().freeBytes(),
  };
}

function routed(disks: Readonly<Record<string, CarrierDisk>>): CarrierDisk {
  const at = (path: string): CarrierDisk =>
    present(Object.entries(disks).find(([prefix]) => path.startsWith(prefix))?.[1], `the disk of ${path}`);
  return {
    isThere: (folder) => at(folder).isThere(folder),
    list: (folder) => at(folder).list(folder),
    sizeOf: (path) => at(path).sizeOf(path),
    read: (path) => at(path).read(path, 1e9),
    write: (path, bytes) => at(path).write(path, bytes),
    freeBytes: (folder) => at(folder).freeBytes(folder),
  };
}
