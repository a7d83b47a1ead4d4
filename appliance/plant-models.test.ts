import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../core/model/failure.ts';
import type { Log } from '../core/model/log.ts';
import { silentLog } from '../core/model/log.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import { type EvaluationLedger, evaluationConfig, openEvaluationLedger } from '../tests/fixtures/evaluation-ledger.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { PlantModels } from './plant-models.ts';
import { Trainings } from './trainings.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 86_400_000;

let folder: string;
let ledger: EvaluationLedger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-models-'));
  ledger = openEvaluationLedger(folder);
});
afterEach(() => {
  ledger.store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the log says once a day which unit has become another one, until the plant stops', async () => {
  const clock = new ManualClock(START);
  const said: unknown[] = [];
  const log: Log = { ...silentLog, warn: (fields: object, text: string) => void said.push([fields, text]) };
  const models = new PlantModels({
    config: evaluationConfig(),
    store: ledger.store,
    storePath: ledger.storePath,
    settings: DEFAULT_SETTINGS,
    clock,
    log,
    origin: () => 'plant',
    keepsDerived: () => true,
    staleOf: (unitId) => (unitId === 'unit2' ? 'It is another one.' : undefined),
    record: () => {
      throw new Failure('STO_FULL', 'The disk is full.');
    },
    learn: () => {},
  });
  await clock.pass(DAY_MS - 1);
  expect(said).toEqual([]);
  await clock.pass(1 + DAY_MS);
  const once = [{ code: 'VER_MODEL_STALE', unitId: 'unit2' }, 'It is another one.'];
  expect(said).toEqual([once, once]);
  expect(() => models.actions.trainModel({ unitId: 'unit9' }, 'ann')).toThrow(/no unit "unit9"/);
  models.stop();
  await clock.pass(3 * DAY_MS);
  expect(said).toHaveLength(2);
});

test('trainings go one after the other, one of a unit at a time, and say what came of them', async () => {
  const order: string[] = [];
  const gates = new Map<string, (text: string) => void>();
  const trainings = new Trainings({
    clock: { wallMs: () => START },
    train: ({ unitId }, onProgress) => {
      order.push(unitId);
      onProgress(500, 2000);
      return new Promise((resolve, reject) => {
        gates.set(unitId, (text) => {
          if (text === 'bad') reject(new Failure('VER_TRAIN_TOO_FEW', 'Too few.', { hint: 'wait' }));
          else resolve(text);
        });
      });
    },
    finish: (text, by) => `sha256:${text}-${by}`,
  });
  expect(trainings.start({ unitId: 'unit1' }, 'ann')).toMatchObject({ state: 'running', of: null, by: 'ann' });
  trainings.start({ unitId: 'unit2' }, 'bob');
  expect(() => trainings.start({ unitId: 'unit1' }, 'eve')).toThrow(
    expect.objectContaining({ code: 'VER_TRAIN_RUNNING' }),
  );
  await Promise.resolve();
  expect(order).toEqual(['unit1']);
  expect(trainings.list()[0]).toMatchObject({ done: 500, of: 2000 });
  gates.get('unit1')?.('bad');
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(['unit1', 'unit2']);
  gates.get('unit2')?.('m2');
  await trainings.settled();
  expect(trainings.list()).toMatchObject([
    { unitId: 'unit1', state: 'failed', digest: null, problem: { code: 'VER_TRAIN_TOO_FEW', hint: 'wait' } },
    { unitId: 'unit2', state: 'done', digest: 'sha256:m2-bob', problem: null },
  ]);
  expect(trainings.start({ unitId: 'unit1' }, 'ann')).toMatchObject({ state: 'running' });
});
