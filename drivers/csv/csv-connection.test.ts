import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import { csvDevice } from '../../tests/contract/csv-device.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { createCsvDriver } from './csv.ts';
import { type CsvDisk, machineDisk } from './disk.ts';

const NEVER = new AbortController().signal;
const START_MS = Date.UTC(2026, 10, 26, 12);
const HEAD = 'Time,Flow\n';
const POINTS = [{ id: 'flow', column: 'Flow', unit: 'm3/s' }];
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Watched {
  readonly folder: string;
  readonly clock: ManualClock;
  readonly connection: Connection;
  /** The value, or the code of the fault and its policy. */
  read(): Promise<number | string>;
}

async function watch(disk: Partial<CsvDisk> = {}): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-csv-watch-'));
  const state = mkdtempSync(join(tmpdir(), 'forebay-csv-state-'));
  folders.push(folder, state);
  const clock = new ManualClock(START_MS);
  const device = csvDevice({ folder }, POINTS);
  const driver = createCsvDriver({ ...machineDisk, ...disk });
  const outcome = await driver.connect(device, driverHost(1, { clock, folder: state }), NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  const { connection } = outcome;
  const read = async (): Promise<number | string> => {
    const [first] = await connection.read(device.points, NEVER);
    if (first === undefined) throw new Error('no outcome');
    return first.kind === 'sample' ? first.value : `${first.fault.code} ${first.fault.policy}`;
  };
  return { folder, clock, connection, read };
}

function row(atMs: number, value: number): string {
  return `${new Date(atMs).toISOString()},${value}\n`;
}

test('a backlog is read in parts, and nothing counts as current before its end', async () => {
  const { folder, read } = await watch();
  const rows = Array.from({ length: 200_000 }, (_, at) => row(START_MS - (200_000 - at) * 1000, at / 8));
  writeFileSync(join(folder, 'a.csv'), HEAD + rows.join(''));
  expect(await read()).toBe('DRV_CSV_CATCHING_UP retry');
  let value = await read();
  while (value === 'DRV_CSV_CATCHING_UP retry') value = await read();
  expect(value).toBe(199_999 / 8);
});

test('a record may be long, and one whose quotes never close ends the file', async () => {
  const { folder, read } = await watch();
  const note = 'x'.repeat(100_000);
  writeFileSync(join(folder, 'a.csv'), `Time,Flow,Note\n${row(START_MS, 2.5).trim()},"${note}"\n`);
  expect(await read()).toBe(2.5);
  appendFileSync(join(folder, 'a.csv'), `${row(START_MS + 1000, 3).trim()},"${note}${note}${note}\n`);
  expect(await read()).toBe('DRV_CSV_QUOTES misconfigured');
});

test('a locked file is waited for, and a folder that went away is found again where it was left', async () => {
  let refusal: string | undefined;
  const refuse = (): void => {
    if (refusal !== undefined) throw Object.assign(new Error('refused'), { code: refusal });
  };
  const { folder, read } = await watch({
    async read(...place) {
      refuse();
      return machineDisk.read(...place);
    },
  });
  writeFileSync(join(folder, 'a.csv'), HEAD + row(START_MS - 2000, 1.5));
  expect(await read()).toBe(1.5);
  for (const code of ['EBUSY', 'EPERM', 'EACCES']) {
    refusal = code;
    expect(await read()).toBe('DRV_CSV_LOCKED wait');
  }
  refusal = 'EMFILE';
  expect(await read()).toBe('DRV_CSV_READ_FAILED retry');
  refusal = undefined;
  expect(await read()).toBe(1.5);
  renameSync(folder, `${folder}.away`);
  expect(await read()).toBe('DRV_CSV_FOLDER_GONE reconnect');
  renameSync(`${folder}.away`, folder);
  appendFileSync(join(folder, 'a.csv'), row(START_MS - 1000, 2.5));
  expect(await read()).toBe(2.5);
});

test('a network folder that hangs is asked once, and answers again once it does', async () => {
  let release = (): void => undefined;
  let lists = 0;
  let isHanging = false;
  const { folder, connection, read } = await watch({
    async list(path) {
      lists += 1;
      if (isHanging) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return machineDisk.list(path);
    },
  });
  writeFileSync(join(folder, 'a.csv'), HEAD + row(START_MS, 1.5));
  const { points } = csvDevice({ folder }, POINTS);
  isHanging = true;
  const codes: string[] = [];
  const before = lists;
  for (let poll = 0; poll < 3; poll += 1) {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 10);
    for (const outcome of await connection.read(points, abort.signal)) {
      if (outcome.kind === 'miss') codes.push(outcome.fault.code);
    }
  }
  expect(codes).toEqual(['DRV_CSV_ABORTED', 'DRV_CSV_FOLDER_SILENT', 'DRV_CSV_FOLDER_SILENT']);
  expect(lists - before).toBe(1);
  isHanging = false;
  release();
  // The look that hung was given up, and what it saw is not the whole folder.
  expect(await read()).toBe('DRV_CSV_ABORTED retry');
  expect(await read()).toBe(1.5);
});

test('years of old exports cost few looks, and a new file is seen at once', async () => {
  let facts = 0;
  const { folder, clock, read } = await watch({
    async facts(...place) {
      facts += 1;
      return machineDisk.facts(...place);
    },
  });
  for (let at = 0; at < 100; at += 1) writeFileSync(join(folder, `old-${at}.csv`), HEAD + row(START_MS - 1e9 + at, at));
  expect(await read()).toBe('DRV_CSV_OLD retry');
  expect(facts).toBe(100);
  await clock.pass(11 * 60_000);
  facts = 0;
  writeFileSync(join(folder, 'new.csv'), HEAD + row(clock.wallMs(), 7.5));
  expect(await read()).toBe(7.5);
  expect(facts).toBe(21);
  // Each old file has its turn all the same.
  appendFileSync(join(folder, 'old-50.csv'), row(clock.wallMs() + 1000, 8.5));
  let polls = 0;
  for (; (await read()) !== 8.5; polls += 1) expect(polls).toBeLessThan(6);
});
