import { beforeAll, describe, expect, test } from 'vitest';
import { present } from '../../core/model/assert.ts';
import {
  type Evaluation,
  evaluate,
  HONEST_LABEL,
  type LabelledScore,
} from '../../core/verification/evaluation/evaluate.ts';
import { LAYERS } from '../../core/verification/judge.ts';
import type { VerificationLayer } from '../../core/verification/layer.ts';
import { Replay } from '../../core/verification/replay/replay.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import type { LayerName, Verdict } from '../../core/verification/verdict.ts';
import { makeEvaluationSet } from './evaluation-plant.ts';
import { EVALUATION_CONFIG, toReplayRow } from './evaluation-plant-rows.ts';
import type { PlantRow } from './row.ts';

const SEED = 7;
const TRAIN_DAYS = 30;
const DAY_MS = 86_400_000;
const OPTIONS = { unfindable: ['fully forged'], slow: ['slow drift'], falseAlarmShare: 0.005 };

interface Judged {
  readonly row: PlantRow;
  readonly verdict: Verdict;
}

const { rows } = makeEvaluationSet(SEED);

/** The rows after the training days with their verdicts. */
function judgeAll(layers?: readonly VerificationLayer[]): Judged[] {
  const options = { config: EVALUATION_CONFIG, settings: DEFAULT_SETTINGS, trainDays: TRAIN_DAYS };
  const replay = new Replay(layers === undefined ? options : { ...options, layers });
  const fromMs = present(rows[0], 'a row').receivedAtMs + TRAIN_DAYS * DAY_MS;
  return rows
    .map((row) => ({ row, verdict: replay.judge(toReplayRow(row)) }))
    .filter(({ row }) => row.receivedAtMs >= fromMs);
}

function figuresOf(judged: readonly Judged[]): Evaluation {
  return evaluate(judged.map(toScore), OPTIONS);
}

function toScore({ row, verdict }: Judged): LabelledScore {
  const claimedKwh = typeof row.generatedKwh === 'number' ? row.generatedKwh : 0;
  const trueKwh = row.label === 'duplicate' ? 0 : row.trueKwh;
  const overclaimedKwh = row.label === HONEST_LABEL ? 0 : Math.max(0, claimedKwh - trueKwh);
  return { label: row.label, trustScore: verdict.trustScore, overclaimedKwh };
}

/** Every requirement that the figures of a set do not meet, in words. */
function shortfalls(figures: Evaluation): string[] {
  const wanted: [string, boolean][] = [
    ['AUC', figures.auc >= 0.993],
    ['mean recall over kinds', figures.recallMeanOverKinds >= 0.96],
    ['recall by rows', figures.recallRows.share >= 0.97],
    ['over-claimed energy that passes', figures.overclaimedPassing <= 0.05],
    ['honest rows rejected', figures.honestRejected.share <= 0.001],
    ['honest rows not approved', figures.honestNotApproved.share <= 0.01],
    ['attack rows approved', figures.attacksApproved.share <= 0.04],
  ];
  return wanted.filter(([, isMet]) => !isMet).map(([name]) => name);
}

describe('the verifier on the evaluation plant', () => {
  let judged: Judged[] = [];

  beforeAll(() => {
    judged = judgeAll();
  });

  test('finds what was done to the plant and leaves honest operation alone', () => {
    const figures = figuresOf(judged);
    process.stdout.write(
      `evaluation: AUC ${figures.auc.toFixed(4)}, mean recall ${figures.recallMeanOverKinds.toFixed(4)}, ` +
        `recall by rows ${figures.recallRows.share.toFixed(4)}, over-claimed energy that passes ` +
        `${(100 * figures.overclaimedPassing).toFixed(2)} %\n`,
    );
    expect(figures.honestRows).toBeGreaterThan(30_000);
    expect(figures.kinds).toHaveLength(25);
    expect(shortfalls(figures)).toEqual([]);
  });

  test('a slow drift is found before it claims 3 % too much', () => {
    const drifting = judged.filter(({ row }) => row.label === 'slow drift');
    const first = drifting.find(({ verdict }) => verdict.findings.some(({ code }) => code === 'VER_DRIFT'));
    expect(first).toBeDefined();
    const { generatedKwh, trueKwh } = present(first, 'a finding of the drift').row;
    expect(Number(generatedKwh) / trueKwh).toBeLessThan(1.03);
  });

  test('score and status never disagree, and the same rows give the same verdicts', () => {
    const again = judgeAll();
    expect(again.map(({ verdict }) => verdict)).toEqual(judged.map(({ verdict }) => verdict));
    for (const { verdict } of judged) {
      const { trustScore } = verdict;
      expect(verdict.status).toBe(trustScore >= 0.9 ? 'APPROVED' : trustScore >= 0.5 ? 'FLAGGED' : 'REJECTED');
    }
  });

  test.each(['physics', 'temporal', 'consistency'] as const)('the figures fall short without the %s layer', (name) => {
    expect(shortfalls(figuresOf(judgeAll(withBroken(name))))).not.toEqual([]);
  });

  test('the statistical layer has findings of its own, and none without it', () => {
    const own = (all: readonly Judged[]): number =>
      all.filter(({ verdict }) =>
        verdict.findings.some(({ layer, severity }) => layer === 'statistical' && severity !== 'note'),
      ).length;
    expect(own(judged)).toBeGreaterThan(10);
    expect(own(judgeAll(withBroken('statistical')))).toBe(0);
  });
});

/** All layers, one of them passing everything. */
function withBroken(name: LayerName): VerificationLayer[] {
  const broken: VerificationLayer = { name, check: () => ({ outcome: 'pass', score: 1, findings: [] }) };
  return LAYERS.map((layer) => (layer.name === name ? broken : layer));
}
