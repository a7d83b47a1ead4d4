import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Reading } from '../core/acquisition/reading.ts';
import { deviceKeyFromSeed } from '../core/ledger/device-key.ts';
import { createRecorder } from '../core/ledger/recorder.ts';
import { toIso } from '../core/model/time.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { ledgerStorage } from '../core/store/ledger-store.ts';
import { openStore } from '../core/store/open-store.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import {
  configOf,
  FULL_LOAD,
  flat,
  type PushPlant,
  pushPlantText,
  startPushPlant,
} from '../tests/fixtures/push-plant.ts';
import { checkVerdicts } from '../tests/simulation/world/check-verdicts.ts';
import { listMeters, metersAtRest, recordMeterChange } from './meter-actions.ts';
import { recordMeterWithdrawal } from './meter-withdrawal.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const M5 = 300_000;
const STEP_KWH = 154.125;
const POINT = 'scada/unit1.export_counter_kwh';
/** Two units with the same field: two registers, of which only one was exchanged. */
const TEXT = pushPlantText().replace(
  /(id: unit2.*power_output_kw)( \} \})/,
  '$1, energyExport: scada/export_counter_kwh$2',
);

/** The first of them, before the second joined: then the meter's name needs no unit. */
const ALONE = pushPlantText().replace(/ {2}- \{ id: unit2.*\n/, '');

let folder: string;
let clock: ManualClock;
let store: WritableStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-push-meter-'));
  clock = new ManualClock(START);
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
});
afterEach(async () => {
  expect(await checkVerdicts(store)).toEqual([]);
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (): PushPlant => startPushPlant(store, clock, { text: TEXT });
const list = () => listMeters({ config: configOf(TEXT), store });

async function push(plant: PushPlant, kwh: number, unitId = 'unit1'): Promise<void> {
  const outcome = plant.push(flat(unitId, clock.wallMs(), { ...FULL_LOAD, export_counter_kwh: kwh }));
  expect(outcome.kind).toBe('recorded');
  await clock.pass(M5);
}

async function stop({ plant }: PushPlant): Promise<void> {
  const stopping = plant.stop();
  await clock.pass(0);
  await stopping;
}

const request = (atMs: number, finalKwh: string, initialKwh: string) =>
  ({
    point: POINT,
    event: 'exchange',
    finalKwh,
    initialKwh,
    at: toIso(atMs),
    by: 'R. Devi',
    account: { name: 'op', role: 'operator' },
  }) as const;
const live = ({ plant }: PushPlant, text = TEXT) => ({
  config: configOf(text),
  store,
  nowMs: () => clock.wallMs(),
  changeMeter: plant.changeMeter.bind(plant),
  record: plant.record.bind(plant),
});
const energies = (readings: readonly Reading[]) => readings.map(({ energyWh }) => energyWh);

test('the exchange of a pushed meter that is told in time counts in the reading that shows it', async () => {
  const plant = start();
  expect(list().map(({ point, registerKwh }) => [point, registerKwh])).toEqual([
    [POINT, null],
    ['scada/unit2.export_counter_kwh', null],
  ]);
  await push(plant, 1000);
  await push(plant, 5000, 'unit2');
  await push(plant, 1000 + 2 * STEP_KWH);
  expect(list().map(({ unitId, registerKwh }) => [unitId, registerKwh])).toEqual([
    ['unit1', '1308.25'],
    ['unit2', '5000'],
  ]);
  const atMs = clock.wallMs() - M5 / 2;
  const event = recordMeterChange(live(plant), request(atMs, '1380', '7'));
  expect(event).toMatchObject({ counted: 'in-reading', lastKwh: '1308.25', unitId: 'unit1' });
  expect(list()[0]).toMatchObject({ waiting: toIso(atMs), lastEvent: { index: event.index } });
  await stop(plant);
  const later = start();
  await push(later, 7 + 82.375);
  expect(list()[0]).toMatchObject({ waiting: toIso(atMs) });
  for (const n of [1, 2, 3]) await push(later, 7 + 82.375 + n * STEP_KWH);
  // The new register is believed once three pushes agree. 1308.25 to 1380 on the old meter, 7 to 397.625 on the new one.
  const counted = 71_750 + 82_375 + 2 * 154_125;
  expect(energies(later.readings('unit1'))).toEqual([undefined, 308_250, undefined, undefined, counted, 154_125]);
  expect(list()[0]).toMatchObject({ waiting: null, registerKwh: '551.75' });
  expect(list()[1]).toMatchObject({ registerKwh: '5000', lastEvent: null });
  expect(later.isSound()).toBe(true);
});

test('one that is told afterwards counts in the entry, once, with the appliance running or at rest', async () => {
  for (const isRunning of [true, false]) {
    const plant = start();
    const before = plant.readings('unit1').length;
    await push(plant, 2000);
    await push(plant, 2000 + STEP_KWH);
    const atMs = clock.wallMs() - M5 / 2;
    for (const n of [0, 1, 2, 3]) await push(plant, 7 + 80 + n * STEP_KWH);
    const counted = energies(plant.readings('unit1').slice(before + 1)).reduce((sum = 0, own = 0) => sum + own, 0);
    const asked = request(atMs, '2220', '7');
    if (!isRunning) await stop(plant);
    const key = deviceKeyFromSeed(new Uint8Array(32).fill(11), 'HP-PUSH');
    const recorder = createRecorder({ storage: ledgerStorage(store), key, clock });
    const parts = isRunning
      ? live(plant)
      : {
          ...live(plant),
          changeMeter: metersAtRest(configOf(TEXT), store),
          record: (...[entry, alongside]: Parameters<PushPlant['plant']['record']>) =>
            recorder.record([entry].flat(), alongside),
        };
    const event = recordMeterChange(parts, asked);
    expect(event).toMatchObject({ counted: 'in-entry', energyWh: 65_875 + 80_000, lastKwh: '2154.125' });
    expect(() => recordMeterChange(parts, asked)).toThrow(/recorded already/);
    const going = isRunning ? plant : start();
    await push(going, 7 + 80 + 4 * STEP_KWH);
    expect(going.readings('unit1').at(-1)?.energyWh).toBe(154_125);
    expect(counted).toBe(154_125 + 3 * 154_125);
    expect(going.isSound()).toBe(true);
    await stop(going);
    store.close();
    store = openStore(join(folder, `${String(isRunning)}.db`), { access: 'write' });
  }
});

test('what cannot be true of the register is refused, and a meter that was never read as well', async () => {
  const plant = start();
  expect(() => recordMeterChange(live(plant), request(START, '10', '7'))).toThrow(/was never read/);
  await push(plant, 1000);
  expect(() => recordMeterChange(live(plant), request(clock.wallMs(), '999', '7'))).toThrow(
    /stood at 1000 kWh already/,
  );
  expect(list()[0]).toMatchObject({ waiting: null, lastEvent: null });
});

test('a register that is read and not believed is no register that was not read', async () => {
  const plant = start();
  await push(plant, 4000);
  expect(list()[0]).toMatchObject({ registerKwh: '4000', uncounted: null });
  await push(plant, 4000 + 1000 * STEP_KWH);
  const [meter] = list();
  expect(meter).toMatchObject({ registerKwh: '4000', uncounted: { registerKwh: '158125' } });
  expect(meter?.uncounted?.message).toMatch(/about 1000 times what the power of 1850 kW makes\. Check scale/);
  const [, second] = plant.readings('unit1');
  expect(second).not.toHaveProperty('energyWh');
  expect(second?.uncounted?.energyExport).toMatchObject({ startKwh: '4000', endKwh: '158125' });
});

test('what was recorded of a meter stays its own when a second unit joins and its name becomes longer', async () => {
  const single = startPushPlant(store, clock, { text: ALONE });
  await push(single, 4000);
  await push(single, 4000 + STEP_KWH);
  const alone = { ...request(clock.wallMs() - M5, '4154.125', '7'), point: 'scada/export_counter_kwh' };
  recordMeterChange(live(single, ALONE), alone);
  await stop(single);
  const plant = startPushPlant(store, clock, { text: TEXT, formerText: ALONE });
  const [first, second] = list();
  expect(first).toMatchObject({ point: POINT, lastEvent: { event: 'exchange', finalKwh: '4154.125' } });
  expect(second).toMatchObject({ lastEvent: null });
  expect(() => recordMeterChange(live(plant), { ...alone, point: POINT })).toThrow(/recorded already/);
});

test('a step of the clock makes no leap of a register plausible that is dated by the arrival of its pushes', async () => {
  const plant = start();
  const arrive = async (kwh: number, passMs: number) => {
    const outcome = plant.push(flat('unit1', undefined, { ...FULL_LOAD, export_counter_kwh: kwh }));
    expect(outcome.kind).toBe('recorded');
    await clock.pass(passMs);
  };
  await arrive(4000, 60_000);
  await arrive(4030, 60_000);
  clock.step(24 * 3_600_000);
  await clock.pass(20_000);
  for (let n = 1; n <= 4; n += 1) await arrive(4030 + 20_000 + 30 * n, 60_000);
  const energies = plant.readings('unit1').map(({ energyWh = 0 }) => energyWh);
  expect(energies.reduce((sum, energyWh) => sum + energyWh, 0)).toBeLessThan(200_000);
  const events = plant.readings('unit1').flatMap(({ registers }) => registers?.energyExport?.events ?? []);
  expect(events.map(({ kind }) => kind)).toEqual(['jump']);
});

test('what was entered by mistake is taken back as long as no reading has counted by it, and may be entered anew', async () => {
  const plant = start();
  await push(plant, 4000);
  await push(plant, 4000 + STEP_KWH);
  const take = () =>
    recordMeterWithdrawal(live(plant), {
      point: POINT,
      reason: 'digits swapped',
      by: 'R. Devi',
      account: { name: 'op', role: 'operator' },
    });
  expect(take).toThrow(/waits for its register/);
  const atMs = clock.wallMs() - 60_000;
  const wrong = recordMeterChange(live(plant), request(atMs, '4254.125', '7'));
  expect(() => recordMeterChange(live(plant), request(atMs, '4204.125', '7'))).toThrow();
  expect(take()).toMatchObject({ event: 'withdraw', withdraws: wrong.index, withdrawn: { finalKwh: '4254.125' } });
  expect(list()[0]).toMatchObject({ waiting: null, lastEvent: null });
  expect(take).toThrow(/waits for its register/);
  const right = recordMeterChange(live(plant), request(atMs, '4204.125', '7'));
  expect(list()[0]).toMatchObject({ lastEvent: { index: right.index } });
  for (let n = 0; n < 3; n += 1) await push(plant, 107 + n * STEP_KWH);
  const total = energies(plant.readings('unit1')).reduce<number>((sum, energyWh = 0) => sum + energyWh, 0);
  expect(total).toBe(Math.floor((STEP_KWH + 50 + 100 + 2 * STEP_KWH) * 1000));
  expect(take).toThrow(/waits for its register/);
  expect(plant.isSound()).toBe(true);
});
