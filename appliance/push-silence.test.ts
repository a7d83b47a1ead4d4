import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeviceHealth } from '../core/acquisition/device-health.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { openStore } from '../core/store/open-store.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { FULL_LOAD, flat, type PushPlant, startPushPlant } from '../tests/fixtures/push-plant.ts';
import { checkVerdicts } from '../tests/simulation/world/check-verdicts.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const M5 = 300_000;

let folder: string;
let clock: ManualClock;
let store: WritableStore;
let healths: DeviceHealth[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-silence-'));
  clock = new ManualClock(START);
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  healths = [];
});
afterEach(async () => {
  expect(await checkVerdicts(store)).toEqual([]);
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(): PushPlant {
  return startPushPlant(store, clock, { listener: { onHealth: (health) => healths.push(health) } });
}

async function stop({ plant }: PushPlant): Promise<void> {
  const stopping = plant.stop();
  await clock.pass(0);
  await stopping;
}

const push = (plant: PushPlant, unitId: string) => plant.push(flat(unitId, clock.wallMs(), FULL_LOAD));
const stretches = (plant: PushPlant, unitId: string) =>
  plant
    .gaps()
    .filter((gap) => gap.unitId === unitId)
    .map(({ from, to, reason }) => `${from.slice(11, 16)}-${to.slice(11, 16)} ${reason}`);

test('a unit that stops pushing becomes a gap in ever longer pieces, and one that never pushed does not', async () => {
  const plant = start();
  push(plant, 'unit1');
  await clock.pass(2 * M5 - 6000);
  expect(plant.gaps()).toEqual([]);
  await clock.pass(8 * M5);
  expect(stretches(plant, 'unit1')).toEqual([
    '12:00-12:05 DRV_HTTP_SILENT',
    '12:05-12:15 DRV_HTTP_SILENT',
    '12:15-12:35 DRV_HTTP_SILENT',
  ]);
  expect(stretches(plant, 'unit2')).toEqual([]);
  // What is left before the next push is stated with it, and the energy of the register is not touched by it.
  push(plant, 'unit1');
  expect(stretches(plant, 'unit1').slice(3)).toEqual(['12:35-12:44 DRV_HTTP_SILENT']);
  expect(
    plant.gaps().map(({ treatment }) => treatment),
    'no register was ever read',
  ).toEqual(Array(4).fill('not-credited'));
  await clock.pass(M5 + 25_000);
  push(plant, 'unit1');
  expect(plant.gaps(), 'a push that is a little late leaves no gap').toHaveLength(4);
  await stop(plant);
  expect(plant.isSound()).toBe(true);
});

test('what the meter counted over a silence stands in the gap that ends with its reading, and before that nobody knows', async () => {
  const withMeter = (plant: PushPlant, kwh: number) =>
    plant.push(flat('unit1', clock.wallMs(), { ...FULL_LOAD, export_counter_kwh: kwh }));
  const plant = start();
  withMeter(plant, 1000);
  await clock.pass(3 * M5);
  withMeter(plant, 1462.375);
  const entryIndex = plant.plant.head().size - 1;
  expect(plant.gaps()).toMatchObject([
    { v: 2, to: '2026-11-20T12:05:00.000Z', treatment: 'not-known-yet' },
    { v: 2, to: '2026-11-20T12:10:00.000Z', treatment: 'counter-difference', energyWh: 462_375, reading: entryIndex },
  ]);
  expect(plant.readings('unit1').at(-1)).toMatchObject({ energyWh: 462_375 });
  // The register was reset in the second silence: whether it counts is not known with the first value of it.
  await clock.pass(3 * M5);
  withMeter(plant, 12.5);
  const treatments = plant.gaps().map(({ treatment }) => treatment);
  expect(treatments.slice(2)).toEqual(['not-known-yet', 'not-known-yet']);
  expect(
    plant
      .gaps()
      .slice(2)
      .some((gap) => 'energyWh' in gap || 'reading' in gap),
  ).toBe(false);
  await stop(plant);
  expect(plant.isSound()).toBe(true);
});

test('a silent week is a dozen entries and no two thousand', async () => {
  const plant = start();
  push(plant, 'unit2');
  await clock.pass(7 * 86_400_000);
  const own = plant.gaps().filter(({ unitId }) => unitId === 'unit2');
  expect(own.length).toBeGreaterThan(8);
  expect(own.length).toBeLessThan(20);
  for (const [at, gap] of own.entries()) expect(gap.from).toBe(at === 0 ? '2026-11-20T12:00:00.000Z' : own[at - 1]?.to);
  expect(own.every(({ treatment }) => treatment === 'not-credited')).toBe(true);
  await stop(plant);
});

test('what nobody could receive is the time in which the appliance was off', async () => {
  const plant = start();
  push(plant, 'unit1');
  await stop(plant);
  await clock.pass(5 * M5);
  const later = start();
  await clock.pass(M5);
  expect(later.gaps(), 'the sender has a moment for what it kept').toEqual([]);
  await clock.pass(M5);
  push(later, 'unit1');
  expect(stretches(later, 'unit1')).toEqual(['12:00-12:25 ACQ_NOT_RUNNING', '12:25-12:30 DRV_HTTP_SILENT']);
  await stop(later);
});

test('values that were old when they came are not counted as good ones', async () => {
  const plant = start();
  const daysAgoMs = clock.wallMs() - 25 * 86_400_000;
  const whole = { ...FULL_LOAD, export_counter_kwh: 12.5 };
  plant.push(flat('unit1', daysAgoMs, whole));
  plant.push(flat('unit2', clock.wallMs(), FULL_LOAD));
  expect(plant.plant.health()[0]).toMatchObject({ state: 'up', pointsGood: 3 });
  plant.push(flat('unit1', clock.wallMs(), whole));
  expect(plant.plant.health()[0]?.pointsGood).toBe(8);
  await stop(plant);
});

test('the device shows what is heard: waiting, up, a unit that is silent, all silent, up again', async () => {
  const plant = start();
  const shown = () => {
    const [health] = plant.plant.health();
    return `${health?.state} ${health?.fault?.code ?? '-'} ${health?.pointsGood}`;
  };
  expect(shown()).toBe('connecting - 0');
  push(plant, 'unit1');
  expect(shown()).toBe('degraded DRV_HTTP_FIELD_ABSENT 4');
  const whole = { ...FULL_LOAD, export_counter_kwh: 12.5 };
  plant.push(flat('unit2', clock.wallMs(), FULL_LOAD));
  await clock.pass(60_000);
  plant.push(flat('unit1', clock.wallMs(), whole));
  expect(shown()).toBe('up - 8');
  await clock.pass(3 * M5 - 30_000);
  expect(shown()).toBe('degraded DRV_HTTP_SILENT 5');
  expect(plant.plant.health()[0]?.fault?.message).toBe('No push came from unit2 since 2026-11-20T12:00:00.000Z');
  await clock.pass(60_000);
  expect(shown()).toBe('down DRV_HTTP_SILENT 0');
  plant.push(flat('unit1', clock.wallMs(), whole));
  plant.push(flat('unit2', clock.wallMs(), FULL_LOAD));
  expect(shown()).toBe('up - 8');
  expect(healths.map(({ state }) => state)).toEqual(['degraded', 'up', 'degraded', 'down', 'degraded', 'up']);
  expect(plant.plant.health()[0]).toMatchObject({ requests: 5, writes: 0, lastGoodAtMs: clock.wallMs() });
  await stop(plant);
});

test('a clock that was put forward states its step, and one that was put back again hides no silence', async () => {
  const plant = start();
  push(plant, 'unit1');
  clock.step(30 * M5);
  await clock.pass(20_000);
  expect(plant.gaps().every(({ reason }) => reason === 'ACQ_CLOCK_STEP')).toBe(true);
  expect(plant.gaps().length).toBeGreaterThan(0);
  clock.step(-30 * M5);
  await clock.pass(M5);
  // The sender's own time went on evenly all the while.
  expect(push(plant, 'unit1').kind).toBe('recorded');
  const stated = plant.gaps().length;
  await clock.pass(4 * M5);
  expect(plant.gaps().length).toBeGreaterThan(stated);
  await stop(plant);
  expect(plant.isSound()).toBe(true);
});
