import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { deviceKeyFromSeed } from '../core/ledger/device-key.ts';
import { silentLog } from '../core/model/log.ts';
import { seededRandom } from '../core/model/random.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { openStore } from '../core/store/open-store.ts';
import { queryReadings } from '../core/store/readings.ts';
import { driverHost } from '../tests/contract/driver-host.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { type Script, scriptedDriver, scriptedPlant } from '../tests/fixtures/scripted-driver.ts';
import { Plant } from './plant.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;
const KEY = deviceKeyFromSeed(new Uint8Array(32).fill(7), 'HP-TEST');

/** Half a kilowatt-hour a second, exact at every slot. */
const honest: Script = ({ id }, wallMs) =>
  id === 'status' ? 'generating' : id === 'power' ? 1800 : 1000 + (wallMs - START) / 2000;

type End = 'stop' | 'kill';

describe('reason of a gap around a restart', () => {
  let folder: string;
  let clock: ManualClock;
  let store: WritableStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forebay-gap-reasons-'));
    clock = new ManualClock(START - 500);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(config: PlantConfig = scriptedPlant(), formerConfig?: PlantConfig): Plant {
    const { driver } = scriptedDriver(honest);
    const plant = new Plant({
      config,
      ...(formerConfig === undefined ? {} : { formerConfig }),
      configuration: { plantId: 'HP-001', text: '', sha256: 'a'.repeat(64) },
      drivers: new Map([['scripted', driver]]),
      hostOf: () => driverHost(1, { clock }),
      store,
      key: KEY,
      clock,
      random: seededRandom(1),
      log: silentLog,
      version: '0.0.0',
      mode: 'normal',
      listener: {},
      askTimeServer: async (host) => ({ kind: 'silent', why: `${host} is not there` }),
    });
    plant.start();
    return plant;
  }

  /** Ends the run and lets it be off for so long. */
  async function end(plant: Plant, how: End, offMs: number): Promise<void> {
    if (how === 'stop') {
      const stopped = plant.stop();
      await clock.pass(0);
      await stopped;
    }
    store.close();
    clock = new ManualClock(clock.wallMs() + offMs);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  }

  function readings(): readonly Reading[] {
    const { items } = queryReadings(store, { order: 'asc', limit: 5000 });
    return items.map(({ body }) => body.reading as unknown as Reading);
  }

  /** The gaps within readings: begin and end in seconds since the start, and the reason. */
  function within(): (readonly [number, number, string])[] {
    return readings().flatMap(({ gaps }) =>
      gaps.map(({ from, to, reason }) => [secondsAt(from), secondsAt(to), reason] as const),
    );
  }

  /** The entries of gaps, with the seconds of each reason where there are several. */
  function stated(): (readonly [number, number, string, Readonly<Record<string, number>> | undefined])[] {
    const rows = store.all<{ bytes: Uint8Array }>("SELECT bytes FROM entries WHERE kind = 'gap' ORDER BY idx");
    return rows.map(({ bytes }) => {
      const { body } = JSON.parse(Buffer.from(bytes).toString('utf8'));
      return [secondsAt(body.from), secondsAt(body.to), body.reason, body.reasons] as const;
    });
  }

  const secondsAt = (text: string): number => (Date.parse(text) - START) / 1000;

  const OFF = 'ACQ_NOT_RUNNING';

  /** Every watt-hour that the register counted up to its last recorded value, and none twice. */
  function allCounted(): void {
    const all = readings();
    const energyWh = all.reduce((sum, reading) => sum + (reading.energyWh ?? 0), 0);
    expect(energyWh).toBe((Number(all.at(-1)?.registers?.energyExport?.endKwh) - 1000) * 1000);
  }

  describe.each<End>(['stop', 'kill'])('after a %s', (how) => {
    // Seconds of the last poll and of the new start, and what the readings of the two ends leave open: from the first
    // poll that did not take place to the first one of the new run.
    it.each<[string, number, number, string]>([
      ['within one interval', 20, 30, '21-31'],
      ['across a boundary', 48, 84, '49-60 60-85'],
      ['over a whole interval', 58, 122, '59-60 120-123'],
    ])('says that Forebay was off %s, and only then', async (_where, lastS, againS, spans) => {
      const first = start();
      await clock.pass(lastS * 1000 + 1200);
      await end(first, how, (againS - lastS) * 1000);
      const second = start();
      await clock.pass(5000);
      clock.stall(6000);
      await clock.pass(MINUTE_MS);
      await end(second, 'stop', 0);
      // Then it ran and did not come to poll.
      const stall = [againS + 6, againS + 11, 'ACQ_NOT_POLLED'];
      expect(within()).toEqual([...spans.split(' ').map((span) => [...span.split('-').map(Number), OFF]), stall]);
      expect(stated()).toEqual([
        [lastS + 1, againS + 1, OFF, undefined],
        [...stall, undefined],
      ]);
      allCounted();
    });

    it('says so of each of two stretches in one interval, and after a change of the configuration', async () => {
      const former = scriptedPlant();
      const devices = former.devices.map((device) => ({ ...device, points: device.points.toReversed() }));
      const first = start();
      await clock.pass(50_000 + 1200);
      await end(first, how, 15_000);
      const second = start();
      await clock.pass(15_000);
      await end(second, how, 10_000);
      const third = start();
      await clock.pass(20_000);
      await end(third, how, 30_000);
      const fourth = start({ ...former, devices }, former);
      await clock.pass(MINUTE_MS);
      await end(fourth, 'stop', 0);
      const off = [
        [51, 60],
        [60, 66],
        [81, 91],
        [111, 120],
        [120, 141],
      ];
      expect(within()).toEqual(off.map((span) => [...span, OFF]));
      const entries = [
        [51, 66],
        [81, 91],
        [111, 141],
      ];
      expect(stated()).toEqual(entries.map((span) => [...span, OFF, undefined]));
      allCounted();
    });
  });

  it('says that Forebay ran where it did not come to poll over a whole interval', async () => {
    const plant = start();
    await clock.pass(58_000);
    clock.stall(64_000);
    await clock.pass(MINUTE_MS);
    await end(plant, 'stop', 0);
    expect(stated()).toEqual([[58, 121, 'ACQ_NOT_POLLED', undefined]]);
    allCounted();
  });

  it('tells the time in which Forebay was off from a step of the clock after it', async () => {
    const first = start();
    await clock.pass(20_000 + 1200);
    await end(first, 'kill', 10_000);
    const second = start();
    await clock.pass(5000);
    clock.step(3_600_000);
    await clock.pass(MINUTE_MS);
    await end(second, 'stop', 0);
    expect(within().slice(0, 2)).toEqual([
      [21, 31, OFF],
      [36, 60, 'ACQ_CLOCK_STEP'],
    ]);
  });
});
