import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCounterState, writeCounterState } from '../core/acquisition/counter-state.ts';
import type { Reading } from '../core/acquisition/reading.ts';
import { fsck } from '../core/ledger/fsck.ts';
import { present } from '../core/model/assert.ts';
import { type Log, silentLog } from '../core/model/log.ts';
import { seededRandom } from '../core/model/random.ts';
import { loadCounter, saveCounter } from '../core/store/counters.ts';
import { readEntry } from '../core/store/entries.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { ledgerReader } from '../core/store/ledger-store.ts';
import { openStore } from '../core/store/open-store.ts';
import { latestReadings, queryReadings } from '../core/store/readings.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import { benchReading } from '../tests/bench/ledger-readings.ts';
import { driverHost } from '../tests/contract/driver-host.ts';
import { openTestFolder } from '../tests/fixtures/data-folder.ts';
import { testKey } from '../tests/fixtures/ledger.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { scriptedDriver, scriptedPlant } from '../tests/fixtures/scripted-driver.ts';
import { writePastTriggers } from '../tests/fixtures/write-past-triggers.ts';
import type { DataFolder } from './data-folder.ts';
import { Plant } from './plant.ts';
import { provenCounters } from './proven-counters.ts';
import { RecordedMemory } from './recorded-memory.ts';
import { mendTables } from './salvage/mend-tables.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const READINGS = 1400;
/** Below what a start holds the rows of. */
const OLD = 150;
const NEW = 1300;
const UNITS = ['unit1', 'unit2', 'unit3', 'unit4'];

let base: string;
let folder: DataFolder;
let store: WritableStore;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-read-at-start-'));
});
afterEach(() => {
  store.close();
  rmSync(base, { recursive: true, force: true });
});

function record(): void {
  const made = openTestFolder(join(base, 'data'));
  ({ folder, store } = made);
  made.recorder.record(Array.from({ length: READINGS }, (_, n) => benchReading(n, made.key)));
}

/** Gives an entry other contents than its hash is of. */
function change(index: number): void {
  const row = present(store.get<{ bytes: Uint8Array }>('SELECT bytes FROM entries WHERE idx = ?', index), 'the entry');
  const bytes = Buffer.from(row.bytes);
  const at = bytes.indexOf('"energyWh":') + '"energyWh":'.length;
  bytes.write(bytes[at] === 0x31 ? '2' : '1', at);
  writePastTriggers(store, () => store.run('UPDATE entries SET bytes = ? WHERE idx = ?', bytes, index));
}

describe('the tables by which a start goes', () => {
  const wrong: readonly { name: string; sql: string; says: RegExp }[] = [
    {
      name: 'a newer end of a reading',
      sql: `UPDATE readings SET to_ms = to_ms + 60000 WHERE idx = ${NEW}`,
      says: /The row of entry 1300 in readings has another toMs/,
    },
    {
      name: 'no row of a reading',
      sql: `DELETE FROM readings WHERE idx = ${NEW}`,
      says: /Entry 1300 has no row in readings/,
    },
    {
      name: 'an old reading that would be the newest',
      sql: `UPDATE readings SET from_ms = from_ms + 8640000000, to_ms = to_ms + 8640000000 WHERE idx = ${OLD}`,
      says: /The row of entry 150 in readings has another fromMs/,
    },
    {
      name: 'a gap that no entry gives',
      sql: `INSERT INTO gaps (idx, unit_id, from_ms, to_ms, reason, missing_ms) VALUES (${NEW}, 'unit1', 5, 7, 'X', 2)`,
      says: /A row of gaps stands for entry 1300, which gives none/,
    },
  ];
  it.each(wrong)('are computed anew where they hold $name', ({ sql, says }) => {
    record();
    store.run('PRAGMA foreign_keys = OFF');
    store.run(sql);
    const said: string[] = [];
    const job = { folder, store, unitIds: UNITS, nowMs: START, tell: (line: string) => said.push(line) };
    mendTables(job);
    expect(said[0]).toMatch(/^LED_FSCK_PROJECTION: /);
    expect(said[0]).toMatch(says);
    expect(fsck(ledgerReader(store))).toMatchObject({ ok: true, readings: READINGS });
    said.length = 0;
    mendTables(job);
    expect(said).toEqual([]);
  });

  it('are not computed from entries that are not what was recorded', () => {
    record();
    change(NEW);
    expect(() => mendTables({ folder, store, unitIds: UNITS, nowMs: START, tell: () => {} })).toThrow(
      expect.objectContaining({ code: 'LED_FSCK_ENTRY', message: expect.stringContaining(`Entry ${NEW} `) }),
    );
  });
});

describe('the history by which verdicts are given', () => {
  const config = {
    ...scriptedPlant(),
    units: UNITS.map((id) => ({ ...present(scriptedPlant().units[0], 'a unit'), id })),
  };
  const remember = (onFailure: (error: unknown) => void) =>
    new RecordedMemory({ config, settings: DEFAULT_SETTINGS, store, log: silentLog, onFailure }).whole();

  it('is not remembered from an entry or a row that was changed since, and names which it is', () => {
    record();
    const failures: unknown[] = [];
    const taken = () => remember((error) => failures.push(error));
    expect(taken().unit('unit1')?.history.last?.reading.unitId).toBe('unit1');
    store.run(`UPDATE readings SET coverage = 0.5 WHERE idx = ${NEW}`);
    expect(taken).toThrow(expect.objectContaining({ code: 'LED_FSCK_PROJECTION' }));
    store.run(`UPDATE readings SET coverage = 1 WHERE idx = ${NEW}`);
    change(NEW);
    expect(taken).toThrow(expect.objectContaining({ code: 'LED_FSCK_ENTRY' }));
    expect(failures).toMatchObject([
      { message: expect.stringContaining(`entry ${NEW} `) },
      { message: expect.stringContaining(`Entry ${NEW} `) },
    ]);
  });

  it('is not read anywhere else either once it was changed', () => {
    record();
    change(OLD);
    const damaged = expect.objectContaining({
      code: 'STO_ENTRY_DAMAGED',
      message: `Entry ${OLD} of the ledger is not what was recorded: its hash differs.`,
    });
    expect(() => readEntry(store, OLD)).toThrow(damaged);
    expect(() => queryReadings(store, { order: 'asc', limit: 400 })).toThrow(damaged);
    expect(readEntry(store, OLD + 1)?.index).toBe(OLD + 1);
  });
});

describe('the counters from which energy is counted on', () => {
  const POINT = 'plc1/energy_export';
  const logged: object[] = [];
  const log: Log = { ...silentLog, error: (details) => void logged.push(details) };
  let clock: ManualClock;

  function startPlant(): Plant {
    const { driver } = scriptedDriver((point, wallMs) => {
      if (point.id === 'status') return 'generating';
      return point.id === 'power' ? 1800 : 1000 + (wallMs - START) / 2000;
    });
    const plant = new Plant({
      config: scriptedPlant(),
      configuration: { plantId: 'HP-001', text: '', sha256: 'a'.repeat(64) },
      drivers: new Map([['scripted', driver]]),
      hostOf: () => driverHost(1, { clock }),
      store,
      key: testKey,
      clock,
      random: seededRandom(1),
      askTimeServer: async (host) => ({ kind: 'silent', why: `${host} is not there` }),
      log,
      version: '0.0.0',
      mode: 'normal',
      listener: {},
    });
    plant.start();
    return plant;
  }

  async function run(forMs: number): Promise<void> {
    const plant = startPlant();
    await clock.pass(forMs);
    const stopped = plant.stop();
    await clock.pass(0);
    await stopped;
  }

  const counterRef = (): string =>
    present(store.get<{ point: string }>('SELECT point FROM counters ORDER BY point LIMIT 1'), 'a counter').point;

  beforeEach(() => {
    logged.length = 0;
    clock = new ManualClock(START - 500);
    store = openStore(':memory:', { access: 'write' });
  });

  it('are what the newest reading ends with, over restarts and steps of the clock', async () => {
    for (const stepMs of [0, 7_200_000, -3_600_000, 90_000]) {
      clock.step(stepMs);
      await run(150_000);
      expect(provenCounters(store, scriptedPlant(), log).size, `after ${stepMs} ms`).toBe(1);
    }
    expect(logged).toEqual([]);
    expect(counterRef()).toBe(POINT);
    const kept = readCounterState(loadCounter(store, POINT) ?? '');
    expect([...provenCounters(store, scriptedPlant(), log)]).toEqual([[POINT, kept]]);
  });

  it.each([
    { name: 'another register', wrong: { registerMicroWh: 17_000_000_000n } },
    { name: 'an earlier time', wrong: { registerMicroWh: 1_000_000_000_000n, atMs: START } },
  ])('begin anew where they stand at $name: nothing is counted twice', async ({ wrong }) => {
    await run(150_000);
    const ref = counterRef();
    const sound = readCounterState(present(loadCounter(store, ref), 'the counter'));
    saveCounter(store, ref, writeCounterState({ ...sound, ...wrong }));
    const before = queryReadings(store, { order: 'asc', limit: 100 }).items.length;
    await run(120_000);
    expect(logged).toContainEqual(expect.objectContaining({ code: 'STO_COUNTER_DAMAGED', point: ref }));
    const readings = queryReadings(store, { order: 'asc', limit: 100 }).items.map(
      ({ body }) => body.reading as unknown as Reading,
    );
    expect(readings.length).toBeGreaterThan(before);
    // No reading holds more than the half watt-hour a millisecond that the meter turns.
    for (const { energyWh = 0, from, to } of readings) {
      expect(energyWh).toBeLessThanOrEqual((Date.parse(to) - Date.parse(from)) / 2);
    }
    expect(latestReadings(store, 'unit1', 1)).toHaveLength(1);
  });

  it('begin anew where what is kept of one is no counter at all', async () => {
    await run(150_000);
    const ref = counterRef();
    saveCounter(store, ref, '{"totalMicroWh":');
    expect(provenCounters(store, scriptedPlant(), log).size).toBe(0);
    expect(logged).toMatchObject([{ code: 'STO_COUNTER_DAMAGED', point: ref }]);
  });
});
