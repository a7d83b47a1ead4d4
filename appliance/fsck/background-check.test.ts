import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Failure } from '../../core/model/failure.ts';
import { silentLog } from '../../core/model/log.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { testGap, testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { BackgroundCheck, lastCheckNoted } from './background-check.ts';
import { type CheckResult, checkInProcess } from './check-in-process.ts';
import { checkStatus } from './check-status.ts';

const NOW_MS = Date.parse('2026-05-01T00:00:00.000Z');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const BAD = { ok: false, entries: 2, firstBad: { index: 2, code: 'LED_FSCK_ENTRY', message: 'Entry 2 differs.' } };

let folder: string;
let path: string;
let store: WritableStore;
let clock: ManualClock;
let alarms: Failure[];
let running: BackgroundCheck | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-check-'));
  path = join(folder, 'ledger.db');
  store = openStore(path, { access: 'write' });
  testRecorder(store).record([testGenesis, testGap(1), testGap(2), testGap(3)]);
  clock = new ManualClock(NOW_MS);
  alarms = [];
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(check: (onProgress: (entries: number) => void, signal: AbortSignal) => Promise<CheckResult>): void {
  running = new BackgroundCheck({ store, clock, log: silentLog, check, onAlarm: (failure) => alarms.push(failure) });
  running.start();
}

const status = () => checkStatus(lastCheckNoted(store), running, 4, clock.wallMs());

test('everything is checked soon after a start and then once a day, and the status says so in words', async () => {
  let checks = 0;
  start(async () => {
    checks += 1;
    return { ok: true, entries: 4 };
  });
  expect(status()).toMatchObject({ state: 'never', reason: 'The whole ledger was not checked yet' });
  await clock.pass(6 * MINUTE_MS);
  expect(checks).toBe(1);
  expect(status()).toMatchObject({ state: 'ok', lastEntries: 4, lastAt: '2026-05-01T00:05:00.000Z', problem: null });
  // A restart within the day checks nothing again.
  await running?.stop();
  start(async () => {
    checks += 1;
    return { ok: true, entries: 4 };
  });
  await clock.pass(20 * 60 * MINUTE_MS);
  expect(checks).toBe(1);
  await clock.pass(3 * DAY_MS);
  expect(checks).toBe(4);
  expect(alarms).toEqual([]);
});

test('what does not hold is an alarm and stays in the status, also for the next start', async () => {
  start(async () => BAD);
  await clock.pass(6 * MINUTE_MS);
  expect(alarms).toMatchObject([{ code: 'LED_FSCK_ENTRY' }]);
  expect(checkStatus(lastCheckNoted(store), undefined, 4, clock.wallMs())).toMatchObject({
    state: 'broken',
    problem: { code: 'LED_FSCK_ENTRY', message: 'Entry 2 differs.' },
    reason: expect.stringContaining('The ledger does not hold'),
  });
});

test('what does not hold is an alarm also where the disk takes no note of it', async () => {
  store.run(`CREATE TEMP TRIGGER full BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
  start(async () => BAD);
  await clock.pass(6 * MINUTE_MS);
  expect(lastCheckNoted(store)).toBeUndefined();
  expect(alarms).toMatchObject([{ code: 'LED_FSCK_ENTRY' }]);
});

test('a start after what did not hold has it checked again, once and not every hour', async () => {
  let checks = 0;
  const restart = async (result: CheckResult): Promise<void> => {
    await running?.stop();
    start(async () => {
      checks += 1;
      return result;
    });
    await clock.pass(3 * 60 * MINUTE_MS);
  };
  await restart(BAD);
  await restart(BAD);
  expect(checks).toBe(2);
  await restart({ ok: true, entries: 4 });
  expect(checks).toBe(3);
  expect(status()).toMatchObject({ state: 'ok' });
  await restart({ ok: true, entries: 4 });
  expect(checks).toBe(3);
});

test('how far it is stands in the status, and a stop ends it and counts it as none', async () => {
  start((onProgress, signal) => {
    onProgress(3);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));
  });
  await clock.pass(6 * MINUTE_MS);
  expect(status()).toMatchObject({ checkedEntries: 3, reason: expect.stringContaining('3 of 4 entries so far') });
  await running?.stop();
  expect(status()).toMatchObject({ state: 'never', checkedEntries: null });
});

test('a process of its own checks a store that is being recorded into, finds what does not hold, and can be ended', async () => {
  const { signal } = new AbortController();
  expect(await checkInProcess(path, () => {}, signal)).toMatchObject({ ok: true, entries: 4 });
  const database = new Database(path);
  database.exec("UPDATE gaps SET reason = 'X' WHERE idx = 2");
  database.close();
  const found = await checkInProcess(path, () => {}, signal);
  expect(found).toMatchObject({ ok: false, firstBad: { index: 2, code: 'LED_FSCK_PROJECTION' } });
  await expect(checkInProcess(path, () => {}, AbortSignal.abort())).rejects.toThrow('it was ended');
  await expect(checkInProcess(join(folder, 'absent.db'), () => {}, signal)).rejects.toThrow('There is no store');
});

test.each([
  { finds: 'nothing', result: { ok: true, entries: 4 }, state: 'ok', calls: ['clear'] },
  { finds: 'damage', result: BAD, state: 'broken', calls: ['LED_FSCK_ENTRY'] },
])('damage of the last run is checked for at once, and no light is green before: finds $finds', async (given) => {
  const calls: string[] = [];
  let end: (result: CheckResult) => void = () => {};
  await clock.pass(0);
  running = new BackgroundCheck({
    ...{ store, clock, log: silentLog, onAlarm: (failure) => alarms.push(failure) },
    check: () =>
      new Promise((resolve) => {
        end = resolve;
      }),
    suspicion: {
      noted: () => 'The disk image is malformed.',
      clear: () => calls.push('clear'),
      confirm: ({ code }) => calls.push(code),
    },
  });
  running.start();
  const reason = expect.stringContaining('The last run found damage, and the whole ledger has still to be checked');
  expect(status()).toMatchObject({ state: 'suspect', reason });
  await clock.pass(1000);
  expect(status()).toMatchObject({ state: 'suspect', checkedEntries: 0 });
  end(given.result);
  await clock.pass(0);
  expect(status()).toMatchObject({ state: given.state });
  expect(calls).toEqual(given.calls);
});
