import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../core/model/failure.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { openStore } from '../core/store/open-store.ts';
import { sampleBlock } from '../core/store/samples.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { FULL_LOAD, flat, type PushPlant, pushPlantText, startPushPlant } from '../tests/fixtures/push-plant.ts';
import { checkVerdicts } from '../tests/simulation/world/check-verdicts.ts';
import type { PushOutcome } from './push-intake.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const M5 = 300_000;
/** At 1850 kW. */
const WH_5MIN = 154_166;

let folder: string;
let clock: ManualClock;
let store: WritableStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-push-'));
  clock = new ManualClock(START);
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
});
afterEach(async () => {
  expect(await checkVerdicts(store)).toEqual([]);
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const recorded = (outcome: PushOutcome) => {
  if (outcome.kind !== 'recorded') throw new Error(JSON.stringify(outcome.refusal));
  return outcome;
};
const refused = (outcome: PushOutcome) => {
  if (outcome.kind !== 'refused') throw new Error(`recorded as entry ${outcome.index}`);
  return outcome.refusal;
};
const counter = (kwh: number) => ({ ...FULL_LOAD, export_counter_kwh: kwh });

/** Pushes unit1 every five minutes with an exact register, so many times. */
async function pushHonestly(plant: PushPlant, times: number): Promise<PushOutcome[]> {
  const outcomes: PushOutcome[] = [];
  for (let n = 1; n <= times; n += 1) {
    await clock.pass(M5);
    outcomes.push(plant.push(flat('unit1', clock.wallMs(), counter(1000 + n * 154.125))));
  }
  return outcomes;
}

describe('a push', () => {
  it('becomes the reading of its interval, with exact energy from the register', async () => {
    const plant = startPushPlant(store, clock);
    const outcomes = await pushHonestly(plant, 4);
    expect(plant.readings('unit1')).toMatchObject([
      {
        from: '2026-11-20T12:00:00.000Z',
        to: '2026-11-20T12:05:00.000Z',
        coverage: 1,
        gaps: [],
        uncounted: { energyExport: { startKwh: '1154.125', endKwh: '1154.125', reason: 'ACQ_COUNTER_BEGINS' } },
      },
      { from: '2026-11-20T12:05:00.000Z', energyWh: 154_125, energySource: 'counter' },
      { from: '2026-11-20T12:10:00.000Z', energyWh: 154_125 },
      { from: '2026-11-20T12:15:00.000Z', energyWh: 154_125, powerKw: { mean: 1850, min: 1850, max: 1850 } },
    ]);
    const [first, second] = plant.readings('unit1');
    expect(first).not.toHaveProperty('energyWh');
    expect(second?.registers?.energyExport).toMatchObject({ startKwh: '1154.125', endKwh: '1308.25' });
    expect(second?.stateSeconds).toEqual({ generating: 300 });
    expect(outcomes.map((outcome) => recorded(outcome).verdict.status)).toEqual([
      'APPROVED', // Its register says where counting begins, and nothing is claimed.
      'APPROVED',
      'APPROVED',
      'APPROVED',
    ]);
    expect(plant.gaps()).toEqual([]);
    expect(plant.isSound()).toBe(true);
  });

  it('of a register that has no value yet is no beginning', async () => {
    const plant = startPushPlant(store, clock);
    for (const kwh of [0, 100, 180]) {
      await clock.pass(M5);
      recorded(plant.push(flat('unit1', clock.wallMs(), counter(kwh))));
    }
    expect(plant.readings('unit1').map(({ energyWh }) => energyWh)).toEqual([undefined, undefined, 80_000]);
  });

  it('is kept byte for byte behind the digest that the reading carries', () => {
    const plant = startPushPlant(store, clock);
    const text = `{"plant_id":"HP-PUSH", "device_id":"unit1","readings":{ "power_output_kw": 18.50e2 }}`;
    recorded(plant.push(text, 'nonce-7'));
    const [reading] = plant.readings();
    const block = reading?.samples[0];
    const lines = Buffer.from(sampleBlock(store, block?.digest ?? '') ?? [])
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0].points).toHaveLength(5);
    expect(lines[1].recipes).toEqual({
      'scada/unit1.power_output_kw': {
        v: 1,
        driver: 'http',
        form: 'flat',
        field: 'power_output_kw',
        as: 'number',
        unit: 'kW',
        factor: 1,
      },
    });
    expect(Buffer.from(lines[2].push.bodyBase64, 'base64').toString('utf8')).toBe(text);
    expect(lines[2].push).toMatchObject({ unitId: 'unit1', receivedAtMs: START, nonce: 'nonce-7' });
    expect(lines[3][3]).toContainEqual([1850, Buffer.from('18.50e2').toString('hex'), 'good', 0, null, null]);
    expect(lines[3][3]).toContainEqual(['DRV_HTTP_FIELD_ABSENT']);
    expect(reading?.push).toEqual({
      receivedAt: '2026-11-20T12:00:00.000Z',
      form: 'flat',
      timeFrom: 'appliance',
      bodySha256: hash('sha256', text, 'hex'),
      nonce: 'nonce-7',
    });
  });

  it('that comes twice is refused with the first entry, and says whether it is the same body', async () => {
    const plant = startPushPlant(store, clock);
    await pushHonestly(plant, 2);
    const at = clock.wallMs();
    const body = flat('unit1', at, counter(1308.25));
    expect(refused(plant.push(body))).toMatchObject({
      status: 409,
      code: 'DRV_HTTP_RECORDED',
      entryIndex: 4,
      isIdentical: true,
    });
    // Any moment within a recorded interval is taken, not its end alone.
    const within = flat('unit1', at - 1, counter(1308.2));
    expect(refused(plant.push(within))).toMatchObject({ status: 409, entryIndex: 4, isIdentical: false });
    const before = flat('unit1', at - M5 + 1, counter(1154.2));
    expect(refused(plant.push(before))).toMatchObject({ status: 409, entryIndex: 4 });
    expect(refused(plant.push(flat('unit1', at - M5, counter(1154.2))))).toMatchObject({ entryIndex: 3 });
    expect(plant.readings()).toHaveLength(2);
  });

  it('that comes more often than the interval never counts a moment twice', async () => {
    const plant = startPushPlant(store, clock);
    for (let n = 0; n < 30; n += 1) {
      recorded(plant.push(flat('unit2', clock.wallMs(), FULL_LOAD)));
      await clock.pass(60_000);
    }
    const readings = plant.readings('unit2');
    expect(readings[0]).toMatchObject({ from: '2026-11-20T11:55:00.000Z', to: '2026-11-20T12:00:00.000Z' });
    expect(readings.slice(1).every(({ from, to }) => Date.parse(to) - Date.parse(from) === 60_000)).toBe(true);
    const energyWh = readings.reduce((sum, reading) => sum + (reading.energyWh ?? 0), 0);
    expect(energyWh).toBe(WH_5MIN + 29 * 30_833);
    expect(readings.every(({ energySource }) => energySource === 'estimated')).toBe(true);
  });

  it('that comes late has its interval and adds no energy that a newer one has counted', async () => {
    const plant = startPushPlant(store, clock);
    await pushHonestly(plant, 1);
    await clock.pass(3 * M5);
    const newest = clock.wallMs();
    recorded(plant.push(flat('unit1', newest, counter(1000 + 4 * 154.125))));
    for (const [n, late] of [newest - M5, newest - 2 * M5].entries()) {
      const outcome = recorded(plant.push(flat('unit1', late, counter(1000 + (3 - n) * 154.125))));
      expect(outcome.verdict.findings.map(({ code }) => code)).toContain('VER_LATE');
    }
    const readings = plant.readings('unit1');
    expect(readings.map(({ energyWh }) => energyWh)).toEqual([undefined, undefined, undefined, 3 * 154_125]);
    expect(readings[1]).toMatchObject({ coverage: 0, gaps: [{ reason: 'ACQ_COUNTED_LATER' }] });
    expect(plant.gaps()).toMatchObject([
      { from: '2026-11-20T12:05:00.000Z', to: '2026-11-20T12:10:00.000Z', reason: 'DRV_HTTP_SILENT' },
      { from: '2026-11-20T12:10:00.000Z', to: '2026-11-20T12:15:00.000Z', reason: 'DRV_HTTP_SILENT' },
    ]);
    expect(plant.isSound()).toBe(true);
  });

  it('takes what the sender reports of the interval for what it is, and never twice', async () => {
    const plant = startPushPlant(store, clock);
    const { status: _, ...water } = FULL_LOAD;
    const reported = { ...water, generated_kwh: 154.1666 };
    recorded(plant.push(flat('unit2', clock.wallMs(), reported)));
    expect(plant.readings('unit2')[0]).toMatchObject({ energyWh: 154_166, energySource: 'reported' });
    await clock.pass(60_000);
    const short = recorded(plant.push(flat('unit2', clock.wallMs(), reported)));
    expect(short.unused).toMatchObject([
      { field: 'generated_kwh', reason: expect.stringContaining('a part of the interval') },
    ]);
    await clock.pass(M5);
    const timeless = recorded(plant.push(flat('unit2', undefined, reported)));
    expect(timeless.unused).toMatchObject([{ field: 'generated_kwh', reason: expect.stringContaining('timestamp') }]);
    await clock.pass(M5);
    const withRegister = recorded(plant.push(flat('unit1', undefined, { ...reported, export_counter_kwh: 5 })));
    expect(withRegister.unused).toMatchObject([{ reason: expect.stringContaining('register') }]);
    expect(plant.readings('unit2').map(({ energySource }) => energySource)).toEqual([
      'reported',
      'estimated',
      'estimated',
    ]);
  });
});

describe('what a person sees', () => {
  it('of a backlog is as old as its sender says, not as its arrival', async () => {
    const plant = startPushPlant(store, clock);
    await clock.pass(3_600_000);
    recorded(plant.push(flat('unit2', clock.wallMs() - 3_600_000, FULL_LOAD)));
    const view = plant.plant.latest.get('scada/unit2.power_output_kw');
    expect(view?.sample).toMatchObject({ value: 1850, readAtMs: START, deviceAtMs: START });
    recorded(plant.push(flat('unit2', clock.wallMs() - 60_000, { ...FULL_LOAD, power_output_kw: 1700 })));
    recorded(plant.push(flat('unit2', clock.wallMs() - 1_800_000, { ...FULL_LOAD, power_output_kw: 900 })));
    expect(plant.plant.latest.get('scada/unit2.power_output_kw')?.sample?.value).toBe(1700);
  });

  it('of a doubtful value is that it is one, and of a bad one that there is none', () => {
    const plant = startPushPlant(store, clock);
    const signed = (atMs: number, quality: string) => ({
      schema_version: '1.0.0',
      device_id: 'unit2',
      timestamp: new Date(atMs).toISOString(),
      readings: [{ sensor_id: 'JT-3', type: 'power', value: 1850, unit: 'kW', quality }],
    });
    recorded(plant.push(signed(START - M5, 'uncertain')));
    recorded(plant.push(signed(START, 'bad')));
    expect(plant.readings('unit2')).toMatchObject([
      { coverage: 1, uncertain: 1, powerKw: { mean: 1850, uncertain: 1 }, energySource: 'estimated' },
      { coverage: 0, gaps: [{ reason: 'ACQ_BAD_QUALITY' }] },
    ]);
    expect(plant.readings('unit2')[1]).not.toHaveProperty('powerKw');
    expect(plant.readings('unit2')[1]).not.toHaveProperty('energyWh');
  });

  it('of a power in the wrong unit is the factor of 1000', () => {
    const plant = startPushPlant(store, clock);
    const messages = [1.85, 1_850_000].map((power, n) => {
      const body = flat('unit2', START - n * M5, { ...FULL_LOAD, power_output_kw: power });
      return recorded(plant.push(body))
        .verdict.findings.map(({ message }) => message)
        .join(' ');
    });
    expect(messages[0]).toContain('comes in MW, not in kW');
    expect(messages[1]).toContain('comes in W, not in kW');
  });

  it('of a sender whose clock is half a minute ahead is no rejected energy', async () => {
    const plant = startPushPlant(store, clock);
    await pushHonestly(plant, 1);
    await clock.pass(M5 - 30_000);
    const outcome = recorded(plant.push(flat('unit1', clock.wallMs() + 30_000, counter(1308.25))));
    expect(outcome.verdict.status).toBe('APPROVED');
  });

  it('of a ramp between two pushes is no energy that contradicts its power', async () => {
    const plant = startPushPlant(store, clock);
    await pushHonestly(plant, 2);
    await clock.pass(M5);
    const low = { flow_rate_m3s: 1.2, head_height_m: 94, power_output_kw: 930, status: 'generating' };
    const halfway = 1308.25 + (1850 + 930) / 2 / 12;
    const ramp = recorded(plant.push(flat('unit1', clock.wallMs(), { ...low, export_counter_kwh: halfway })));
    expect(ramp.verdict.findings.map(({ code }) => code)).not.toContain('VER_ENERGY_POWER_MISMATCH');
    await clock.pass(M5);
    const wrong = { ...low, export_counter_kwh: halfway + 200 };
    const codes = recorded(plant.push(flat('unit1', clock.wallMs(), wrong))).verdict.findings.map(({ code }) => code);
    expect(codes).toContain('VER_ENERGY_POWER_MISMATCH');
  });
});

describe('what is refused', () => {
  it('names plant, unit and time that do not fit', () => {
    const plant = startPushPlant(store, clock);
    const at = (text: string) => ({ ...flat('unit1', undefined, FULL_LOAD), timestamp: text });
    const cases: readonly (readonly [unknown, number, string])[] = [
      [{ ...flat('unit1', START, FULL_LOAD), plant_id: 'HP-002' }, 422, 'DRV_HTTP_WRONG_PLANT'],
      [flat('unit9', START, FULL_LOAD), 404, 'DRV_HTTP_UNKNOWN_UNIT'],
      [flat('scada', START, FULL_LOAD), 404, 'DRV_HTTP_UNKNOWN_UNIT'],
      [at('2026-11-20T12:01:00.001Z'), 422, 'DRV_HTTP_FUTURE'],
      [at('2040-01-01T00:00:00Z'), 422, 'DRV_HTTP_FUTURE'],
      [at('2000-01-01T00:00:00Z'), 422, 'DRV_HTTP_TOO_OLD'],
      [at('1970-01-01T00:00:00Z'), 422, 'DRV_HTTP_TOO_OLD'],
      [at('2026-11-20T12:00:00'), 422, 'DRV_HTTP_TIME'],
      [at('2026-11-20 12:00:00Z'), 422, 'DRV_HTTP_TIME'],
      [at('20.11.2026 12:00'), 422, 'DRV_HTTP_TIME'],
      [at('1795176000'), 422, 'DRV_HTTP_TIME'],
      [at('2026-02-30T00:00:00Z'), 422, 'DRV_HTTP_TIME'],
      [at('2026-11-19T24:00:00Z'), 422, 'DRV_HTTP_TIME'],
      [flat('unit1', START, { ph: 7.1 }), 422, 'DRV_HTTP_NOTHING_USABLE'],
    ];
    for (const [body, status, code] of cases) {
      expect(refused(plant.push(body)), JSON.stringify(body)).toMatchObject({ status, code });
    }
    expect(refused(plant.push(flat('unit11', START, {}))).hint).toBe('did you mean "unit1"?');
    expect(refused(plant.push(at('2026-11-20T12:00:00'))).hint).toContain('+05:30');
    expect(plant.readings()).toEqual([]);
    // An offset is as good as Z, and a minute ahead is within what two clocks differ by.
    expect(recorded(plant.push(at('2026-11-20T17:31:00+05:30'))).to).toBe('2026-11-20T12:01:00.000Z');
  });

  it('is a nonce that was used, whatever the date on the push, and after a restart too', async () => {
    const plant = startPushPlant(store, clock);
    recorded(plant.push(flat('unit1', clock.wallMs(), FULL_LOAD), 'n-1'));
    const stopping = plant.plant.stop();
    await clock.pass(0);
    await stopping;
    await clock.pass(30 * 86_400_000);
    const later = startPushPlant(store, clock);
    const again = flat('unit1', clock.wallMs(), FULL_LOAD);
    expect(refused(later.push(again, 'n-1'))).toMatchObject({
      status: 409,
      code: 'DRV_HTTP_NONCE_USED',
      entryIndex: 3,
    });
    expect(recorded(later.push(flat('unit2', clock.wallMs(), FULL_LOAD), 'n-1')).index).toBeGreaterThan(3);
    const timeless = { ...flat('unit1', undefined, FULL_LOAD), metadata: { nonce: 'n-2' } };
    const { index } = recorded(later.push(timeless));
    await clock.pass(1000);
    expect(refused(later.push(timeless))).toMatchObject({
      code: 'DRV_HTTP_RECORDED',
      entryIndex: index,
      isIdentical: true,
    });
    expect(refused(later.push(timeless, 'n-3'))).toMatchObject({ status: 400, code: 'DRV_HTTP_NONCE' });
    expect(refused(later.push(again, 'with space'))).toMatchObject({ status: 400, code: 'DRV_HTTP_NONCE' });
  });

  it('is everything while the store takes nothing, and nothing of it is recorded later', async () => {
    const plant = startPushPlant(store, clock);
    await pushHonestly(plant, 2);
    const { write } = store;
    Object.assign(store, {
      write: () => {
        throw new Failure('STO_FULL', 'The disk is full.');
      },
    });
    await clock.pass(M5);
    const body = flat('unit1', clock.wallMs(), counter(1000 + 3 * 154.125));
    expect(refused(plant.push(body))).toMatchObject({ status: 503, code: 'DRV_HTTP_NOT_RECORDED', retryAfterS: 5 });
    Object.assign(store, { write });
    await clock.pass(60_000);
    expect(plant.readings('unit1')).toHaveLength(2);
    recorded(plant.push(body));
    expect(plant.readings('unit1')[2]).toMatchObject({ energyWh: 154_125, to: '2026-11-20T12:15:00.000Z' });
    expect(plant.isSound()).toBe(true);
  });
});

describe('over a restart', () => {
  it('registers count on, also when a second unit joins the device', async () => {
    const alone = pushPlantText().replace(/\n {2}- \{ id: unit2.*/, '');
    const plant = startPushPlant(store, clock, { text: alone });
    expect(plant.plant.latest.all().map(({ point }) => point.ref)).toContain('scada/export_counter_kwh');
    await pushHonestly(plant, 2);
    const stopping = plant.plant.stop();
    await clock.pass(0);
    await stopping;
    await clock.pass(M5);
    const later = startPushPlant(store, clock, { formerText: alone });
    recorded(later.push(flat('unit1', clock.wallMs(), counter(1000 + 3 * 154.125))));
    expect(later.readings('unit1').map(({ energyWh }) => energyWh)).toEqual([undefined, 154_125, 154_125]);
    expect(later.plant.latest.all().map(({ point }) => point.ref)).toContain('scada/unit1.export_counter_kwh');
    expect(later.isSound()).toBe(true);
  });

  it('a register whose unit was changed in plant.yaml begins anew instead of leaping', async () => {
    const text = pushPlantText();
    const plant = startPushPlant(store, clock);
    await pushHonestly(plant, 2);
    const stopping = plant.plant.stop();
    await clock.pass(0);
    await stopping;
    const inMwh = text.replace('scada/export_counter_kwh', 'scada/export_counter_mwh');
    const listed = text
      .replace('- { id: scada, driver: http }', '- { id: scada, driver: http, points: [POINT] }')
      .replace('POINT', '{ id: export_counter_kwh, unit: MWh, kind: counter }');
    for (const changed of [inMwh, listed]) {
      const later = startPushPlant(store, clock, { text: changed, formerText: text });
      await clock.pass(M5);
      const field = changed === inMwh ? 'export_counter_mwh' : 'export_counter_kwh';
      recorded(later.push(flat('unit1', clock.wallMs(), { ...FULL_LOAD, [field]: 1.2 })));
      expect(later.readings('unit1').at(-1)).not.toHaveProperty('energyWh');
      const ended = later.plant.stop();
      await clock.pass(0);
      await ended;
    }
  });
});
