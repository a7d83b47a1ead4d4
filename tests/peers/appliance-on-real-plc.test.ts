import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { z } from 'zod';
import { type readingPageSchema, readingSchema } from '../../appliance/api/schema/reading.ts';
import type { pointListSchema } from '../../appliance/api/schema/status.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type ApplianceProcess, forebay, startApplianceProcess } from './forebay-process.ts';
import { type Peer, type PeerKind, startPeer } from './start-peer.ts';
import { until as eventually } from './until.ts';

type Reading = z.infer<typeof readingSchema>;

const MINUTE_MS = 60_000;
/** Undisturbed minutes after the two cuts; more of them by hand, for a longer look. */
const QUIET_MINUTES = Number(process.env.FOREBAY_QUIET_MINUTES ?? 1);
const MODULUS = 2 ** 32;
/** How near to a change of the registers a poll may be before either value is right. Polls are due half a second away. */
const EDGE_MS = 450;
/** What a busy computer may do to polls: they come too late, or what answers them does. */
const BUSY = /^(ACQ_NOT_POLLED|ACQ_CONNECTING|DRV_MODBUS_(CONNECT_)?TIMEOUT)$/;
const FIXTURE = fileURLToPath(new URL('../fixtures/plant.yaml', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'forebay-plc-'));
const ending: (() => Promise<unknown>)[] = [];

afterAll(async () => {
  for (const end of ending.reverse()) await end();
  rmSync(folder, { recursive: true });
});

/** One device of the plant: a server that may be killed and come back, and all that it ever said of its registers. */
class Plc {
  readonly kind: PeerKind;
  readonly port: number;
  readonly #epochMs = Math.floor(Date.now() / 1000) * 1000;
  readonly #exportStart: number;
  readonly #counts = new Map<number, { readonly count: number; readonly heardAtMs: number }>();
  #peer: Peer | undefined;

  constructor(kind: PeerKind, port: number, exportStart: number) {
    this.kind = kind;
    this.port = port;
    this.#exportStart = exportStart;
  }

  async start(): Promise<void> {
    const { kind, port } = this;
    this.#peer = await startPeer({ kind, port, epochMs: this.#epochMs, exportStart: this.#exportStart });
  }

  async kill(): Promise<void> {
    this.#remember();
    await this.#peer?.kill();
    this.#peer = undefined;
  }

  /**
   * What the export register may have held at a moment: more than one value when the moment is near a change, or when the
   * server was late with it.
   */
  exportAt(utcMs: number): number[] {
    this.#remember();
    const ticks = [...this.#counts];
    // A busy server may leave ticks out: what it says of any later one is the end of the ones before.
    const heard = ticks.filter(([, { heardAtMs }]) => heardAtMs < utcMs - EDGE_MS).map(([tickMs]) => tickMs);
    const latestMs = Math.max(Number.NEGATIVE_INFINITY, ...heard);
    const counts = ticks.flatMap(([tickMs, { count }]) =>
      tickMs > utcMs + EDGE_MS || tickMs < latestMs ? [] : [count],
    );
    if (counts.length === 0) throw new Error(`${this.kind} said nothing for ${new Date(utcMs).toISOString()}`);
    return counts;
  }

  #remember(): void {
    for (const [atMs, registers] of this.#peer?.ticks ?? []) {
      if (this.#counts.has(atMs)) continue;
      const count = (registers[6] ?? 0) * 65_536 + (registers[7] ?? 0);
      this.#counts.set(atMs, { count, heardAtMs: this.#peer?.heardAtMs.get(atMs) ?? atMs });
    }
  }
}

test('a plant on two real servers: every watt-hour, through a dead server and a dead appliance', {
  timeout: 360_000 + QUIET_MINUTES * MINUTE_MS,
}, async () => {
  const plc1 = new Plc('libmodbus', await freePort(), MODULUS - 30);
  const plc2 = new Plc('pymodbus', await freePort(), 1_234_567);
  for (const plc of [plc1, plc2]) {
    await plc.start();
    ending.push(() => plc.kill());
  }
  const config = writePlant([plc1.port, plc2.port]);
  const data = join(folder, 'data');
  const key = (await forebay('apikey', 'create', '--data', data, '--role', 'viewer', '--name', 'test')).out.trim();
  let appliance = await startApplianceProcess(config, data);
  ending.push(() => appliance.kill());

  // The first whole minute: the server of unit 1 is cut off and comes back.
  const firstMs = Math.ceil((Date.now() + 3000) / MINUTE_MS) * MINUTE_MS;
  await until(firstMs + 12_000);
  await expectLivePoints(appliance, key, plc1);
  await plc1.kill();
  await until(firstMs + 22_000);
  await plc1.start();

  // The second: the appliance is cut off and started again.
  await until(firstMs + MINUTE_MS + 10_000);
  const before = await readingsOf(appliance, key);
  await appliance.kill();
  await until(firstMs + MINUTE_MS + 18_000);
  appliance = await startApplianceProcess(config, data);

  // From the third on nothing happens.
  await until(firstMs + (2 + QUIET_MINUTES) * MINUTE_MS + 8000);
  const readings = await readingsOf(appliance, key);
  expect(before.length).toBeGreaterThanOrEqual(2);
  expect(readings.slice(0, before.length)).toEqual(before);

  for (const [unitId, plc] of [
    ['unit1', plc1],
    ['unit2', plc2],
  ] as const) {
    const own = readings.filter((reading) => reading.unitId === unitId);
    for (const reading of own) expectExactEnergy(reading, plc);
    expectUnbroken(own);
    const [outage, restart, quiet] = [0, 1, 2].map((minute) => {
      const from = new Date(firstMs + minute * MINUTE_MS).toISOString();
      const found = own.find((reading) => Date.parse(reading.from) === Date.parse(from));
      if (found === undefined) throw new Error(`${unitId} has no reading from ${from}`);
      return found;
    });
    expectGaps(outage, unitId === 'unit1' ? /^DRV_MODBUS_/ : undefined);
    expectGaps(restart, /^ACQ_NOT_RUNNING$/);
    expectGaps(quiet, undefined);
    process.stdout.write(`${unitId}: ${own.map((reading) => summary(reading)).join(' | ')}\n`);
  }
  const wraps = readings.flatMap((reading) => reading.registers?.energyExport?.events ?? []);
  expect(wraps.map(({ kind }) => kind)).toEqual(['wrap']);

  const { code, tookMs } = await appliance.stop();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(60_000);
  const listed = await forebay('readings', '--data', data, '--json');
  const lines = listed.out
    .trim()
    .split('\n')
    .map((line) => readingSchema.parse(JSON.parse(line)));
  expect(lines.slice(0, readings.length)).toEqual(readings);
  const fsck = await forebay('ledger', 'fsck', '--data', data);
  expect(fsck).toMatchObject({ code: 0 });
  process.stdout.write(fsck.out);
});

/** The contract's plant.yaml, with an interval of a minute and a second unit on a second PLC. */
function writePlant(ports: readonly number[]): string {
  const text = readFileSync(FIXTURE, 'utf8');
  const plant = parse(text);
  plant.interval = '1m';
  delete plant.sync;
  const [unit] = plant.units;
  const [device] = plant.devices;
  const forUnit = (value: unknown, n: number): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll('plc1', `plc${n}`).replaceAll('unit1', `unit${n}`));
  plant.units = ports.map((_, index) => forUnit(unit, index + 1));
  plant.devices = ports.map((port, index) => {
    const own = forUnit(device, index + 1) as { connection: { port: number } };
    return { ...own, connection: { ...own.connection, port } };
  });
  const file = join(folder, 'plant.yaml');
  writeFileSync(file, stringify(plant));
  return file;
}

/** The energy is the difference of what the server's counter stood at when the boundary polls were made. */
function expectExactEnergy(reading: Reading, plc: Plc): void {
  const span = reading.registers?.energyExport;
  if (span === undefined) throw new Error(`no registers from ${reading.from}`);
  const [startAtMs, endAtMs] = [Date.parse(span.startAt), Date.parse(span.endAt)];
  expect(plc.exportAt(startAtMs)).toContain(Number(span.startKwh));
  expect(plc.exportAt(endAtMs)).toContain(Number(span.endKwh));
  const counted = (Number(span.endKwh) - Number(span.startKwh) + MODULUS) % MODULUS;
  expect(reading.energyWh).toBe(counted * 1000);
  expect(reading.energySource).toBe('counter');
  expect(Math.abs(endAtMs - Date.parse(reading.to))).toBeLessThan(10_000);
}

/** One reading ends where the next begins, in time and on the register. */
function expectUnbroken(readings: readonly Reading[]): void {
  for (const [index, reading] of readings.entries()) {
    const previous = readings[index - 1];
    if (previous === undefined) continue;
    expect(reading.from).toBe(previous.to);
    expect(reading.registers?.energyExport?.startKwh).toBe(previous.registers?.energyExport?.endKwh);
  }
}

function expectGaps(reading: Reading | undefined, reason: RegExp | undefined): void {
  if (reading === undefined) throw new Error('no reading');
  if (reason === undefined && reading.gaps.length === 0) {
    expect(reading.coverage).toBe(1);
    expect(reading.verdict.status).toBe('APPROVED');
    return;
  }
  expect(reading.coverage).toBeLessThan(1);
  expect(reading.coverage).toBeGreaterThan(0.2);
  const reasons = reading.gaps.map((gap) => gap.reason);
  // After a silence, and where the counter wraps, the register waits until further reads agree with it.
  const others = reasons.filter((code) => code !== 'ACQ_COUNTER_UNCONFIRMED' && !BUSY.test(code));
  if (reason === undefined) {
    expect(others).toEqual([]);
    expect(reasons.some((code) => BUSY.test(code))).toBe(true);
    return;
  }
  expect(reasons.some((code) => reason.test(code))).toBe(true);
  for (const code of others) expect(code).toMatch(reason);
}

async function expectLivePoints(appliance: ApplianceProcess, key: string, plc: Plc): Promise<void> {
  const { items } = await eventually(
    () => ask<z.infer<typeof pointListSchema>>(appliance, key, '/api/v1/points'),
    ({ items: found }) => found.every(({ value }) => value !== undefined),
  );
  expect(items).toHaveLength(20);
  const energy = items.find(({ point }) => point === 'plc1/energy_export');
  expect(plc.exportAt(Date.parse(energy?.readAt ?? ''))).toContain(energy?.value);
}

async function readingsOf(appliance: ApplianceProcess, key: string): Promise<Reading[]> {
  const { items } = await ask<z.infer<typeof readingPageSchema>>(appliance, key, '/api/v1/readings?limit=100');
  return items.sort((a, b) => a.index - b.index);
}

async function ask<T>(appliance: ApplianceProcess, key: string, path: string): Promise<T> {
  const answer = await fetch(new URL(path, appliance.url), { headers: { 'x-api-key': key } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

function until(utcMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, utcMs - Date.now()));
  });
}

function summary(reading: Reading): string {
  const gaps = reading.gaps.map(({ from, to, reason }) => `${reason} ${(Date.parse(to) - Date.parse(from)) / 1000} s`);
  const { status, trustScore } = reading.verdict;
  const coverage = reading.coverage.toFixed(3);
  return `${reading.from.slice(11, 16)} ${reading.energyWh} Wh, coverage ${coverage}, ${status} ${trustScore} ${gaps}`;
}
