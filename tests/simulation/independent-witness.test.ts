import { afterEach, describe, expect, it } from 'vitest';
import type { Reading } from '../../core/acquisition/reading.ts';
import type { PlantConfig, PointConfig } from '../../core/config/plant.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import type { Script } from '../fixtures/scripted-driver.ts';
import { PlantInTime } from './plant-in-time.ts';
import { checkVerdicts } from './world/check-verdicts.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const TRUE_KW = 1500;
const EXTRA = 1.2;

let running: PlantInTime | undefined;
afterEach(() => {
  running?.close();
  running = undefined;
});

const point = (device: string, id: string, unit: string, kind: PointConfig['kind']): PointConfig => ({
  ...{ ref: `${device}/${id}`, id, unit, kind, settings: { scale: 0.001 } },
});

/** Two units on one PLC, a check meter on the first, and a meter of the plant and a level behind a device of its own. */
const PLANT: PlantConfig = {
  version: 1,
  plant: { id: 'HP-TIME', name: 'Time', timezone: 'UTC', ratedPowerKw: 4000 },
  intervalMs: MINUTE,
  units: ['unit1', 'unit2'].map((id) => ({
    ...{ id, name: id, turbine: 'francis', ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, intake: 'shared' },
    accuracy: { energyExport: '0.2S', energyExportCheck: '0.2S' },
    signals: {
      ...{ power: `plc/${id}_power`, flow: `plc/${id}_flow`, head: `plc/${id}_head`, gate: `plc/${id}_gate` },
      energyExport: `plc/${id}_energy`,
      ...(id === 'unit1' ? { energyExportCheck: 'meters/check' } : {}),
    },
  })),
  devices: [
    {
      ...{ id: 'plc', driver: 'scripted', connection: {}, periodMs: 5000 },
      points: ['unit1', 'unit2'].flatMap((id) => [
        point('plc', `${id}_power`, 'kW', 'gauge'),
        point('plc', `${id}_flow`, 'm3/s', 'gauge'),
        point('plc', `${id}_head`, 'm', 'gauge'),
        point('plc', `${id}_gate`, '%', 'gauge'),
        point('plc', `${id}_energy`, 'kWh', 'counter'),
      ]),
    },
    {
      ...{ id: 'meters', driver: 'scripted', connection: {}, periodMs: 10_000 },
      points: [
        point('meters', 'check', 'kWh', 'counter'),
        point('meters', 'plant', 'kWh', 'counter'),
        point('meters', 'level', 'm', 'gauge'),
      ],
    },
  ],
  witnesses: {
    meter: { energyExport: 'meters/plant', class: '0.2S', lossPercent: 1, auxiliariesKw: 10 },
    headwaterLevel: 'meters/level',
  },
} as PlantConfig;

/** Both units run at 1500 kW; from a moment on the PLC claims a fifth more of the first one, consistently. */
function truth(forgedFromMs: number, silentFromMs = Number.POSITIVE_INFINITY, headExtraM = 0) {
  return (trueMs: () => number): Script => {
    let step = 0;
    return ({ id, ref }) => {
      step += 1;
      const ms = trueMs();
      const wobble = 1 + 0.004 * Math.sin(step * 12.9898 + ms);
      const isForged = id.startsWith('unit1') && ms >= forgedFromMs;
      const extra = isForged ? EXTRA : 1;
      const kwh = (forMs: number): number => Math.round((TRUE_KW * forMs) / 3600) / 1000;
      const claimedMs = isForged ? forgedFromMs + (ms - forgedFromMs) * EXTRA : ms;
      if (ref.startsWith('meters/') && ms >= silentFromMs) {
        return { code: 'DRV_SCRIPTED_TIMEOUT', message: 'No answer', policy: 'retry' };
      }
      if (id === 'check') return 5000 + kwh(ms);
      if (id === 'plant') return 90_000 + Math.round(1000 * kwh(2 * ms) * 0.995) / 1000;
      if (id === 'level') return 460 + 0.01 * wobble;
      if (id.endsWith('energy')) return 1000 + kwh(claimedMs);
      if (id.endsWith('power')) return Math.round(TRUE_KW * extra * wobble * 10) / 10;
      if (id.endsWith('flow')) return Math.round(1.86 * extra * wobble * 1000) / 1000;
      if (id.endsWith('head')) return Math.round((95.5 + (isForged ? headExtraM : 0)) * wobble * 100) / 100;
      return Math.round(72 * extra * wobble * 100) / 100;
    };
  };
}

interface Judged {
  readonly reading: Reading;
  readonly verdict: Verdict;
}

async function run(config: PlantConfig, script: (trueMs: () => number) => Script): Promise<Judged[]> {
  running = new PlantInTime({ beginMs: NOON - 500, config, script });
  running.start();
  await running.clock.pass(14 * MINUTE);
  await running.stop();
  expect(running.isSound()).toBe(true);
  expect(await checkVerdicts(running.store, config)).toEqual([]);
  return running.judged();
}

const ofUnit = (all: readonly Judged[], unitId: string): Judged[] =>
  all.filter(({ reading }) => reading.unitId === unitId);
const codes = ({ verdict }: Judged): string[] => verdict.findings.map(({ code }) => code);
const { witnesses: _witnesses, ...bare } = PLANT;
const without: PlantConfig = {
  ...bare,
  units: PLANT.units.map(({ signals: { energyExportCheck: _check, ...signals }, ...unit }) => ({ ...unit, signals })),
};

describe('a running appliance', () => {
  it('carries in each reading what the witnesses showed, with their samples, and hears that they agree', async () => {
    const all = await run(PLANT, truth(Number.POSITIVE_INFINITY));
    const last = ofUnit(all, 'unit1').at(-1);
    expect(last?.reading.witness).toMatchObject({
      energyExportCheck: { energyWh: expect.closeTo(25_000, -1), resolutionKwh: 0.001 },
      plantExport: { energyWh: expect.closeTo(49_750, -2) },
      headwaterLevelM: { mean: expect.closeTo(460, 0), coverage: 1, samples: 6 },
    });
    expect(last?.reading.samples.map(({ device }) => device)).toEqual(['plc', 'meters']);
    expect(last?.verdict.witnesses?.slice(0, 2)).toEqual([
      { kind: 'check-meter', sees: 'energy', isIndependent: true, outcome: 'agrees' },
      { kind: 'plant-meter', sees: 'energy', isIndependent: true, outcome: 'agrees' },
    ]);
    expect(ofUnit(all, 'unit2').at(-1)?.reading.witness).not.toHaveProperty('energyExportCheck');
    const accused = all.filter((one) => codes(one).some((code) => /METER|INFLOW|LEVEL|WITNESS/.test(code)));
    expect(accused).toEqual([]);
  });

  it('catches a consistent forgery of one unit from the first whole interval on', async () => {
    const forged = ofUnit(await run(PLANT, truth(6 * MINUTE)), 'unit1').slice(7);
    expect(forged.length).toBeGreaterThan(4);
    for (const one of forged) {
      expect(one.verdict.status).not.toBe('APPROVED');
      expect(codes(one)).toEqual(expect.arrayContaining(['VER_CHECK_METER_MISMATCH']));
    }
  });

  it('lets the same forgery pass where there is no witness', async () => {
    const forged = ofUnit(await run(without, truth(6 * MINUTE)), 'unit1').slice(8);
    expect(forged.length).toBeGreaterThan(4);
    expect(forged.map(({ verdict }) => verdict.status)).toEqual(forged.map(() => 'APPROVED'));
    expect(forged.at(-1)?.verdict.witnesses?.map(({ kind }) => kind)).not.toContain('check-meter');
  });

  it('names a witness that is not heard, and credits what the unit shows', async () => {
    const all = ofUnit(await run(PLANT, truth(Number.POSITIVE_INFINITY, 6 * MINUTE)), 'unit1');
    const last = all.at(-1);
    expect(last?.reading.witness?.silent).toEqual({
      ...{ energyExportCheck: 'DRV_SCRIPTED_TIMEOUT', plantExport: 'DRV_SCRIPTED_TIMEOUT' },
      headwaterLevel: 'DRV_SCRIPTED_TIMEOUT',
    });
    expect(last?.verdict.status).toBe('APPROVED');
    expect(last === undefined ? [] : codes(last).filter((code) => code === 'VER_WITNESS_SILENT')).toHaveLength(3);
  });

  it('holds the heads of units on one intake against each other', async () => {
    const all = await run(PLANT, truth(6 * MINUTE, Number.POSITIVE_INFINITY, 12));
    const before = ofUnit(all, 'unit1')[5];
    expect(before?.verdict.witnesses).toContainEqual(
      expect.objectContaining({ kind: 'siblings', sees: 'head', isIndependent: false, outcome: 'agrees' }),
    );
    const after = ofUnit(all, 'unit1')[7];
    expect(after === undefined ? [] : codes(after)).toContain('VER_HEAD_UNLIKE_SIBLINGS');
    expect(after?.verdict.witnesses).toContainEqual(
      expect.objectContaining({ kind: 'siblings', outcome: 'disagrees' }),
    );
  });

  it('judges after a crash as if it had never stopped', async () => {
    running = new PlantInTime({ beginMs: NOON - 500, config: PLANT, script: truth(4 * MINUTE) });
    running.start();
    await running.clock.pass(6 * MINUTE + 7000);
    running.crash(3000, NOON - 500 + 6 * MINUTE + 10_000);
    await running.clock.pass(5 * MINUTE);
    await running.stop();
    const after = ofUnit(running.judged(), 'unit1').slice(-3);
    for (const one of after) expect(codes(one)).toContain('VER_CHECK_METER_MISMATCH');
  });
});
