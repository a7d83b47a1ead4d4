import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Connection, ConnectOutcome, Driver } from '../../core/acquisition/driver.ts';
import type { DecodeRecipe, Outcome, Sample } from '../../core/acquisition/sample.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import type { Decimal } from '../../core/model/decimal.ts';
import { toNumber } from '../../core/model/decimal.ts';
import { FAULT_POLICIES } from '../../core/model/fault.ts';
import { blockOfPoll, verifyBlock } from '../fixtures/samples-bundle.ts';
import { driverHost, type HostOptions } from './driver-host.ts';

/** What the suite needs of a driver under test. */
export interface DriverUnderTest {
  readonly driver: Driver;
  /** A device that is there, with at least three points that can be read, one of them a counter. */
  readonly device: DeviceConfig;
  /** The value that the recipe gives for the bytes, as a verifier would work it out. */
  decode(recipe: DecodeRecipe, raw: Uint8Array): { value: number | string; register?: Decimal };
  /** Nothing goes out to a device: files are read, or values are made up. */
  readonly sendsNothing?: boolean;
  /** The same device where nothing answers; absent when the driver has no device that could be away. */
  readonly unreachable?: DeviceConfig;
  /** What the driver is given beside the usual: secrets, a folder with its things. */
  readonly host?: HostOptions;
  /** Makes the device stop answering, so that a read hangs; absent when it cannot. */
  hang?(): void;
  close(): Promise<void>;
}

const NEVER = new AbortController().signal;
const SEED = 20_261_120;

/** What the poller relies on, whatever the protocol. A new driver is done when this suite passes. */
export function driverContract(name: string, setup: () => Promise<DriverUnderTest>): void {
  describe(`driver contract: ${name}`, () => {
    const opened: { subject: DriverUnderTest; connections: Connection[] }[] = [];

    afterEach(async () => {
      for (const { subject, connections } of opened.splice(0)) {
        for (const connection of connections) await connection.close();
        await subject.close();
      }
    });

    async function start(): Promise<{ subject: DriverUnderTest; connection: Connection }> {
      const subject = await setup();
      const connections: Connection[] = [];
      opened.push({ subject, connections });
      const connection = connectionOf(
        await subject.driver.connect(subject.device, driverHost(SEED, subject.host), NEVER),
      );
      connections.push(connection);
      return { subject, connection };
    }

    test('the driver names itself and what its data is worth', async () => {
      const { subject } = await start();
      expect(subject.driver.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(['plant', 'demo']).toContain(subject.driver.origin);
      expect(subject.device.points.length).toBeGreaterThanOrEqual(3);
      expect(subject.driver.check?.(subject.device) ?? []).toEqual([]);
    });

    test('a read gives exactly one outcome for each point, in the order asked', async () => {
      const { subject, connection } = await start();
      const backwards = [...subject.device.points].reverse();
      const twice = [...backwards, ...backwards];
      for (const points of [subject.device.points, backwards, twice, backwards.slice(0, 1), []]) {
        const outcomes = await connection.read(points, NEVER);
        expect(outcomes.map((outcome) => outcome.point)).toEqual(points.map((point) => point.ref));
      }
    });

    test('every sample is complete', async () => {
      const { subject, connection } = await start();
      const before = Date.now();
      const outcomes = await connection.read(subject.device.points, NEVER);
      for (const [index, outcome] of outcomes.entries()) {
        const sample = sampleOf(outcome);
        const point = subject.device.points[index];
        expect(sample.unit).toBe(point?.unit);
        expect(['good', 'uncertain', 'bad']).toContain(sample.quality);
        expect(typeof sample.value === 'string' || Number.isFinite(sample.value)).toBe(true);
        expect(Number.isSafeInteger(sample.readAtMs)).toBe(true);
        expect(sample.readAtMs).toBeGreaterThanOrEqual(before - 1);
        expect(sample.readAtMs).toBeLessThanOrEqual(Date.now() + 1);
        expect(sample.raw.length).toBeGreaterThan(0);
        expect(sample.recipe.v).toBeGreaterThanOrEqual(1);
        expect(sample.recipe.driver).toBe(subject.driver.name);
        expect(JSON.parse(JSON.stringify(sample.recipe))).toEqual(sample.recipe);
      }
    });

    test('a counter carries its exact register, and nothing else does', async () => {
      const { subject, connection } = await start();
      const outcomes = await connection.read(subject.device.points, NEVER);
      let counters = 0;
      for (const [index, outcome] of outcomes.entries()) {
        const sample = sampleOf(outcome);
        const isCounter = subject.device.points[index]?.kind === 'counter';
        expect(sample.register !== undefined).toBe(isCounter);
        if (sample.register === undefined) continue;
        expect(toNumber(sample.register)).toBe(sample.value);
        counters += 1;
      }
      expect(counters).toBeGreaterThan(0);
    });

    test('the recipe makes the same value from the same bytes, and is the same object each time', async () => {
      const { subject, connection } = await start();
      const first = (await connection.read(subject.device.points, NEVER)).map(sampleOf);
      const second = (await connection.read(subject.device.points, NEVER)).map(sampleOf);
      for (const [index, sample] of first.entries()) {
        const stored = JSON.parse(JSON.stringify(sample.recipe)) as DecodeRecipe;
        const decoded = subject.decode(stored, Uint8Array.from(sample.raw));
        expect(decoded.value).toBe(sample.value);
        if (sample.register !== undefined) expect(decoded.register).toEqual(sample.register);
        expect(second[index]?.recipe).toBe(sample.recipe);
      }
    });

    test('an evidence bundle with its raw samples is valid, and each of them is decoded again', async () => {
      const { subject, connection } = await start();
      const samples = (await connection.read(subject.device.points, NEVER)).map(sampleOf);
      expect(samples.filter(({ register }) => register !== undefined)).not.toEqual([]);
      expect(samples.filter(({ value }) => typeof value === 'string')).not.toEqual([]);
      expect(samples.filter(({ value, register }) => typeof value === 'number' && register === undefined)).not.toEqual(
        [],
      );
      const fault = { code: 'DRV_TEST_AWAY', message: 'The test left it out', policy: 'retry' } as const;
      const miss: Outcome = { kind: 'miss', point: 'plc1/missing', fault, atMs: 0 };
      const folder = mkdtempSync(join(tmpdir(), 'forebay-contract-'));
      const report = await verifyBlock(folder, blockOfPoll([...samples, miss]));
      rmSync(folder, { recursive: true, force: true });
      const counts = { samples: samples.length + 1, decoded: samples.length, undecoded: 0 };
      expect(report).toMatchObject({ outcome: 'valid', facts: { samples: counts } });
    });

    test('raw bytes stay as they were when the next read comes', async () => {
      const { subject, connection } = await start();
      const first = (await connection.read(subject.device.points, NEVER)).map(sampleOf);
      const kept = first.map((sample) => [...sample.raw]);
      await connection.read(subject.device.points, NEVER);
      expect(first.map((sample) => [...sample.raw])).toEqual(kept);
    });

    test('an abort before the read gives a miss for each point, and the promise is kept', async () => {
      const { subject, connection } = await start();
      expectMisses(await connection.read(subject.device.points, AbortSignal.abort()), subject.device);
    });

    test('an abort during a read that hangs ends it', async () => {
      const { subject, connection } = await start();
      if (subject.hang === undefined) return expect(subject.unreachable).toBeUndefined();
      subject.hang();
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 20);
      expectMisses(await connection.read(subject.device.points, abort.signal), subject.device);
    });

    test('an abort before connecting is a fault', async () => {
      const { subject } = await start();
      const outcome = await subject.driver.connect(subject.device, driverHost(SEED, subject.host), AbortSignal.abort());
      if (outcome.kind === 'connected') {
        // Allowed where connecting is instant; the connection must then be a sound one.
        await outcome.connection.close();
      } else expectFault(outcome.fault);
    });

    test('a device that cannot be reached is a fault with a code, not an exception', async () => {
      const { subject } = await start();
      if (subject.unreachable === undefined) return expect(subject.hang).toBeUndefined();
      const outcome = await subject.driver.connect(subject.unreachable, driverHost(SEED, subject.host), NEVER);
      expect(outcome.kind).toBe('fault');
      if (outcome.kind === 'fault') expectFault(outcome.fault);
    });

    test('closing twice is safe, and a closed connection gives misses', async () => {
      const { subject, connection } = await start();
      await connection.close();
      await connection.close();
      expectMisses(await connection.read(subject.device.points, NEVER), subject.device);
    });

    test('the counts say what was sent by name, and that nothing was written', async () => {
      const { subject, connection } = await start();
      await connection.read(subject.device.points, NEVER);
      const counts = connection.counts();
      const sent = Object.entries(counts.sent ?? {});
      expect(sent.length > 0).toBe(subject.sendsNothing !== true);
      for (const [name, count] of sent) {
        expect(name).not.toBe('');
        expect(Number.isSafeInteger(count) && count > 0).toBe(true);
      }
      expect(counts.writes).toBe(0);
      expect(counts.requests).toBeGreaterThan(0);
      expect(counts.timeouts + counts.strangers).toBe(0);
    });
  });
}

function connectionOf(outcome: ConnectOutcome): Connection {
  if (outcome.kind === 'fault') throw new Error(`${outcome.fault.code}: ${outcome.fault.message}`);
  return outcome.connection;
}

function sampleOf(outcome: Outcome): Sample {
  if (outcome.kind === 'miss') throw new Error(`${outcome.point}: ${outcome.fault.code} ${outcome.fault.message}`);
  return outcome;
}

function expectMisses(outcomes: readonly Outcome[], device: DeviceConfig): void {
  expect(outcomes.map((outcome) => outcome.point)).toEqual(device.points.map((point) => point.ref));
  for (const outcome of outcomes) {
    expect(outcome.kind).toBe('miss');
    if (outcome.kind === 'miss') expectFault(outcome.fault);
  }
}

function expectFault(fault: { code: string; message: string; policy: string }): void {
  expect(fault.code).toMatch(/^(DRV|ACQ)_[A-Z0-9_]+$/);
  expect(fault.message).toMatch(/^[A-Z0-9].*\.$/s);
  expect(FAULT_POLICIES).toContain(fault.policy);
}
