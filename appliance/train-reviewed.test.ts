import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Reading } from '../core/acquisition/reading.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { present } from '../core/model/assert.ts';
import { silentLog } from '../core/model/log.ts';
import { modelEntries } from '../core/store/models.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import type { TwinModel } from '../core/verification/twin/twin-model.ts';
import {
  type EvaluationLedger,
  evaluationConfig,
  evaluationReadings,
  openEvaluationLedger,
  readingEntry,
} from '../tests/fixtures/evaluation-ledger.ts';
import { listModels, putInForce, useModel } from './model-actions.ts';
import { trainFromLedger } from './train-model.ts';

const config = evaluationConfig();
const readings = evaluationReadings(3, 31).filter(({ to }) => to < '2026-06-04');
/** Six readings of the unit under load, of two days. */
const doubted = readings.filter(({ unitId, powerKw }) => unitId === 'unit1' && (powerKw?.mean ?? 0) > 1500);
const chosen = new Set([0, 1, 2, -1, -2, -3].map((at) => present(doubted.at(at), 'a reading').from));

let folder: string;
let ledger: EvaluationLedger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-reviewed-'));
  ledger = openEvaluationLedger(folder);
});
afterEach(() => {
  ledger.store.close();
  rmSync(folder, { recursive: true, force: true });
});

const FLAG = { code: 'VER_POWER_UNLIKE_GATE', layer: 'physics', severity: 'flag' };
const VETO = { code: 'VER_EFFICIENCY_ABOVE_ONE', layer: 'physics', severity: 'reject' };
const LEAP = { code: 'VER_COUNTER_JUMP', layer: 'consistency', severity: 'reject' };
const TWISTED = { code: 'VER_REPLAY', layer: 'temporal', severity: 'reject' };

/** Records all readings, the chosen ones 6 % high and judged `status` for `findings`; gives the entries of those. */
function record(status: string, findings: readonly object[]): number[] {
  const isChosen = ({ unitId, from }: Reading): boolean => unitId === 'unit1' && chosen.has(from);
  ledger.record(
    readings.map((reading): NewEntry => {
      if (!isChosen(reading)) return readingEntry(reading, ledger.key);
      const powerKw = present(reading.powerKw, 'its power');
      const high = { ...reading, powerKw: { ...powerKw, mean: powerKw.mean * 1.06 } };
      const entry = readingEntry(high, ledger.key, status);
      return { ...entry, body: { ...entry.body, verdict: { ...(entry.body.verdict as object), findings } } as never };
    }),
  );
  const sql = "SELECT idx FROM readings WHERE unit_id = 'unit1' ORDER BY idx";
  const indexes = ledger.store.all<{ idx: number }>(sql).map(({ idx }) => idx);
  const own = readings.filter(({ unitId }) => unitId === 'unit1');
  return indexes.filter((_idx, at) => chosen.has(own[at]?.from ?? ''));
}

function review(readingIndexes: readonly number[], by: string, decision: 'approve' | 'reject'): void {
  const said = { decision, reason: 'looked at the gauge', by, account: `key:${by}`, role: 'engineer', fourEyes: false };
  ledger.record(
    readingIndexes.map((readingIndex) => ({ kind: 'review', body: { v: 1, readingIndex, unitId: 'unit1', ...said } })),
  );
}

function train(origin: 'plant' | 'demo' = 'plant'): TwinModel {
  const parts = { store: ledger.store, config, settings: DEFAULT_SETTINGS, origin, boundary: undefined };
  return trainFromLedger(parts, { unitId: 'unit1' });
}

test('flagged readings that a person approved widen their relation, and rejected ones are left out and counted', () => {
  const indexes = record('FLAGGED', [FLAG]);
  const plain = train();
  expect(plain).not.toHaveProperty('reviewed');
  review(indexes, 'asha', 'approve');
  const model = train();
  expect(model.reviewed).toMatchObject({ approved: 6, rejected: 0, relations: { powerByGate: { readings: 6 } } });
  expect(model.reviewed?.relations.powerByGate?.factor).toBeGreaterThan(1);
  expect(JSON.stringify(train())).toBe(JSON.stringify(model));
  review(indexes.slice(0, 2), 'asha', 'reject');
  expect(train().reviewed).toMatchObject({ approved: 4, rejected: 2, relations: { powerByGate: { factor: 1 } } });
});

test.each([
  ['a veto of physics', [VETO, FLAG]],
  ['a veto of the register', [LEAP, FLAG]],
])('nothing is learned against %s, whoever approved', (_what, findings) => {
  const indexes = record('REJECTED', findings);
  const plain = JSON.stringify(train());
  for (const by of ['asha', 'bala', 'chitra']) review(indexes, by, 'approve');
  expect(JSON.stringify(train())).toBe(plain);
});

test('a rejected reading counts once two persons approved it, and still moves no line', () => {
  const indexes = record('REJECTED', [TWISTED, FLAG]);
  const plain = train();
  review(indexes, 'asha', 'approve');
  expect(JSON.stringify(train())).toBe(JSON.stringify(plain));
  review(indexes, 'bala', 'approve');
  const model = train();
  expect(model.reviewed).toMatchObject({ approved: 6, rejected: 0 });
  expect(model.readings).toBe(plain.readings);
  expect(model.relations.powerByGate?.y).toEqual(plain.relations.powerByGate?.y);
});

test('entry, list and API say what reviews did, also after a rollback, and nothing where none counted', () => {
  const parts = {
    config,
    store: ledger.store,
    record: (entry: NewEntry, alongside: (write: EvaluationLedger['store']) => void) => {
      ledger.record([entry]);
      ledger.store.write(() => alongside(ledger.store));
      return [];
    },
    learn: () => {},
    log: silentLog,
  };
  const indexes = record('FLAGGED', [FLAG]);
  expect(putInForce(parts, JSON.stringify(train()), 'asha').reviewed).toBeNull();
  review(indexes, 'asha', 'approve');
  const { digest, reviewed } = putInForce(parts, JSON.stringify(train()), 'asha');
  expect(reviewed?.effect).toMatch(
    /^Persons approved 6 doubted readings and rejected 0 others.* Power for the gate: 1\.\d+ times the spread at their loads, by 6 readings of 2 days \(at most 1\.5\)\.$/,
  );
  useModel(parts, String(modelEntries(ledger.store)[0]?.body.digest), 'unit1', 'asha');
  useModel(parts, digest, 'unit1', 'asha');
  expect(listModels(parts).map((model) => model.reviewed)).toEqual([null, reviewed, null, reviewed]);
  expect(modelEntries(ledger.store).map(({ body }) => body.reviewed)).toEqual([
    undefined,
    { approved: 6, rejected: 0 },
    undefined,
    { approved: 6, rejected: 0 },
  ]);
});
