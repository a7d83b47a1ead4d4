import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reading } from '../core/acquisition/reading.ts';
import { deviceKeyFromSeed } from '../core/ledger/device-key.ts';
import { fsck } from '../core/ledger/fsck.ts';
import { createRecorder } from '../core/ledger/recorder.ts';
import { present } from '../core/model/assert.ts';
import type { Fault } from '../core/model/fault.ts';
import { silentLog } from '../core/model/log.ts';
import { seededRandom } from '../core/model/random.ts';
import { toIso } from '../core/model/time.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { ledgerReader, ledgerStorage } from '../core/store/ledger-store.ts';
import { meterEntries } from '../core/store/meter-entries.ts';
import { openStore } from '../core/store/open-store.ts';
import { queryReadings } from '../core/store/readings.ts';
import { driverHost } from '../tests/contract/driver-host.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { type Script, scriptedDriver, scriptedPlant } from '../tests/fixtures/scripted-driver.ts';
import { listMeters, metersAtRest, recordMeterChange } from './meter-actions.ts';
import type { MeterChangeRequest } from './meter-change.ts';
import { Plant } from './plant.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const KEY = deviceKeyFromSeed(new Uint8Array(32).fill(7), 'HP-TEST');
const AWAY: Fault = { code: 'TEST_AWAY', message: 'No answer', policy: 'retry' };
const POINT = 'plc1/energy_export';
const SWAP_MS = START + 200_000;
const BACK_MS = START + 260_000;

describe('a meter exchange that a person records', () => {
  let folder: string;
  let clock: ManualClock;
  let store: WritableStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forebay-meter-'));
    clock = new ManualClock(START - 500);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the machine generated since the begin: half a kilowatt-hour a second. */
  const generatedKwh = (wallMs: number): number => (wallMs - START) / 2000;
  /** The old meter from 1000 kWh up to the swap, away for a minute, then the new one, which began at 7 kWh. */
  const script: Script = (point, wallMs) => {
    if (wallMs >= SWAP_MS && wallMs < BACK_MS) return AWAY;
    if (point.id === 'status') return 'generating';
    if (point.id === 'power') return 1800;
    return wallMs < SWAP_MS ? 1000 + generatedKwh(wallMs) : 7 + generatedKwh(wallMs) - generatedKwh(SWAP_MS + 10_000);
  };

  function start(): Plant {
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
      askTimeServer: async (host) => ({ kind: 'silent', why: `${host} is not there` }),
      log: silentLog,
      version: '0.0.0',
      mode: 'normal',
      listener: {},
    });
    plant.start();
    return plant;
  }

  async function stop(plant: Plant): Promise<void> {
    const stopped = plant.stop();
    await clock.pass(0);
    await stopped;
  }

  const parts = (plant: Plant) => ({
    config: scriptedPlant(),
    store,
    nowMs: () => clock.wallMs(),
    changeMeter: plant.changeMeter.bind(plant),
    record: plant.record.bind(plant),
  });

  /** The old meter ended ten seconds after the last poll at 1105 kWh; five of them are its own. */
  const request = (change: Partial<MeterChangeRequest> = {}): MeterChangeRequest => ({
    point: POINT,
    event: 'exchange',
    finalKwh: '1105.0',
    initialKwh: '7',
    at: toIso(SWAP_MS + 10_000),
    reason: 'photo 4711',
    by: 'R. Negi',
    account: { name: 'console', role: 'operator' },
    ...change,
  });

  function energyWh(): number {
    const { items } = queryReadings(store, { order: 'asc', limit: 1000 });
    const read = items.reduce((sum, { body }) => sum + ((body.reading as unknown as Reading).energyWh ?? 0), 0);
    return read + meterEntries(store).reduce((sum, { body }) => sum + (Number(body.energyWh ?? 0) || 0), 0);
  }

  const lastEndMs = (): number => {
    const [last] = queryReadings(store, { order: 'desc', limit: 1 }).items;
    return Date.parse((present(last, 'a reading').body.reading as unknown as Reading).to);
  };

  function expectWhole(): void {
    expect(energyWh()).toBe(generatedKwh(lastEndMs()) * 1000);
    expect(fsck(ledgerReader(store), { verifierKey: KEY.verifierKey })).toMatchObject({ ok: true });
  }

  it.each([
    ['while the device is away', 230_000],
    ['while the new meter is not confirmed yet', 261_400],
    ['after the break was seen, in the same interval', 280_000],
    ['an hour after the break was recorded', 3_900_000],
    ['two days after the break was recorded', 172_800_000 + 300_500],
  ])('counts both sides exactly once when it is entered %s', async (_when, afterMs) => {
    let plant = start();
    if (afterMs < 3_600_000) {
      await clock.pass(afterMs);
    } else {
      await clock.pass(300_000);
      await stop(plant);
      clock = new ManualClock(START + afterMs);
      plant = start();
      await clock.pass(2500);
    }
    const answer = recordMeterChange(parts(plant), request());
    expect(answer.counted).toBe(afterMs < 290_000 ? 'in-reading' : 'in-entry');
    await clock.pass(130_000);
    await stop(plant);
    expectWhole();
    expect(listMeters({ config: scriptedPlant(), store })[0]).toMatchObject({
      point: POINT,
      waiting: null,
      lastEvent: { by: 'R. Negi', account: { name: 'console', role: 'operator' }, reason: 'photo 4711' },
    });
  });

  it('comes to the same energy when a crash follows at once', async () => {
    const plant = start();
    await clock.pass(280_000);
    recordMeterChange(parts(plant), request());
    store.close();
    clock = new ManualClock(clock.wallMs() + 3000);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
    const second = start();
    await clock.pass(130_000);
    await stop(second);
    expectWhole();
  });

  it('is recorded without a running appliance, too', async () => {
    const plant = start();
    await clock.pass(310_000);
    await stop(plant);
    const recorder = createRecorder({ storage: ledgerStorage(store), key: KEY, clock });
    const config = scriptedPlant();
    const answer = recordMeterChange(
      {
        config,
        store,
        nowMs: () => clock.wallMs(),
        changeMeter: metersAtRest(config, store),
        record: (entry, alongside) => recorder.record([entry], alongside),
      },
      request(),
    );
    // Five kWh of the old meter, 25 of the new one before its first poll.
    expect(answer).toMatchObject({ counted: 'in-entry', explains: 'reset', energyWh: 30_500 });
    const second = start();
    await clock.pass(120_000);
    await stop(second);
    expectWhole();
  });

  it.each<[string, Partial<MeterChangeRequest>, string]>([
    ['an unknown point', { point: 'plc1/power' }, 'ACQ_METER_UNKNOWN_POINT'],
    ['a future', { at: toIso(START + 999_000_000) }, 'ACQ_METER_IN_FUTURE'],
    ['no moment', { at: 'yesterday' }, 'ACQ_METER_BAD_VALUE'],
    ['a comma', { finalKwh: '1105,0' }, 'ACQ_METER_BAD_VALUE'],
    ['more digits than the register has', { initialKwh: '4294967296' }, 'ACQ_METER_BAD_VALUE'],
    ['a final register below what was read', { finalKwh: '1099.4' }, 'ACQ_METER_BELOW_REGISTER'],
    ['an initial register above what was read', { initialKwh: '32.5' }, 'ACQ_METER_ABOVE_REGISTER'],
    ['more than can be generated', { finalKwh: '1205' }, 'ACQ_METER_IMPLAUSIBLE'],
    ['a time long before the register broke off', { at: toIso(START - 7_200_000) }, 'ACQ_METER_TOO_EARLY'],
  ])('refuses %s and changes nothing', async (_what, change, code) => {
    const plant = start();
    await clock.pass(310_000);
    const size = plant.head().size;
    expect(() => recordMeterChange(parts(plant), request(change))).toThrow(expect.objectContaining({ code }));
    expect(plant.head().size).toBe(size);
    recordMeterChange(parts(plant), request());
    await clock.pass(60_000);
    await stop(plant);
    expectWhole();
  });

  it('refuses what is recorded already, and what contradicts it', async () => {
    const plant = start();
    await clock.pass(230_000);
    recordMeterChange(parts(plant), request());
    const again = (change: Partial<MeterChangeRequest>) => () => recordMeterChange(parts(plant), request(change));
    expect(again({ finalKwh: '1105' })).toThrow(expect.objectContaining({ code: 'ACQ_METER_ALREADY_RECORDED' }));
    expect(again({ finalKwh: '1106' })).toThrow(expect.objectContaining({ code: 'ACQ_METER_CONTRADICTS' }));
    await clock.pass(100_000);
    await stop(plant);
    expectWhole();
  });
});
