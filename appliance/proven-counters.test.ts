import { beforeEach, describe, expect, it } from 'vitest';
import { writeCounterState } from '../core/acquisition/counter-state.ts';
import { configurationBody } from '../core/config/configuration-body.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import type { Recorder } from '../core/ledger/recorder.ts';
import type { JsonObject } from '../core/model/json.ts';
import { type Log, silentLog } from '../core/model/log.ts';
import { toIso } from '../core/model/time.ts';
import { saveCounter } from '../core/store/counters.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { openStore } from '../core/store/open-store.ts';
import { benchReading, benchReadingKey } from '../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../tests/fixtures/ledger.ts';
import { loadConfig } from './load-config.ts';
import { provenCounters } from './proven-counters.ts';

const INTERVAL_MS = 300_000;
const MICRO_WH_PER_KWH = 1_000_000_000;

/** One unit whose energy comes from one of two meters, by way of a template. */
function plantYaml(meter: 'meter1' | 'meter2', host = '192.0.2.10'): string {
  return `version: 1
plant: { id: HP-001, name: Demo, timezone: Asia/Kolkata, ratedPowerKw: 2000 }
interval: 5m
units:
  - id: unit1
    name: Unit 1
    turbine: francis
    ratedPowerKw: 2000
    ratedFlowM3s: 2.5
    ratedHeadM: 95
    signals: { energyExport: ${meter}/energy_export }
devices:
  - { id: meter1, driver: modbus-tcp, template: siemens-pac@1, connection: { host: ${host}, unitId: 1 }, period: 1s }
  - { id: meter2, driver: modbus-tcp, template: siemens-pac@1, connection: { host: 192.0.2.11, unitId: 1 }, period: 1s }
`;
}

let store: WritableStore;
let recorder: Recorder<WritableStore>;
let said: { level: 'warn' | 'error'; code: string; point: string }[];
const log: Log = {
  ...silentLog,
  warn: (details) => void said.push({ level: 'warn', ...(details as { code: string; point: string }) }),
  error: (details) => void said.push({ level: 'error', ...(details as { code: string; point: string }) }),
};
beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
  said = [];
});

function start(yaml: string): ReturnType<typeof provenCounters> {
  const config = loadConfig(yaml, 'plant.yaml');
  const proven = provenCounters(store, config, log);
  recorder.record([
    { kind: 'configuration', body: configurationBody(yaml, config) },
    { kind: 'start', body: { version: '0', mode: 'normal', runId: 'x' } },
  ]);
  return proven;
}

/** Records a reading of unit1 in one write with where its meter then stands; `lateMs` after the reading's end. */
function read(meter: string, number: number, lateMs = 0): void {
  const n = number * 4;
  const atMs = benchReadingKey(n).fromMs + INTERVAL_MS + lateMs;
  const registerMicroWh = BigInt((123_606.5 + n) * MICRO_WH_PER_KWH);
  const state = { totalMicroWh: 5n, registerMicroWh, atMs, seenAtMs: atMs, changedAtMs: atMs };
  recorder.record([benchReading(n, testKey)], (write) =>
    saveCounter(write, `${meter}/energy_export`, writeCounterState(state)),
  );
}

function withoutRegisters({ kind, body }: NewEntry): NewEntry {
  const { registers: _unread, ...reading } = body.reading as JsonObject;
  return { kind, body: { ...body, reading } };
}

const ONE = ['meter1/energy_export'];

describe('a counter whose unit was counted by another meter meanwhile', () => {
  it.each([
    ['and was read before that', 0],
    // It would be taken for younger than the other meter's last reading, and count the same energy once more.
    ['and was read on a clock that ran ahead', 86_400_000],
  ])('%s begins anew, is no damage, and goes on from there', (_how, aheadMs) => {
    start(plantYaml('meter1'));
    read('meter1', 0, aheadMs);
    // The other one is named for a while. The first run with it ends before its first reading.
    expect([...start(plantYaml('meter2')).keys()]).toEqual(ONE);
    expect([...start(plantYaml('meter2')).keys()]).toEqual(ONE);
    read('meter2', 1);
    expect([...start(plantYaml('meter2')).keys()]).toEqual(['meter1/energy_export', 'meter2/energy_export']);
    expect(said).toEqual([]);
    for (let runs = 0; runs < 2; runs += 1) {
      expect([...start(plantYaml('meter1')).keys()]).toEqual(['meter2/energy_export']);
      expect(said.splice(0)).toMatchObject([{ level: 'warn', code: 'ACQ_COUNTER_OTHER', point: ONE[0] }]);
    }
    read('meter1', 2);
    expect(start(plantYaml('meter1')).has('meter1/energy_export')).toBe(true);
    expect(said).toEqual([]);
  });

  it('stays away while the meter named again has not been read yet', () => {
    start(plantYaml('meter1'));
    read('meter1', 0);
    start(plantYaml('meter2'));
    read('meter2', 1);
    start(plantYaml('meter1'));
    recorder.record([withoutRegisters(benchReading(8))]);
    expect([...start(plantYaml('meter1')).keys()]).toEqual(['meter2/energy_export']);
    expect(said).toMatchObject([{ code: 'ACQ_COUNTER_OTHER' }, { code: 'ACQ_COUNTER_OTHER', point: ONE[0] }]);
  });

  it('stays away however long the meter named again is silent, and goes on once it was read after that', () => {
    const others = Array.from({ length: 2100 }, (_, n) => benchReading(4 * (n + 10) + 1));
    start(plantYaml('meter1'));
    read('meter1', 0);
    start(plantYaml('meter2'));
    read('meter2', 1);
    start(plantYaml('meter1'));
    recorder.record(others.slice(0, 1050));
    expect([...start(plantYaml('meter1')).keys()]).toEqual(['meter2/energy_export']);
    recorder.record(others.slice(1050));
    said = [];
    expect([...start(plantYaml('meter1')).keys()]).toEqual(['meter2/energy_export']);
    expect(said).toMatchObject([{ code: 'ACQ_COUNTER_OTHER', point: ONE[0] }]);
    read('meter1', 3, 365 * 86_400_000);
    recorder.record(Array.from({ length: 2100 }, (_, n) => benchReading(4 * (n + 3000) + 2)));
    expect(start(plantYaml('meter1')).has('meter1/energy_export')).toBe(true);
  });

  it('goes on from a first value that counts nothing yet, as a push has it', () => {
    start(plantYaml('meter2'));
    read('meter2', 0);
    start(plantYaml('meter1'));
    const { kind, body } = withoutRegisters(benchReading(8));
    const [endKwh, atMs] = ['900.5', benchReadingKey(8).fromMs + INTERVAL_MS];
    const uncounted = { energyExport: { endKwh, endAt: toIso(atMs), reason: 'ACQ_COUNTER_BEGINS' } };
    const state = { totalMicroWh: 0n, registerMicroWh: 900_500_000_000n, atMs, seenAtMs: atMs, changedAtMs: atMs };
    recorder.record([{ kind, body: { ...body, reading: { ...(body.reading as JsonObject), uncounted } } }], (write) =>
      saveCounter(write, 'meter1/energy_export', writeCounterState(state)),
    );
    said = [];
    expect(start(plantYaml('meter1')).has('meter1/energy_export')).toBe(true);
    expect(said).toEqual([]);
  });

  it('also where the point is the same and stands for another register, whenever the run before ended', () => {
    start(plantYaml('meter1'));
    read('meter1', 0);
    for (let runs = 0; runs < 2; runs += 1) {
      expect(start(plantYaml('meter1', '192.0.2.99')).size).toBe(0);
      expect(said.splice(0)).toMatchObject([{ code: 'ACQ_COUNTER_OTHER' }]);
    }
  });

  it('goes on under a configuration that says the same of it, and is damage where it contradicts its own reading', () => {
    start(plantYaml('meter1'));
    read('meter1', 0);
    expect([...start(plantYaml('meter1').replace('name: Demo', 'name: Other')).keys()]).toEqual(ONE);
    read('meter1', 1, -1000);
    expect(start(plantYaml('meter1')).size).toBe(0);
    expect(said).toMatchObject([{ level: 'error', code: 'STO_COUNTER_DAMAGED', point: ONE[0] }]);
  });

  it('is measured by the configuration that ran, not by one that was imported for the next start', () => {
    start(plantYaml('meter1'));
    const next = plantYaml('meter2');
    recorder.record([{ kind: 'configuration', body: configurationBody(next, loadConfig(next, 'plant.yaml')) }]);
    read('meter1', 0);
    expect([...start(plantYaml('meter1')).keys()]).toEqual(ONE);
    expect(said).toEqual([]);
  });
});
