import { performance } from 'node:perf_hooks';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import type { Reading } from '../../core/acquisition/reading.ts';
import { present } from '../../core/model/assert.ts';
import { UnitHistory } from '../../core/verification/history.ts';
import { judge } from '../../core/verification/judge.ts';
import { contextFor, steadyHistory, steadyReading, UNIT } from '../../core/verification/readings.testing.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import { trainTwin } from '../../core/verification/twin/twin-model.ts';
import { UnitMemory } from '../../core/verification/unit-memory.ts';

const HISTORY_READINGS = 200;
const READINGS = 2000;

/** Budget: 60,000 verdicts a second on one core with 200 earlier readings. */
export async function run(options: { rounds?: number } = {}): Promise<BenchResult[]> {
  const rounds = options.rounds ?? 20;
  const readings = Array.from({ length: READINGS }, (_none, index) => steadyReading(HISTORY_READINGS + index));
  const history = steadyHistory(HISTORY_READINGS);
  const contexts = readings.map((reading) => contextFor(reading, history));
  const perSecond = rate(rounds, readings, (reading, index) => {
    judge(reading, present(contexts[index], 'the context'), DEFAULT_SETTINGS);
  });
  // What the simplest thing costs that touches every value of the reading once: its JSON text.
  const baseline = rate(rounds, readings, (reading) => {
    JSON.stringify(reading);
  });
  const memory = memoryWithModel(readings);
  const { history: learned, twin } = memory;
  const taught = readings.map((reading) => ({ ...contextFor(reading, learned), twin }));
  const perSecondTaught = rate(rounds, readings, (reading, index) => {
    judge(reading, present(taught[index], 'the context'), DEFAULT_SETTINGS);
  });
  const withMemory = rate(rounds, readings, rememberingJudge());
  const withModel = rate(rounds, readings, (reading) => {
    const { history: before, twin: own } = memory;
    const verdict = judge(reading, { ...contextFor(reading, before), twin: own }, DEFAULT_SETTINGS);
    memory.remember({ reading, siblings: [], verdict });
  });
  return [
    {
      name: 'judge',
      value: Math.round(perSecond),
      unit: 'verdicts/s',
      baseline: Math.round(baseline),
      ratio: perSecond / baseline,
      note: `${HISTORY_READINGS} earlier readings; baseline: JSON text of the same readings`,
    },
    {
      name: 'judge-and-remember',
      value: Math.round(withMemory),
      unit: 'verdicts/s',
      baseline: Math.round(baseline),
      ratio: withMemory / baseline,
      note: 'each verdict is remembered before the next reading',
    },
    {
      name: 'judge-with-model',
      value: Math.round(perSecondTaught),
      unit: 'verdicts/s',
      baseline: Math.round(baseline),
      ratio: perSecondTaught / baseline,
      note: 'a model with a forest in force; budget 60,000/s',
    },
    {
      name: 'judge-and-remember-with-model',
      value: Math.round(withModel),
      unit: 'verdicts/s',
      baseline: Math.round(baseline),
      ratio: withModel / baseline,
      note: 'a model with a forest in force; a reading in service may take 1 ms',
    },
    trainingTime(),
  ];
}

/** A unit that was taught by all readings and has followed some. */
function memoryWithModel(readings: readonly Reading[]): UnitMemory {
  const memory = new UnitMemory(UNIT, DEFAULT_SETTINGS);
  const training = readings.map((reading) => ({ reading, siblings: [] }));
  memory.learn(present(trainTwin(UNIT, training, DEFAULT_SETTINGS), 'a model of steady readings'));
  for (let index = 0; index < HISTORY_READINGS; index += 1) {
    const { registers: _registers, ...reading } = steadyReading(index);
    memory.remember({ reading, siblings: [], verdict: { status: 'APPROVED', findings: [] } });
  }
  return memory;
}

const TRAINING_READINGS = 90 * 288;

function trainingTime(): BenchResult {
  const training = Array.from({ length: TRAINING_READINGS }, (_none, index) => ({
    reading: steadyReading(index),
    siblings: [],
  }));
  const startMs = performance.now();
  present(trainTwin(UNIT, training, DEFAULT_SETTINGS), 'a model of steady readings');
  return {
    name: 'train-90-days',
    value: (performance.now() - startMs) / 1000,
    unit: 's',
    note: `${TRAINING_READINGS} readings of one unit; budget 10 s off the main thread`,
  };
}

function rememberingJudge(): (reading: Reading, index: number) => void {
  let history = new UnitHistory(UNIT);
  return (reading, index) => {
    if (index === 0) history = steadyHistory(HISTORY_READINGS);
    const { status } = judge(reading, contextFor(reading, history), DEFAULT_SETTINGS);
    history.remember({ reading, status });
  };
}

/** Calls per second in the best of `rounds` passes, so that what else the machine does counts least. */
function rate(rounds: number, readings: readonly Reading[], call: (reading: Reading, index: number) => void): number {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    readings.forEach(call);
    bestMs = Math.min(bestMs, performance.now() - startMs);
  }
  return (readings.length / bestMs) * 1000;
}
