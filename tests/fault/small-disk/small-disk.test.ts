import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DiskWatch } from '../../../appliance/disk/disk-watch.ts';
import { Plant } from '../../../appliance/plant.ts';
import type { Reading } from '../../../core/acquisition/reading.ts';
import { deviceKeyFromSeed } from '../../../core/ledger/device-key.ts';
import { fsck } from '../../../core/ledger/fsck.ts';
import { silentLog } from '../../../core/model/log.ts';
import { seededRandom } from '../../../core/model/random.ts';
import { parseEntry } from '../../../core/store/entries.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { queryReadings } from '../../../core/store/readings.ts';
import { sampleBlock } from '../../../core/store/samples.ts';
import { driverHost } from '../../contract/driver-host.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { scriptedDriver, scriptedPlant } from '../../fixtures/scripted-driver.ts';
import { makeSmallDisk, type SmallDisk } from './small-disk.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const SIZE_BYTES = 32 * 1024 * 1024;
const MINUTE_MS = 60_000;
const READINGS_WAITING_MAX = 6;
const key = deviceKeyFromSeed(new Uint8Array(32).fill(7), 'HP-TEST');

let disk: SmallDisk;
let clock: ManualClock;
let store: WritableStore;
let watch: DiskWatch;
let plant: Plant;
let alarms: string[];

beforeEach(() => {
  disk = makeSmallDisk(SIZE_BYTES);
  clock = new ManualClock(START - 500);
  store = openStore(join(disk.folder, 'ledger.db'), { access: 'write' });
  // Otherwise the log of the store alone would fill this disk.
  store.run('PRAGMA wal_autocheckpoint = 8');
  disk.holds(store);
  alarms = [];
  watch = new DiskWatch({
    space: () => disk.space(),
    store,
    clock,
    log: silentLog,
    growth: [],
    saveGrowth: () => {},
    onAlarm: ({ message }) => alarms.push(message),
    onDerived: () => {},
  });
  const { driver } = scriptedDriver((point, wallMs) => {
    if (point.id === 'status') return 'generating';
    return point.id === 'power' ? 1800 : 1000 + (wallMs - START) / 2000;
  });
  plant = new Plant({
    config: scriptedPlant(),
    configuration: { plantId: 'HP-TEST', text: '', sha256: 'a'.repeat(64) },
    drivers: new Map([['scripted', driver]]),
    hostOf: () => driverHost(1, { clock }),
    store,
    key,
    clock,
    random: seededRandom(1),
    askTimeServer: async (host) => ({ kind: 'silent', why: `${host} is not there` }),
    log: silentLog,
    version: '0.0.0',
    mode: 'normal',
    listener: {},
    disk: watch,
    limits: { sampleBytes: 10_000, readings: READINGS_WAITING_MAX },
  });
  plant.start();
  watch.start();
});
afterEach(() => {
  store.close();
  disk.remove();
});

function readings(): Reading[] {
  return queryReadings(store, { order: 'asc', limit: 1000 }).items.map(
    ({ body }) => body.reading as unknown as Reading,
  );
}

function bodiesOf(kind: string): Record<string, unknown>[] {
  const rows = store.all<{ bytes: Uint8Array }>('SELECT bytes FROM entries WHERE kind = ? ORDER BY idx', kind);
  return rows.map(({ bytes }) => parseEntry(bytes).body);
}

function hasSamples({ samples }: Reading): boolean {
  return samples.every(({ digest }) => sampleBlock(store, digest) !== undefined);
}

async function stop(): Promise<void> {
  watch.stop();
  const stopped = plant.stop();
  await clock.pass(0);
  await stopped;
}

it('gives up raw samples before readings, says so in the ledger, and keeps both again by itself', async () => {
  await clock.pass(2 * MINUTE_MS + 2000);
  expect(watch.status()).toMatchObject({ keepsDerived: true, keepsSamples: true });
  disk.fill(0.13 * SIZE_BYTES);
  await clock.pass(MINUTE_MS);
  expect(watch.status()).toMatchObject({ level: 'warn', keepsDerived: true, keepsSamples: true });
  disk.fill(0.04 * SIZE_BYTES);
  await clock.pass(MINUTE_MS);
  expect(watch.status()).toMatchObject({ level: 'critical', keepsDerived: false, keepsSamples: true });
  disk.fill(0.015 * SIZE_BYTES);
  await clock.pass(2 * MINUTE_MS);
  expect(watch.status()).toMatchObject({ level: 'critical', keepsDerived: false, keepsSamples: false });
  expect(readings().map(hasSamples)).toEqual([true, true, true, true, false, false]);
  disk.empty();
  await clock.pass(2 * MINUTE_MS);
  await stop();
  expect(watch.status()).toMatchObject({ level: 'ok', keepsDerived: true, keepsSamples: true });
  expect(readings().map(hasSamples)).toEqual([true, true, true, true, false, false, true, true]);
  expect(readings().map(({ energyWh }) => energyWh)).toEqual(Array(8).fill(30_000));
  expect(bodiesOf('samples')).toEqual([
    { v: 1, event: 'stopped', from: '2026-11-20T12:04:00.000Z', reason: 'disk-full' },
    {
      v: 1,
      event: 'resumed',
      from: '2026-11-20T12:04:00.000Z',
      to: '2026-11-20T12:06:00.000Z',
      reason: 'disk-full',
    },
  ]);
  expect(alarms).toMatchObject([/87 % full/, /9\d % full/, /raw samples are not kept any more/]);
  expect(fsck(ledgerReader(store), { verifierKey: key.verifierKey }).firstBad).toBeUndefined();
});

it('holds no more in memory than it may while nothing can be written, and loses no energy', async () => {
  await clock.pass(MINUTE_MS + 2000);
  disk.fill(0);
  // What the log of the store has taken already is written over without asking the disk.
  for (let minute = 0; plant.trouble() === undefined && minute < 200; minute++) await clock.pass(MINUTE_MS);
  expect(plant.trouble()).toMatchObject({ code: 'STO_FULL' });
  const before = readings().length;
  await clock.pass(60 * MINUTE_MS);
  expect(readings()).toHaveLength(before);
  disk.empty();
  await clock.pass(5 * MINUTE_MS);
  await stop();
  expect(plant.trouble()).toBeUndefined();
  const list = readings();
  const waited = list.slice(before, before + READINGS_WAITING_MAX);
  expect(waited.map(({ energyWh }) => energyWh)).toEqual(Array(READINGS_WAITING_MAX).fill(30_000));
  const gap = list[before + READINGS_WAITING_MAX - 1];
  const next = list[before + READINGS_WAITING_MAX];
  expect(Date.parse(next?.from ?? '') - Date.parse(gap?.to ?? '')).toBeGreaterThan(50 * MINUTE_MS);
  expect(bodiesOf('gap').map(({ reason }) => reason)).toContain('ACQ_STORE_FULL');
  expect(bodiesOf('samples')).toContainEqual(
    expect.objectContaining({ event: 'dropped', reason: 'memory', blocks: 1 }),
  );
  const energyWh = list.reduce((sum, reading) => sum + (reading.energyWh ?? 0), 0);
  const last = list.at(-1);
  expect(energyWh).toBe((Date.parse(last?.to ?? '') - START) / 2);
  expect(fsck(ledgerReader(store), { verifierKey: key.verifierKey }).firstBad).toBeUndefined();
});
