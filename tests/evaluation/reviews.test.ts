import { expect, test } from 'vitest';
import type { Reading } from '../../core/acquisition/reading.ts';
import { present } from '../../core/model/assert.ts';
import { instantMs } from '../../core/model/time.ts';
import { judge } from '../../core/verification/judge.ts';
import type { Sibling } from '../../core/verification/layer.ts';
import { PlantMemory } from '../../core/verification/plant-memory.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import { doubtedRelations } from '../../core/verification/twin/doubted-relations.ts';
import type { ApprovedReading, TrainingReviews } from '../../core/verification/twin/learn-from-reviews.ts';
import { type TwinModel, trainTwin } from '../../core/verification/twin/twin-model.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { evaluationConfig, evaluationReadings } from '../fixtures/evaluation-ledger.ts';

/** A head sensor that reads low at full load, in two hours of every six: honest, and an oddity of this site. */
const ODD_FACTOR = 0.988;
/** The same, three times as far. */
const FORGED_FACTOR = 0.964;
const FULL_LOAD_GATE_PERCENT = 86;
const DAY_MS = 86_400_000;
const config = evaluationConfig();

interface Judged {
  readonly reading: Reading;
  readonly siblings: readonly Sibling[];
  readonly verdict: Verdict;
}

type Models = ReadonlyMap<string, TwinModel | undefined>;

function judgeAll(readings: readonly Reading[], models: Models): Judged[] {
  const memory = new PlantMemory({ ...config, settings: DEFAULT_SETTINGS });
  for (const each of memory.units) each.learn(models.get(each.unit.id));
  return readings.map((reading) => {
    const { unit, history, twin } = present(memory.unit(reading.unitId), 'the unit');
    const siblings = memory.siblingsOf(reading);
    const witness = memory.beside.viewOf(reading, memory.beside.companionsOf(reading));
    const closedAtMs = instantMs(reading.to) + 1000;
    const { plant, intervalMs } = config;
    const context = { plant, unit, intervalMs, closedAtMs, history, twin, siblings, witness };
    const verdict = judge(reading, context, DEFAULT_SETTINGS);
    memory.remember({ reading, siblings, verdict, register: undefined, resolutionKwh: undefined });
    return { reading, siblings, verdict };
  });
}

function train(judged: readonly Judged[], unitId: string, reviews?: TrainingReviews): TwinModel | undefined {
  const unit = present(
    config.units.find(({ id }) => id === unitId),
    'the unit',
  );
  const own = judged.filter(({ reading, verdict }) => reading.unitId === unitId && verdict.status !== 'REJECTED');
  return trainTwin(unit, own, DEFAULT_SETTINGS, reviews);
}

function isOdd({ unitId, from, gatePercent }: Reading): boolean {
  const isItsTime = new Date(from).getUTCHours() % 6 < 2;
  return unitId === 'unit1' && isItsTime && (gatePercent?.mean ?? 0) > FULL_LOAD_GATE_PERCENT;
}

function withHead(reading: Reading, factor: number): Reading {
  const { headM } = reading;
  if (!isOdd(reading) || headM === undefined) return reading;
  const { mean, min, max } = headM;
  return { ...reading, headM: { ...headM, mean: mean * factor, min: min * factor, max: max * factor } };
}

function doubtsGate({ verdict: { findings } }: Judged): boolean {
  return findings.some(({ code }) => code === 'VER_POWER_UNLIKE_GATE');
}

test('an oddity of the site that persons approved is flagged no more, and three times as much of it still is', () => {
  const all = evaluationReadings(3, 31).sort((a, b) => a.to.localeCompare(b.to) || a.unitId.localeCompare(b.unitId));
  const beginMs = instantMs(present(all[0], 'a reading').from);
  const days = (from: number, to: number): Reading[] =>
    all.filter(
      (each) => instantMs(each.from) >= beginMs + from * DAY_MS && instantMs(each.to) <= beginMs + to * DAY_MS,
    );
  const commissioning = judgeAll(days(0, 12), new Map());
  const first: Models = new Map(config.units.map(({ id }) => [id, train(commissioning, id)]));
  const odd = judgeAll(
    days(12, 22).map((each) => withHead(each, ODD_FACTOR)),
    first,
  );
  const flagged = odd.filter((each) => isOdd(each.reading) && each.verdict.status === 'FLAGGED' && doubtsGate(each));
  const step = Math.floor(flagged.length / 10);
  const approved: ApprovedReading[] = flagged
    .filter((_each, index) => index % step === 0)
    .slice(0, 10)
    .map(({ reading, siblings, verdict }) => ({ reading, siblings, doubted: doubtedRelations(verdict.findings) }));
  expect(approved).toHaveLength(10);

  const ledger = [...commissioning, ...odd];
  const plain = train(ledger, 'unit1');
  const next = train(ledger, 'unit1', { approved, rejected: 0 });
  expect(next?.reviewed?.relations).toMatchObject({ powerByGate: { readings: 10 } });
  const later = (model: TwinModel | undefined, factor: number): Judged[] =>
    judgeAll(
      days(22, 30).map((each) => withHead(each, factor)),
      new Map([...first, ['unit1', model]]),
    ).filter(({ reading }) => isOdd(reading));

  const before = later(plain, ODD_FACTOR).filter(doubtsGate);
  const after = later(next, ODD_FACTOR).filter(doubtsGate);
  expect(before.length).toBeGreaterThan(20);
  expect(after.length).toBeLessThan(before.length / 5);

  const forged = later(plain, FORGED_FACTOR).filter(doubtsGate);
  const found = new Map(later(next, FORGED_FACTOR).map((each) => [each.reading.from, each.verdict.status]));
  expect(forged.length).toBeGreaterThan(100);
  expect(forged.filter(({ reading }) => found.get(reading.from) === 'APPROVED')).toEqual([]);
});
