import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STRETCHES_MAX } from '../core/acquisition/gap-tracker.ts';
import type { Reading } from '../core/acquisition/reading.ts';
import { deviceKeyFromSeed } from '../core/ledger/device-key.ts';
import { fsck } from '../core/ledger/fsck.ts';
import type { Fault } from '../core/model/fault.ts';
import { silentLog } from '../core/model/log.ts';
import { seededRandom } from '../core/model/random.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { ledgerReader } from '../core/store/ledger-store.ts';
import { openGap } from '../core/store/open-gaps.ts';
import { openStore } from '../core/store/open-store.ts';
import { queryReadings } from '../core/store/readings.ts';
import { announceSeed, driverHost } from '../tests/contract/driver-host.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { type Script, scriptedDriver, scriptedPlant } from '../tests/fixtures/scripted-driver.ts';
import { Plant } from './plant.ts';

const SEED = announceSeed('gap ledger');
const START = Date.parse('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;
const KEY = deviceKeyFromSeed(new Uint8Array(32).fill(7), 'HP-TEST');
const FAULTS: readonly Fault[] = ['TEST_TIMEOUT', 'TEST_BUSY'].map((code) => ({
  code,
  message: 'No answer',
  policy: 'retry',
}));

interface GapBody {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly reasons?: Readonly<Record<string, number>>;
  readonly treatment: string;
  readonly energyWh?: number;
  readonly reading?: number;
  readonly event?: string;
  readonly periodMs?: number;
  readonly runs?: readonly number[];
}

describe('gap ledger', () => {
  let folder: string;
  let clock: ManualClock;
  let store: WritableStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forebay-gaps-'));
    clock = new ManualClock(START - 500);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(script: Script): Plant {
    const { driver } = scriptedDriver(script);
    const plant = new Plant({
      config: scriptedPlant(),
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

  async function stop(plant: Plant): Promise<void> {
    const stopped = plant.stop();
    await clock.pass(0);
    await stopped;
  }

  function crash(offMs: number): void {
    store.close();
    clock = new ManualClock(clock.wallMs() + offMs);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  }

  /** Half a kilowatt-hour a second, exact at every slot. */
  const register = (wallMs: number): number => 1000 + (wallMs - START) / 2000;
  const answer = (point: { readonly id: string }, wallMs: number): number | string =>
    point.id === 'status' ? 'generating' : point.id === 'power' ? 1800 : register(wallMs);

  function gaps(): { readonly index: number; readonly body: GapBody }[] {
    const rows = store.all<{ bytes: Uint8Array }>("SELECT bytes FROM entries WHERE kind = 'gap' AND kind <> 'reading'");
    return rows.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString('utf8')));
  }

  function readings(): { readonly index: number; readonly reading: Reading }[] {
    const { items } = queryReadings(store, { order: 'asc', limit: 5000 });
    return items.map(({ index, body }) => ({ index, reading: body.reading as unknown as Reading }));
  }

  function sound(): void {
    expect(fsck(ledgerReader(store), { verifierKey: KEY.verifierKey })).toMatchObject({ ok: true });
  }

  it('states a device that is away over several intervals once, with its energy and the reading that has it', async () => {
    const isAway = (wallMs: number): boolean => wallMs >= START + 20_000 && wallMs < START + 215_000;
    const plant = start((point, wallMs) =>
      isAway(wallMs) ? (FAULTS[wallMs % 3000 === 0 ? 1 : 0] as Fault) : answer(point, wallMs),
    );
    await clock.pass(302_000);
    await stop(plant);
    // Away for 195 s; after so long a silence two more reads confirm the register.
    const body = gaps()[0]?.body;
    const carrying = readings().find(({ reading }) => reading.from === '2026-11-20T12:03:00.000Z');
    expect(body).toEqual({
      v: 2,
      unitId: 'unit1',
      from: '2026-11-20T12:00:20.000Z',
      to: '2026-11-20T12:03:37.000Z',
      reason: 'TEST_TIMEOUT',
      reasons: { TEST_TIMEOUT: 130, TEST_BUSY: 65, ACQ_COUNTER_UNCONFIRMED: 2 },
      treatment: 'counter-difference',
      energyWh: 99_000,
      reading: carrying?.index,
    });
    expect(carrying?.reading.energyWh).toBe(30_000 * 4 - 9500);
    sound();
  });

  it('goes on with an open stretch after a crash, states it once, and says so when a reset makes it uncounted', async () => {
    const isAway = (wallMs: number): boolean => wallMs >= START + 20_000 && wallMs < START + 400_000;
    const script: Script = (point, wallMs) => {
      if (isAway(wallMs)) return FAULTS[0] as Fault;
      return point.id === 'energy_export' && wallMs > START + 400_000 - 1
        ? (wallMs - START - 400_000) / 2000
        : answer(point, wallMs);
    };
    start(script);
    await clock.pass(150_000);
    expect(openGap(store, 'unit1', clock.wallMs())).toMatchObject({ fromMs: START + 20_000, toMs: START + 120_000 });
    crash(5000);
    const second = start(script);
    await clock.pass(400_000);
    await stop(second);
    const stated = gaps().filter(({ body }) => body.from === '2026-11-20T12:00:20.000Z');
    expect(stated).toHaveLength(1);
    expect(stated[0]?.body).toMatchObject({ reason: 'TEST_TIMEOUT', treatment: 'not-credited', event: 'reset' });
    expect(Object.keys(stated[0]?.body.reasons ?? {})).toContain('ACQ_NOT_RUNNING');
    expect(stated[0]?.body).not.toHaveProperty('energyWh');
    expect(openGap(store, 'unit1', clock.wallMs())).toBeUndefined();
    sound();
  });

  it('does not state again after restarts what had ended with the last value of an interval', async () => {
    const isAway = (sinceMs: number): boolean => sinceMs >= 40_000 && sinceMs < 150_000 && sinceMs !== MINUTE_MS;
    const script: Script = (point, wallMs) => (isAway(wallMs - START) ? (FAULTS[0] as Fault) : answer(point, wallMs));
    start(script);
    await clock.pass(MINUTE_MS + 700);
    const ended = ['2026-11-20T12:00:40.000Z', '2026-11-20T12:01:00.000Z'];
    expect(gaps().map(({ body }) => [body.from, body.to])).toEqual([ended]);
    crash(5000);
    // The power cut took the value that ended it, so that nothing is left of the next interval.
    store.run('DELETE FROM open_cycles');
    start(script);
    await clock.pass(MINUTE_MS);
    crash(5000);
    const third = start(script);
    await clock.pass(MINUTE_MS);
    await stop(third);
    expect(gaps().map(({ body }) => [body.from, body.to])).toEqual([ended, [ended[1], '2026-11-20T12:02:30.000Z']]);
    sound();
  });

  it('makes one entry of an interval that flaps, with every stretch of it', async () => {
    const plant = start((point, wallMs) =>
      Math.floor(wallMs / 1000) % 2 === 0 && wallMs > START + MINUTE_MS ? (FAULTS[0] as Fault) : answer(point, wallMs),
    );
    await clock.pass(600_500);
    await stop(plant);
    const perReading = readings().length;
    expect(perReading).toBe(10);
    expect(gaps().length).toBeLessThanOrEqual(perReading * (STRETCHES_MAX + 1));
    const flapping = gaps().filter(({ body }) => body.runs !== undefined);
    expect(flapping.length).toBeGreaterThanOrEqual(8);
    expect(flapping[1]?.body).toMatchObject({ periodMs: 1000, reason: 'TEST_TIMEOUT' });
    sound();
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'states exactly the time that no sample covers, whatever happens (run %i)',
    async (run) => {
      const random = seededRandom(SEED + run);
      const script = randomOutages(random);
      let plant = start(script);
      for (let step = 0; step < 12; step += 1) {
        await clock.pass(Math.floor(random.next() * 240_000));
        const what = random.next();
        if (what < 0.25) crash(Math.floor(random.next() * 200_000));
        else if (what < 0.5) await stop(plant);
        else continue;
        if (what >= 0.25) await clock.pass(Math.floor(random.next() * 300_000));
        plant = start(script);
      }
      await clock.pass(200_000);
      await stop(plant);
      const all = readings();
      const endMs = Date.parse(all.at(-1)?.reading.to ?? '');
      expect(slotsOf(stated(), START, endMs)).toEqual(slotsOf(uncovered(endMs), START, endMs));
      expect(new Set(gaps().map(({ body }) => body.from)).size).toBe(gaps().length);
      const counted = gaps().reduce((sum, { body }) => sum + (body.energyWh ?? 0), 0);
      const total = all.reduce((sum, { reading }) => sum + (reading.energyWh ?? 0), 0);
      expect(counted).toBeLessThanOrEqual(total);
      sound();
    },
  );

  function randomOutages(random: ReturnType<typeof seededRandom>): Script {
    const windows = Array.from({ length: 60 }, () => {
      const fromMs = START + Math.floor(random.next() * 7_200_000);
      return {
        fromMs,
        toMs: fromMs + Math.floor(random.next() ** 3 * 200_000),
        fault: FAULTS[random.next() < 0.5 ? 0 : 1],
      };
    });
    return (point, wallMs) =>
      windows.find(({ fromMs, toMs }) => wallMs >= fromMs && wallMs < toMs)?.fault ?? answer(point, wallMs);
  }

  type Span = readonly [number, number];

  function stated(): Span[] {
    const open = openGap(store, 'unit1', Number.MAX_SAFE_INTEGER);
    return [
      ...gaps().flatMap(({ body }) => spansOf(body)),
      ...(open === undefined ? [] : [[open.fromMs, open.toMs] as Span]),
    ];
  }

  function spansOf({ from, to, periodMs = 0, runs }: GapBody): Span[] {
    if (runs === undefined) return [[Date.parse(from), Date.parse(to)]];
    let atMs = Date.parse(from);
    return runs.flatMap((length, position): Span[] => {
      const span: Span = [atMs, atMs + length * periodMs];
      atMs = span[1];
      return position % 2 === 0 ? [span] : [];
    });
  }

  /** What readings call a gap, and the intervals that have no reading. */
  function uncovered(endMs: number): Span[] {
    const all = readings();
    const begun = new Set(all.map(({ reading }) => Date.parse(reading.from)));
    const without: Span[] = [];
    for (let fromMs = START; fromMs < endMs; fromMs += MINUTE_MS) {
      if (!begun.has(fromMs)) without.push([fromMs, fromMs + MINUTE_MS]);
    }
    const within = all.flatMap(({ reading }) =>
      reading.gaps.map(({ from, to }): Span => [Date.parse(from), Date.parse(to)]),
    );
    return [...without, ...within];
  }

  function slotsOf(spans: readonly Span[], fromMs: number, toMs: number): number[] {
    const slots: number[] = [];
    for (let slotMs = fromMs; slotMs < toMs; slotMs += 1000) {
      const times = spans.filter(([begin, end]) => slotMs >= begin && slotMs < end).length;
      for (let time = 0; time < times; time += 1) slots.push((slotMs - fromMs) / 1000);
    }
    return slots;
  }
});
