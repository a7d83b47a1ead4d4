import { expect, test } from 'vitest';
import type { ClosedInterval } from '../core/acquisition/collector.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { present } from '../core/model/assert.ts';
import type { JsonObject } from '../core/model/json.ts';
import { silentLog } from '../core/model/log.ts';
import { seededRandom } from '../core/model/random.ts';
import { insertModel } from '../core/store/models.ts';
import { openStore } from '../core/store/open-store.ts';
import { type UnderstoodRow, understandRow } from '../core/verification/replay/replay-row.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import { type TrainingReading, trainTwin, twinDigest } from '../core/verification/twin/twin-model.ts';
import { announceSeed } from '../tests/contract/driver-host.ts';
import { makeEvaluationSet } from '../tests/evaluation/evaluation-plant.ts';
import { EVALUATION_CONFIG, toReplayRow } from '../tests/evaluation/evaluation-plant-rows.ts';
import { testGenesis, testKey, testRecorder } from '../tests/fixtures/ledger.ts';
import { IntervalJudge } from './judge-interval.ts';
import { recordedMemory } from './recorded-memory.ts';
import { unitBasis } from './unit-basis.ts';

const SEED = announceSeed('restarts');
const DAY_MS = 86_400_000;
const SETTINGS = { ...DEFAULT_SETTINGS, historyReadings: 120 };
const CONFIG = { ...EVALUATION_CONFIG, version: 1, devices: [] } as unknown as PlantConfig;

/** Nine days of two units, the last six of them among attacks, each row the reading of one closed interval. */
function closedIntervals(): { interval: ClosedInterval; closedAtMs: number }[] {
  const { rows } = makeEvaluationSet(SEED, 36);
  const fromMs = present(rows[0], 'a row').endMs + 27 * DAY_MS;
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const understood = understandRow(toReplayRow(row), CONFIG.plant.id, CONFIG.intervalMs);
    const key = `${row.unitId} ${understood?.reading.from}`;
    if (understood === undefined || row.endMs < fromMs || seen.has(key) || hasText(understood)) return [];
    seen.add(key);
    const unit = present(
      CONFIG.units.find(({ id }) => id === row.unitId),
      'its unit',
    );
    const { reading, receivedAtMs } = understood;
    const closed = { unit, reading, counters: new Map() };
    const times = { fromMs: Date.parse(reading.from), toMs: Date.parse(reading.to) };
    return [{ interval: { ...times, units: [closed], counters: new Map() }, closedAtMs: receivedAtMs }];
  });
}

/** What the drivers never make a reading of. */
function hasText({ unreadable, reading }: UnderstoodRow): boolean {
  return Object.keys(unreadable).length > 0 || Math.abs(reading.energyWh ?? 0) > 1e12;
}

test(`a plant restarted at random readings judges as one that never stopped (seed ${SEED})`, () => {
  const store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  const fresh = () => new IntervalJudge(CONFIG, SETTINGS, testKey, recordedMemory(CONFIG, SETTINGS, store, silentLog));
  const random = seededRandom(SEED);
  const steady = fresh();
  let restarted = fresh();
  let restarts = 0;
  const training = new Map<string, TrainingReading[]>(CONFIG.units.map(({ id }) => [id, []]));
  const statuses = new Map<string, number>();
  const [byModel, learned] = [new Set<string>(), new Set<string>()];
  const intervals = closedIntervals();
  for (const [place, { interval, closedAtMs }] of intervals.entries()) {
    if (random.next() < 0.004) {
      restarted = fresh();
      restarts += 1;
    }
    const judged = steady.judge(interval, closedAtMs);
    const again = restarted.judge(interval, closedAtMs);
    const [first] = judged;
    const { verdict, reading, siblings, signature } = present(first, 'the judged reading');
    expect(again[0]?.verdict, `${place} ${reading.unitId} ${reading.from} after ${restarts} restarts`).toEqual(verdict);
    if (verdict.engine.model !== undefined) byModel.add(verdict.engine.model);
    statuses.set(verdict.status, (statuses.get(verdict.status) ?? 0) + 1);
    recorder.record([{ kind: 'reading', body: { reading, signature, verdict } as unknown as JsonObject }]);
    steady.remember(judged);
    restarted.remember(again);
    if (verdict.status !== 'REJECTED') training.get(reading.unitId)?.push({ reading, siblings });
    if (place === 2200 || place === 3600) {
      for (const { id } of CONFIG.units) learn(id);
    }
  }
  expect(restarts).toBeGreaterThan(8);
  expect(statuses.get('APPROVED')).toBeGreaterThan(3000);
  expect(statuses.get('REJECTED')).toBeGreaterThan(10);
  expect(learned.size).toBeGreaterThan(1);
  expect(byModel).toEqual(learned);
  store.close();

  function learn(unitId: string): void {
    const unit = present(
      CONFIG.units.find(({ id }) => id === unitId),
      'the unit',
    );
    const model = present(trainTwin(unit, training.get(unitId) ?? [], SETTINGS), 'a model');
    const digest = twinDigest(model);
    learned.add(digest);
    const { trainedFrom, trainedTo, readings } = model;
    const basis = unitBasis(CONFIG, unitId);
    const body = { v: 1, unitId, digest, trainedFrom, trainedTo, readings, basis, reason: 'commissioning', by: 'test' };
    const entry: NewEntry = { kind: 'model', body };
    recorder.record([entry], (write) => insertModel(write, { digest, unitId, text: JSON.stringify(model) }));
    steady.memory.unit(unitId)?.learn(model);
    restarted.memory.unit(unitId)?.learn(model);
  }
});
