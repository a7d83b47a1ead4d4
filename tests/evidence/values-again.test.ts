import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BundleJudge } from '../../appliance/bundle/bundle-judge.ts';
import { withFileSource } from '../../appliance/bundle/file-source.ts';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import type { Reading } from '../../core/acquisition/reading.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { checkedWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleReport, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { bundleOf, signedReading } from '../fixtures/evidence-plant.ts';
import { PlantInTime } from '../simulation/plant-in-time.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const MINUTES = 6;
const folder = mkdtempSync(join(tmpdir(), 'forebay-values-again-'));

const CONFIG = {
  version: 1,
  plant: { id: 'HP-TIME', name: 'Time', timezone: 'UTC', ratedPowerKw: 2000 },
  intervalMs: MINUTE,
  units: [
    {
      ...{ id: 'unit1', name: 'unit1', turbine: 'francis', ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95 },
      signals: { power: 'plc/power', flow: 'plc/flow', head: 'meters/head', energyExport: 'plc/energy' },
    },
  ],
  devices: [
    {
      ...{ id: 'plc', driver: 'scripted', connection: {}, periodMs: 5000 },
      points: [
        point('plc', 'power', 'MW', 'gauge'),
        point('plc', 'flow', 'm3/s', 'gauge'),
        point('plc', 'energy', 'kWh', 'counter'),
      ],
    },
    {
      ...{ id: 'meters', driver: 'scripted', connection: {}, periodMs: 10_000 },
      points: [point('meters', 'head', 'm', 'gauge')],
    },
  ],
} as unknown as PlantConfig;

function point(device: string, id: string, unit: string, kind: string) {
  return { ref: `${device}/${id}`, id, unit, kind, settings: { scale: 0.001 } };
}

let plant: PlantInTime;

beforeAll(async () => {
  let step = 0;
  let flows = 0;
  plant = new PlantInTime({
    beginMs: NOON - 500,
    config: CONFIG,
    script:
      (trueMs) =>
      ({ id }) => {
        step += 1;
        const wobble = 1 + 0.01 * Math.sin(step * 12.9898);
        if (id === 'energy') return 1000 + Math.round((1500 * trueMs()) / 3600) / 1000;
        if (id === 'flow') flows += 1;
        if (id === 'flow' && flows % 5 === 0)
          return { code: 'DRV_SCRIPTED_TIMEOUT', message: 'No answer', policy: 'retry' };
        return Math.round({ power: 1.5, flow: 1.86, head: 95.5 }[id as 'power'] * wobble * 1000) / 1000;
      },
  });
  plant.start();
  await plant.clock.pass((MINUTES + 0.5) * MINUTE);
  await plant.stop();
});
afterAll(() => {
  plant.close();
  rmSync(folder, { recursive: true, force: true });
});

async function judgeBundle(name: string, toMs: number): Promise<BundleReport> {
  const ledger = { ...plant, store: plant.store, key: plant.key } as unknown as Parameters<typeof bundleOf>[0];
  const options = { fromMs: NOON, toMs, withSamples: 'with-samples' } as const;
  const { path } = await bundleOf(ledger, join(folder, name), options);
  return withFileSource(path, (source) =>
    verifyBundle(source, nodeMachine, { judge: ({ range }) => new BundleJudge(range.from, () => CONFIG) }),
  );
}

test('means and extremes come out of the raw samples again, misses and other units of measure included', async () => {
  const report = await judgeBundle('whole.zip', NOON + MINUTES * MINUTE);
  if (report.outcome !== 'valid')
    throw new Error(JSON.stringify(report.outcome === 'invalid' ? report.problem : report));
  const { facts } = report;
  expect(plant.readings()[2]?.powerKw?.mean).toBeCloseTo(1500, -2);
  expect(plant.readings()[2]?.flowM3s?.coverage).toBeLessThan(1);
  expect(facts.judged).toMatchObject({
    same: MINUTES,
    values: { same: MINUTES, 'not-computable': 0, 'without-samples': 0 },
  });
  expect(checkedWords(facts).join('\n')).toContain(
    `The values of ${MINUTES} readings computed again from the raw samples`,
  );
  expect(uncheckedWords(facts).join('\n')).not.toContain('were not computed again');
});

test('a reading whose samples give something else is refused, though the device signed it with them', async () => {
  const { reading, verdict } = present(plant.judged().at(-1), 'a reading') as { reading: Reading; verdict: Verdict };
  const { powerKw } = reading;
  const lie = { ...reading, powerKw: { ...present(powerKw, 'its power'), mean: (powerKw?.mean ?? 0) + 0.001 } };
  const [from, to] = [reading.to, new Date(Date.parse(reading.to) + MINUTE).toISOString()];
  const clock = { wallMs: () => Date.parse(to) };
  const recorder = createRecorder({ storage: ledgerStorage(plant.store), key: plant.key, clock });
  recorder.record([signedReading({ ...lie, from, to }, verdict, plant)]);
  expect(await judgeBundle('lie.zip', Date.parse(to))).toMatchObject({
    outcome: 'invalid',
    problem: { code: 'LED_BUNDLE_VALUES', message: expect.stringContaining('do not give its') },
  });
});
