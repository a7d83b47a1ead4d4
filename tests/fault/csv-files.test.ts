import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Connection, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { present } from '../../core/model/assert.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { createCsvDriver, csv } from '../../drivers/csv/csv.ts';
import { type CsvDisk, machineDisk } from '../../drivers/csv/disk.ts';
import { csvDevice } from '../contract/csv-device.ts';
import { announceSeed, driverHost } from '../contract/driver-host.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const NEVER = new AbortController().signal;
const START_MS = Date.UTC(2026, 10, 26, 12);
const STEPS = Number(process.env.FOREBAY_CSV_STEPS ?? 1500);
const MAX_AGE_MS = 60_000;
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-csv-fault-'));
  folders.push(folder);
  return folder;
}

function deviceIn(folder: string, connection: Record<string, unknown> = {}) {
  return csvDevice({ folder, maxAge: '60s', maxAhead: '1s', ...connection }, [
    { id: 'flow', column: 'Flow', unit: 'm3/s' },
    { id: 'energy', column: 'Energy', unit: 'kWh', kind: 'counter' },
  ]);
}

/** Values that tell their time, so that no row's value can pass for another's. */
function flowAt(atMs: number): number {
  return ((atMs / 1000) % 1_000_003) / 8;
}

function energyAt(atMs: number): number {
  return Math.floor(atMs / 1000) * 3;
}

function rowAt(atMs: number): string {
  return `${new Date(atMs).toISOString()},${flowAt(atMs)},${energyAt(atMs)}`;
}

/** How many samples are right; a wrong one fails at once. */
function judge(outcomes: readonly Outcome[], nowMs: number, what: string): number {
  let right = 0;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'miss') continue;
    const atMs = present(outcome.deviceAtMs, 'the time of the row');
    expect(outcome.value, what).toBe(index === 0 ? flowAt(atMs) : energyAt(atMs));
    expect(nowMs - atMs, what).toBeLessThanOrEqual(MAX_AGE_MS);
    expect(atMs - nowMs, what).toBeLessThanOrEqual(1000);
    right += 1;
  }
  return right;
}

async function open(
  folder: string,
  host: DriverHost,
  connection: Record<string, unknown> = {},
  disk?: CsvDisk,
): Promise<Connection> {
  const driver = disk === undefined ? csv : createCsvDriver(disk);
  const outcome = await driver.connect(deviceIn(folder, connection), host, NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  return outcome.connection;
}

test.each(['utf-8', 'utf-16le', 'utf-16be'] as const)(
  'a file in %s that grows byte by byte never gives half a value',
  async (encoding) => {
    const text = `Time,Flow,Energy\r\n${[1, 2, 3].map((at) => `${rowAt(START_MS + at * 1000)}\r\n`).join('')}`;
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
    const bytes = encoding === 'utf-8' ? Buffer.from(text) : encoding === 'utf-16le' ? wide : wide.swap16();
    const folder = newFolder();
    const clock = new ManualClock(START_MS + 10_000);
    const state = newFolder();
    let connection = await open(folder, driverHost(1, { clock, folder: state }), { encoding });
    const { points } = deviceIn(folder, { encoding });
    writeFileSync(join(folder, 'a.csv'), '');
    let right = 0;
    const seen = new Set<number>();
    for (const [at, byte] of bytes.entries()) {
      appendFileSync(join(folder, 'a.csv'), Buffer.of(byte));
      // Every few bytes the power goes: what was kept must lead to the same.
      if (at % 7 === 3) {
        await connection.close();
        connection = await open(folder, driverHost(1, { clock, folder: state }), { encoding });
      }
      const outcomes = await connection.read(points, NEVER);
      right += judge(outcomes, clock.wallMs(), `${encoding}, byte ${at}`);
      for (const outcome of outcomes) if (outcome.kind === 'sample') seen.add(outcome.deviceAtMs ?? 0);
    }
    await connection.close();
    expect(seen.size).toBe(3);
    expect(right).toBeGreaterThan(100);
  },
);

interface World {
  readonly folder: string;
  readonly clock: ManualClock;
  readonly random: Random;
  /** Refuses as Windows or a network drive does, until it is cleared. */
  refuses: { code: string; what: 'list' | 'facts' | 'read' } | undefined;
}

test('whatever happens to the files, no wrong value comes out', { timeout: STEPS * 300 }, async () => {
  const seed = announceSeed('csv files');
  const random = seededRandom(seed);
  const world: World = { folder: newFolder(), clock: new ManualClock(START_MS), random, refuses: undefined };
  const disk = refusingDisk(world);
  const state = newFolder();
  const host = driverHost(seed, { clock: world.clock, folder: state });
  const { points } = deviceIn(world.folder);
  let connection = await open(world.folder, host);
  connection = await open(world.folder, host, {}, disk);
  const score = { steps: 0, right: 0, missed: 0, restarts: 0 };
  const codes = new Map<string, number>();
  for (; score.steps < STEPS; score.steps += 1) {
    world.clock.step(1000);
    disturb(world);
    if (random.next() < 0.05) {
      await connection.close();
      world.refuses = undefined;
      connection = await open(world.folder, host, {}, disk);
      score.restarts += 1;
    }
    const outcomes = await connection.read(points, NEVER);
    const right = judge(outcomes, world.clock.wallMs(), `seed ${seed}, step ${score.steps}`);
    score.right += right;
    score.missed += outcomes.length - right;
    for (const outcome of outcomes) {
      if (outcome.kind === 'miss') codes.set(outcome.fault.code, (codes.get(outcome.fault.code) ?? 0) + 1);
    }
    if (random.next() < 0.3) world.refuses = undefined;
  }
  await connection.close();
  process.stdout.write(
    `csv files: ${JSON.stringify({ ...score, wrong: 0, codes: Object.fromEntries([...codes].sort()) })}\n`,
  );
  expect(score.right).toBeGreaterThan(STEPS / 4);
  expect(score.missed).toBeGreaterThan(STEPS / 20);
  expect(codes.size).toBeGreaterThan(10);
});

function refusingDisk(world: World): CsvDisk {
  const refuse = (what: string): void => {
    if (world.refuses?.what !== what) return;
    throw Object.assign(new Error('refused'), { code: world.refuses.code });
  };
  return {
    async list(folder) {
      refuse('list');
      return machineDisk.list(folder);
    },
    async facts(folder, file) {
      refuse('facts');
      return machineDisk.facts(folder, file);
    },
    async read(folder, file, from, length) {
      refuse('read');
      const bytes = await machineDisk.read(folder, file, from, length);
      // A network drive may give less than it was asked for.
      return world.random.next() < 0.05 ? bytes.subarray(0, Math.floor(world.random.next() * bytes.length)) : bytes;
    },
  };
}

function disturb(world: World): void {
  const { folder, clock, random } = world;
  const nowMs = clock.wallMs();
  const names = readdirSync(folder);
  const name =
    names.length === 0 || random.next() < 0.02
      ? `f${nowMs}.csv`
      : present(names[Math.floor(random.next() * names.length)], 'a file');
  const path = join(folder, name);
  if (!names.includes(name)) writeFileSync(path, 'Time,Flow,Energy\n');
  const append = (text: string): void => appendFileSync(path, text);
  const pastMs = nowMs - Math.floor(random.next() * 300_000);
  const acts: (() => void)[] = [
    () => append(`${rowAt(pastMs)}\n`),
    () => append(`${rowAt(nowMs)}\n${rowAt(nowMs)}\n`),
    () => append(rowAt(nowMs).slice(0, Math.floor(random.next() * 40))),
    () => append(`${new Date(nowMs).toISOString()},NaN,Infinity\n`),
    () => append(`${new Date(nowMs).toISOString()},,\n`),
    () => append(`2000-01-01T00:00:00Z,${flowAt(nowMs)},1\n`),
    () => append(`${new Date(nowMs + 3_600_000).toISOString()},1,1\n`),
    () => append(`${rowAt(nowMs)},1\n`),
    () => append(`${new Date(nowMs).toISOString()},"1,2\n`),
    () => append(`Time,Flow,Energy\n`),
    () => append(`Time,Energy,Flow\n${new Date(nowMs).toISOString()},${energyAt(nowMs)},${flowAt(nowMs)}\n`),
    () => truncateSync(path, Math.floor(random.next() * readFileSync(path).length)),
    () =>
      writeFileSync(path, `Energy,Time,Flow\n${energyAt(nowMs)},${new Date(nowMs).toISOString()},${flowAt(nowMs)}\n`),
    () => writeFileSync(path, `Time,Flow,Energy\n${rowAt(pastMs)}\n${rowAt(nowMs)}\n`),
    () => renameSync(path, join(folder, `r${nowMs}.csv`)),
    () => rmSync(path),
    () => {
      world.refuses = { code: 'EBUSY', what: 'read' };
    },
    () => {
      world.refuses = { code: 'EPERM', what: 'facts' };
    },
    () => {
      world.refuses = { code: 'ENETUNREACH', what: 'list' };
    },
  ];
  if (random.next() < 0.6) append(`${rowAt(nowMs)}\n`);
  else present(acts[Math.floor(random.next() * acts.length)], 'an act')();
}
