import { afterEach, beforeEach, expect, test } from 'vitest';
import { PlantSync, type PlantSyncParts } from '../../../appliance/sync/plant-sync.ts';
import { present } from '../../../core/model/assert.ts';
import { seededRandom } from '../../../core/model/random.ts';
import { readEntry } from '../../../core/store/entries.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { countDeliveries } from '../../../core/sync/kept-outbox.ts';
import type { SyncSession, SyncTarget } from '../../../core/sync/target.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import { judgedReading } from '../../fixtures/judged-reading.ts';
import { testGenesis, testKey, testRecorder } from '../../fixtures/ledger.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const SEED = announceSeed('return of a target');
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const AWAY = { code: 'SYN_WEB_REFUSED', message: 'Nothing takes connections at hub.example.' };
const HOUR_MS = 3_600_000;

let store: WritableStore;
let recorder: ReturnType<typeof testRecorder>;
let clock: SimulatedClock;
let sync: PlantSync;
let isThere: boolean;
let asked: number;
let tried: number;

beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis, judgedReading(1, { status: 'APPROVED' })]);
  clock = new SimulatedClock(Date.parse(present(readEntry(store, 0), 'the genesis').at));
  isThere = false;
  asked = 0;
  tried = 0;
});

afterEach(async () => {
  await clock.run(sync.stop());
  store.close();
});

const SESSION: SyncSession = {
  deliver: () => Promise.resolve({ kind: 'delivered', receipt: { hub: 'https://hub.example' } }),
  locate: () => Promise.resolve({ kind: 'absent' }),
  close: () => Promise.resolve(),
};

const hub: SyncTarget = {
  name: 'hub',
  isPublic: false,
  isOrdered: true,
  inFlightMax: 1,
  link: { bytesEach: 0 },
  isReachable: () => {
    asked += 1;
    return Promise.resolve(isThere);
  },
  connect: () => {
    tried += 1;
    if (!isThere) return Promise.resolve({ kind: 'later', fault: AWAY });
    return Promise.resolve({ kind: 'connected', session: SESSION });
  },
};

function start(parts: Partial<PlantSyncParts> = {}): void {
  sync = new PlantSync({
    store,
    key: testKey,
    plantId: 'HP-001',
    mode: { kind: 'merkle', everyMs: HOUR_MS },
    targets: [hub],
    head: () => recorder.head(),
    record: (entries, alongside) => recorder.record(entries, alongside),
    clock,
    random: seededRandom(SEED),
    log: SILENT,
    ...parts,
  });
  sync.start();
}

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

test('a hub that was away for hours has everything within seconds of its return', async () => {
  start();
  await pass(5 * HOUR_MS);
  expect(countDeliveries(store, 'hub')).toMatchObject({ delivered: 0, parked: 0 });
  isThere = true;
  await pass(6000);
  expect(countDeliveries(store, 'hub')).toMatchObject({ delivered: 1, waiting: 0, unknown: 0 });
  const before = asked;
  await pass(HOUR_MS);
  expect(asked, 'once nothing waits, nobody is asked').toBe(before);
});

test('over a metered link nobody is asked, and the hub is tried after its waiting time', async () => {
  const budget = { hold: () => undefined, spend: () => undefined, status: () => ({}) };
  start({ budget: budget as unknown as PlantSyncParts['budget'] });
  await pass(5 * HOUR_MS);
  expect(asked).toBe(0);
  expect(tried).toBeLessThan(100);
  isThere = true;
  await pass(600_000);
  expect(countDeliveries(store, 'hub').delivered).toBe(1);
});

test('a restart tries at once what was to wait for minutes', async () => {
  start();
  await pass(5 * HOUR_MS);
  await clock.run(sync.stop());
  tried = 0;
  start();
  await pass(1000);
  expect(tried).toBeGreaterThan(0);
});
