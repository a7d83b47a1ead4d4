import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Reading } from '../core/acquisition/reading.ts';
import { configurationBody } from '../core/config/configuration-body.ts';
import { Failure } from '../core/model/failure.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import type { TwinModel } from '../core/verification/twin/twin-model.ts';
import {
  type EvaluationLedger,
  evaluationConfig,
  evaluationReadings,
  evaluationYaml,
  openEvaluationLedger,
  readingEntry,
} from '../tests/fixtures/evaluation-ledger.ts';
import { drivers } from './drivers.ts';
import { type TrainingRequest, trainFromLedger } from './train-model.ts';
import { trainingBoundary } from './training-boundary.ts';
import { trainInWorker } from './training-job.ts';

const config = evaluationConfig();
const readings = evaluationReadings(3, 31).filter(({ to }) => to < '2026-06-04');
const middle = readings.length >>> 1;

let folder: string;
let ledger: EvaluationLedger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-train-'));
  ledger = openEvaluationLedger(folder);
});
afterEach(() => {
  ledger.store.close();
  rmSync(folder, { recursive: true, force: true });
});

function record(some: readonly Reading[], status?: string): void {
  ledger.record(some.map((reading) => readingEntry(reading, ledger.key, status)));
}

function train(request: Partial<TrainingRequest> = {}, onProgress?: (done: number, of: number) => void): TwinModel {
  const wanted = { unitId: 'unit1', ...request };
  const boundary = trainingBoundary(ledger.store, config, wanted.unitId, drivers);
  const parts = {
    store: ledger.store,
    config,
    settings: DEFAULT_SETTINGS,
    origin: 'plant',
    boundary,
    onProgress,
  } as const;
  return trainFromLedger(parts, wanted);
}

function refusal(request?: Partial<TrainingRequest>): Failure {
  try {
    train(request);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('It trained.');
}

test('the same readings give the same model, here and in a thread of its own', async () => {
  record(readings);
  const progress: number[] = [];
  const model = train({}, (done) => progress.push(done));
  expect(model).toMatchObject({ v: 1, unitId: 'unit1' });
  expect(model.readings).toBeGreaterThan(500);
  expect(Object.keys(model.relations)).toContain('headBySibling');
  // Up to the unit's last one.
  expect(progress.at(-1)).toBeGreaterThan(readings.length - 3);
  const job = {
    storePath: ledger.storePath,
    config,
    settings: DEFAULT_SETTINGS,
    origin: 'plant',
    request: { unitId: 'unit1' },
  } as const;
  expect(await trainInWorker(job, () => {})).toBe(JSON.stringify(model));
  await expect(trainInWorker({ ...job, request: { unitId: 'unit7' } }, () => {})).rejects.toMatchObject({
    code: 'VER_TRAIN_NO_UNIT',
  });
});

test('a training in a thread of its own ends when it is stopped, and gives nothing', async () => {
  record(readings);
  const request = { unitId: 'unit1' };
  const job = { storePath: ledger.storePath, config, settings: DEFAULT_SETTINGS, origin: 'plant', request } as const;
  const stop = new AbortController();
  const training = trainInWorker(job, () => stop.abort(), stop.signal);
  await expect(training).rejects.toMatchObject({
    code: 'VER_TRAIN_FAILED',
    message: expect.stringContaining('stopped'),
  });
  const late = trainInWorker(job, () => {}, AbortSignal.abort());
  await expect(late).rejects.toMatchObject({ code: 'VER_TRAIN_FAILED' });
});

test('rejected readings teach nothing', () => {
  record(readings.slice(0, middle));
  const before = train();
  record(readings.slice(middle), 'REJECTED');
  expect(train()).toEqual(before);
});

test('a window takes the readings within it', () => {
  record(readings);
  const model = train({ fromMs: Date.parse('2026-06-01T12:00:00Z'), toMs: Date.parse('2026-06-03T12:00:00Z') });
  expect(model.trainedFrom >= '2026-06-01T12:00:00').toBe(true);
  expect(model.trainedTo <= '2026-06-03T12:00:00.000Z').toBe(true);
});

test('too few readings are refused with their number', () => {
  record(readings.slice(0, 100));
  expect(refusal().code).toBe('VER_TRAIN_TOO_FEW');
  expect(refusal({ toMs: 0 }).message).toContain('unit1 has 0 usable readings');
});

test('demonstration data is never mixed in', () => {
  record(readings.slice(0, middle));
  record([{ ...(readings[middle] as Reading), origin: 'demo' }]);
  record(readings.slice(middle + 1));
  expect(refusal().toLine()).toMatch(
    /^VER_TRAIN_MIXED_ORIGIN: Entry \d+ is of a demo, and the model would be of a plant/,
  );
});

test.each([
  ['a clock step', { kind: 'clock', body: { stepMs: -3_600_000 } } as const, 'the clock was stepped by 3600 s'],
  [
    'another rated flow',
    {
      kind: 'configuration',
      body: configurationBody(evaluationYaml(3.3), evaluationConfig(evaluationYaml(3.3))),
    } as const,
    'the unit was configured otherwise',
  ],
])('readings before and after %s are never learned from together', (_, entry, what) => {
  record(readings.slice(0, middle));
  const alone = train();
  ledger.record([entry]);
  if (entry.kind === 'configuration') {
    ledger.record([{ kind: 'configuration', body: configurationBody(evaluationYaml(), config) }]);
  }
  expect(refusal().message).toContain(`since ${what}`);
  record(readings.slice(middle));
  const model = train();
  expect(model.trainedFrom >= alone.trainedTo).toBe(true);
  expect(refusal({ fromMs: Date.parse(alone.trainedFrom) })).toMatchObject({ code: 'VER_TRAIN_INCOMPARABLE' });
  expect(trainingBoundary(ledger.store, config, 'unit2', drivers) === undefined).toBe(entry.kind === 'configuration');
});

test('a clock set right by less than an interval, and another name of the plant, change nothing', () => {
  record(readings.slice(0, middle));
  ledger.record([{ kind: 'clock', body: { stepMs: 4000 } }]);
  const renamed = evaluationYaml().replace('Evaluation plant', 'Another name');
  ledger.record([{ kind: 'configuration', body: configurationBody(renamed, evaluationConfig(renamed)) }]);
  expect(trainingBoundary(ledger.store, config, 'unit1', drivers)).toBeUndefined();
});
