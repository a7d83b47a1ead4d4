import { describe, expect, test } from 'vitest';
import type { UnitConfig } from '../../core/config/plant.ts';
import type { WitnessesConfig } from '../../core/config/witnesses.ts';
import { Replay } from '../../core/verification/replay/replay.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { besideTheUnits } from './beside-the-units.ts';
import { makeEvaluationSet } from './evaluation-plant.ts';
import { EVALUATION_CONFIG, toReplayRow } from './evaluation-plant-rows.ts';
import { FORGED, forgeConsistently } from './forge-consistently.ts';
import { HONEST, type PlantRow } from './row.ts';

const SEED = 10;
const TRAIN_DAYS = 16;
const DAY_MS = 86_400_000;

/** The thirty honest days of the evaluation plant; one unit is forged in some hours of the second half. */
const made = makeEvaluationSet(SEED, 40).rows;
const beginMs = Math.min(...made.map(({ endMs }) => endMs));
const rows = made.filter(({ endMs, label }) => label === HONEST && endMs < beginMs + 30 * DAY_MS);
const judgedFromMs = beginMs + TRAIN_DAYS * DAY_MS;
const forgedRows = forgeConsistently(rows, 'unit1', judgedFromMs);
const beside = besideTheUnits(rows, SEED);
const forgedTimes = new Set(rows.filter(({ label }) => label === FORGED).map(({ endMs }) => endMs));

const ACCURATE = EVALUATION_CONFIG.units.map(
  (unit): UnitConfig => ({ ...unit, accuracy: { energyExport: '0.2S', energyExportCheck: '0.5S', flowPercent: 2 } }),
);
const CHECKED = ACCURATE.map(
  (unit): UnitConfig => ({
    ...unit,
    signals: { energyExport: `plc/${unit.id}`, energyExportCheck: `meters/${unit.id}` },
  }),
);
const METER: WitnessesConfig = {
  meter: { energyExport: 'grid/out', energyImport: 'grid/in', class: '0.2S', lossPercent: 1, auxiliariesKw: 20 },
};
const INFLOW: WitnessesConfig = { inflow: { flow: 'gauge/flow', at: 'headrace', accuracyPercent: 2 } };

interface Judged {
  readonly row: PlantRow;
  readonly verdict: Verdict;
}

function judgeAll(config: { units?: readonly UnitConfig[]; witnesses?: WitnessesConfig }): Judged[] {
  const replay = new Replay({
    config: { ...EVALUATION_CONFIG, ...config },
    settings: DEFAULT_SETTINGS,
    trainDays: TRAIN_DAYS,
  });
  return rows
    .map((row) => ({ row, verdict: replay.judge({ ...toReplayRow(row), ...beside.get(row) }) }))
    .filter(({ row }) => row.endMs >= judgedFromMs);
}

const isApproved = ({ verdict }: Judged): boolean => verdict.status === 'APPROVED';
const isForged = ({ row }: Judged): boolean => row.label === FORGED;
const accuses = (codes: RegExp) => (judged: Judged) =>
  judged.verdict.findings.some(({ code, severity }) => codes.test(code) && severity !== 'note');

describe('a consistent forgery of power, flow, gate and energy', () => {
  test('passes where nothing but the unit itself is there, and the verdict names no witness of its energy', () => {
    const forged = judgeAll({}).filter(isForged);
    expect(forgedRows).toBeGreaterThan(100);
    expect(forged.filter(isApproved).length / forged.length).toBeGreaterThan(0.9);
    for (const { verdict } of forged) expect(verdict.witnesses).toEqual([]);
  });

  test.each([
    ['a check meter', { units: CHECKED }, /^VER_CHECK_METER/, 0.05],
    ['the meter of the plant', { units: ACCURATE, witnesses: METER }, /^VER_PLANT_METER/, 0.25],
    ['a gauge of the inflow', { units: ACCURATE, witnesses: INFLOW }, /^VER_INFLOW/, 0.6],
  ])('is caught by %s, which accuses nobody while nothing is forged', (_, config, codes, passing) => {
    const judged = judgeAll(config);
    const forged = judged.filter(isForged);
    expect(forged.filter(isApproved).length / forged.length).toBeLessThan(passing);
    expect(forged.filter(accuses(codes)).length).toBeGreaterThan(0.4 * forged.length);
    const elsewhere = judged.filter(({ row }) => !forgedTimes.has(row.endMs));
    expect(elsewhere.length).toBeGreaterThan(7000);
    expect(elsewhere.filter(accuses(codes)).length).toBeLessThan(0.003 * elsewhere.length);
  });

  test('costs the other unit nothing where its own check meter stands by it', () => {
    const judged = judgeAll({ units: CHECKED, witnesses: METER });
    const other = judged.filter((one) => !isForged(one) && forgedTimes.has(one.row.endMs));
    expect(other.length).toBeGreaterThan(100);
    expect(other.filter(accuses(/^VER_(PLANT|CHECK)_METER/))).toEqual([]);
    expect(
      other.filter(({ verdict }) => verdict.findings.some(({ code }) => code === 'VER_PLANT_METER_MISMATCH')).length,
    ).toBeGreaterThan(10);
  });
});
