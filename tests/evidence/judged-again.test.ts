import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BundleJudge } from '../../appliance/bundle/bundle-judge.ts';
import { withFileSource } from '../../appliance/bundle/file-source.ts';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { checkedWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleReport, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { evaluationYaml } from '../fixtures/evaluation-ledger.ts';
import { bundleOf } from '../fixtures/evidence-plant.ts';
import { JUDGED_SETTINGS, type JudgedPlant, openJudgedPlant } from '../fixtures/judged-plant.ts';

const SEED = announceSeed('verdicts judged again');
const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'forebay-judged-again-'));
let plant: JudgedPlant;

beforeAll(() => {
  const changedYaml = { after: 1400, text: evaluationYaml(9.5) };
  plant = openJudgedPlant(join(folder, 'honest'), SEED, { learnAfter: 1050, changedYaml });
});
afterAll(() => {
  plant.store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function judgeBundle(path: string): Promise<BundleReport> {
  return withFileSource(path, (source) =>
    verifyBundle(source, nodeMachine, { judge: ({ range }) => new BundleJudge(range.from) }),
  );
}

function factsOf(report: BundleReport) {
  if (report.outcome !== 'valid') throw new Error(JSON.stringify(report));
  return report.facts;
}

test('every verdict of a whole ledger comes out the same, across models and another plant.yaml', async () => {
  const { path } = await bundleOf(plant, join(folder, 'whole.zip'), plant.span);
  const facts = factsOf(await judgeBundle(path));
  expect(plant.counts.doubted).toBeGreaterThan(10);
  expect(facts.models).toBe(2);
  expect(facts.judged).toEqual({
    same: plant.counts.readings,
    'same-if-closed-later': 0,
    differs: 0,
    'differs-without-history': 0,
    'other-rules': 0,
    'without-basis': 0,
  });
  expect(checkedWords(facts).join('\n')).toContain(`${plant.counts.readings} verdicts judged again by the layers`);
  expect(uncheckedWords(facts).join('\n')).not.toContain('not judged again');
});

test('a bundle of a part needs the history before it, and takes it along when asked to', async () => {
  const period = { fromMs: plant.span.toMs - 24 * HOUR_MS, toMs: plant.span.toMs };
  const alone = await bundleOf(plant, join(folder, 'alone.zip'), period);
  const bare = factsOf(await judgeBundle(alone.path));
  const withHistory = await bundleOf(plant, join(folder, 'history.zip'), { ...period, history: JUDGED_SETTINGS });
  const facts = factsOf(await judgeBundle(withHistory.path));
  expect(bare.judged?.['differs-without-history']).toBeGreaterThan(0);
  expect(uncheckedWords(bare).join('\n')).toContain('forebay bundle --history takes those along');
  expect(withHistory.manifest.totals).toEqual(alone.manifest.totals);
  expect(withHistory.manifest.range.from).toBeLessThan(alone.manifest.range.from);
  // What is in the range before the period may rest on more; nothing of the period does.
  const inPeriod = alone.manifest.totals.reduce((sum, { readings }) => sum + readings, 0);
  expect(facts.judged?.same).toBeGreaterThanOrEqual(inPeriod);
});

test('a forged verdict whose layers agree with it is found, and where', async () => {
  let forged = 0;
  let approved: Verdict | undefined;
  const forger = openJudgedPlant(join(folder, 'forger'), SEED, {
    forge: (judged, place) => {
      const { verdict } = judged;
      if (verdict.status === 'APPROVED') approved = verdict;
      if (verdict.status === 'APPROVED' || place < 700 || forged > 0 || approved === undefined) return judged;
      forged = place;
      return { ...judged, verdict: approved };
    },
  });
  const { path } = await bundleOf(forger, join(folder, 'forged.zip'), forger.span);
  forger.store.close();
  expect(forged).toBeGreaterThan(0);
  // All that the outcomes of the layers show is in order.
  factsOf(await withFileSource(path, (source) => verifyBundle(source, nodeMachine)));
  const report = await judgeBundle(path);
  expect(report).toMatchObject({
    outcome: 'invalid',
    // Genesis and configuration stand before the first reading, and outside of the range.
    problem: { code: 'LED_BUNDLE_LAYERS', place: `entries.ndjson line ${forged + 1} (entry ${forged + 2})` },
  });
});
