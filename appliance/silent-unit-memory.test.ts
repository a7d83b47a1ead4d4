import { beforeAll, expect, test } from 'vitest';
import type { PlantConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { present } from '../core/model/assert.ts';
import { type Log, silentLog } from '../core/model/log.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { openStore } from '../core/store/open-store.ts';
import { firstIndexOfLatest } from '../core/store/readings.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import { benchReading } from '../tests/bench/ledger-readings.ts';
import { EVALUATION_CONFIG } from '../tests/evaluation/evaluation-plant-rows.ts';
import { testGenesis, testRecorder } from '../tests/fixtures/ledger.ts';
import { RecordedMemory } from './recorded-memory.ts';

const SETTINGS = { ...DEFAULT_SETTINGS, historyReadings: 61 };
const NEEDED = 2 * 61;
const [FIRST] = EVALUATION_CONFIG.units;
const UNITS = ['unit1', 'unit2', 'unit3', 'unit4'].map((id) => ({ ...present(FIRST, 'a unit'), id }));
const CONFIG = { ...EVALUATION_CONFIG, units: UNITS, version: 1, devices: [] } as unknown as PlantConfig;
const BETWEEN = 21_000;

let store: WritableStore;
beforeAll(() => {
  store = writeLedger();
});

/** Four units' readings, then of the first three alone after many other entries, among them a model of the fourth. */
function writeLedger(): WritableStore {
  const written = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(written);
  recorder.record([testGenesis]);
  recorder.record(Array.from({ length: 1000 }, (_, n) => benchReading(n)));
  const others = (n: number): NewEntry => ({ kind: 'clock', body: { stepMs: n } });
  recorder.record(Array.from({ length: BETWEEN }, (_, n) => others(n)));
  recorder.record([{ kind: 'model', body: { v: 1, unitId: 'unit4', digest: 'sha256:0', basis: 'another' } }]);
  recorder.record(Array.from({ length: BETWEEN }, (_, n) => others(n)));
  const later = Array.from({ length: 1000 }, (_, n) => n + 1000).filter((n) => n % 4 !== 3);
  recorder.record(later.map((n) => benchReading(n)));
  return written;
}

function memoryOf(log: Log = silentLog): RecordedMemory {
  return new RecordedMemory({ config: CONFIG, settings: SETTINGS, store, log });
}

test('for a unit of which nothing came for long, what was recorded of others since is passed over', () => {
  const seen: unknown[] = [];
  const memory = memoryOf({ ...silentLog, warn: (body) => void seen.push(body) });
  expect(memory.left).toBeLessThan(4000);
  expect(memory.left).toBeGreaterThan(NEEDED * 4);
  const plant = memory.whole();
  // The model between is taken in all the same; this one is refused, since the unit is configured otherwise.
  expect(seen).toMatchObject([{ code: 'VER_MODEL_OTHER_UNIT', unitId: 'unit4' }]);
  for (const { id } of UNITS) expect(plant.witnesses.get(id)?.unitId).toBe(id);
});

test('little by little it takes in what it does at once, and nothing that is recorded meanwhile', () => {
  const slowly = memoryOf();
  const { left } = slowly;
  slowly.goOn();
  slowly.goOn();
  expect(slowly.left).toBeLessThan(left);
  const atOnce = memoryOf().whole();
  testRecorder(store).record([benchReading(4000)]);
  const whole = slowly.whole();
  expect(slowly.left).toBe(0);
  expect([...whole.witnesses]).toEqual([...atOnce.witnesses]);
});

test('the latest readings of a unit are found near the end and far from it', () => {
  const all = (unitId: string) =>
    store.all<{ idx: number }>('SELECT idx FROM readings WHERE unit_id = ? ORDER BY idx', unitId).map(({ idx }) => idx);
  for (const unitId of ['unit1', 'unit4', 'unit9']) {
    for (const [count, before] of [
      [3, Number.MAX_SAFE_INTEGER],
      [100, 900],
      [600, Number.MAX_SAFE_INTEGER],
    ] as const) {
      const below = all(unitId).filter((idx) => idx < before);
      expect(firstIndexOfLatest(store, unitId, count, before)).toBe(below.slice(-count)[0] ?? before);
    }
  }
});

test('a failure is told before it is thrown', () => {
  const told: unknown[] = [];
  const memory = new RecordedMemory({
    config: CONFIG,
    settings: SETTINGS,
    store,
    log: silentLog,
    onFailure: (error) => told.push(error),
  });
  store.close();
  expect(() => memory.whole()).toThrow();
  expect(told).toHaveLength(1);
});
