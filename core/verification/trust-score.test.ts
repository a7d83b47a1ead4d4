import { describe, expect, it } from 'vitest';
import type { LayerResult } from './layer.ts';
import { DEFAULT_SETTINGS, settingsDigest, verificationSettingsSchema } from './settings.ts';
import { conclude, surenessOf, suspect } from './suspicion.ts';
import { combine, roundScore, statusOf } from './trust-score.ts';

const pass: LayerResult = { outcome: 'pass', score: 1, findings: [] };
const abstain: LayerResult = { outcome: 'abstain', reason: 'No sensor.', findings: [] };
const { weights } = DEFAULT_SETTINGS;
const allPass = { physics: pass, temporal: pass, environmental: pass, statistical: pass, consistency: pass };

function suspicion(severity: 'flag' | 'reject', sureness: number): LayerResult {
  const words = { code: 'VER_TEST', message: 'Seen.', action: 'Act.', evidence: {} };
  return conclude([suspect('physics', severity, sureness, words)]);
}

describe('combine', () => {
  it('weighs the layers 0.30, 0.25, 0.20, 0.15 and 0.10', () => {
    expect(combine(allPass, weights).outcomes.map(({ weight }) => weight)).toEqual([0.3, 0.25, 0.2, 0.15, 0.1]);
  });

  it('shares the weight of an abstaining layer out in proportion', () => {
    const low: LayerResult = { outcome: 'pass', score: 0.8, findings: [] };
    const { score, outcomes } = combine({ ...allPass, statistical: abstain, environmental: low }, weights);
    expect(outcomes.map(({ weight }) => weight)).toEqual([0.3 / 0.85, 0.25 / 0.85, 0.2 / 0.85, 0, 0.1 / 0.85]);
    expect(score).toBe(roundScore((0.65 + 0.2 * 0.8) / 0.85));
  });

  it('is exactly 0.5 and flagged when nothing could be judged', () => {
    const none = {
      physics: abstain,
      temporal: abstain,
      environmental: abstain,
      statistical: abstain,
      consistency: abstain,
    };
    const { score, status, nothingJudged } = combine(none, weights);
    expect([score, status, nothingJudged]).toEqual([0.5, 'FLAGGED', true]);
  });

  it.each([0, 0.1, 0.5, 0.9, 1])('caps a flag under 0.90 and a rejection under 0.50 at sureness %f', (sureness) => {
    for (const layer of ['physics', 'consistency'] as const) {
      const flagged = combine({ ...allPass, [layer]: suspicion('flag', sureness) }, weights);
      const rejected = combine({ ...allPass, [layer]: suspicion('reject', sureness) }, weights);
      expect([flagged.status, rejected.status]).toEqual(['FLAGGED', 'REJECTED']);
    }
  });

  it('lets the surer and the second suspicion lower the score', () => {
    const scoreWith = (physics: LayerResult, temporal: LayerResult) =>
      combine({ ...allPass, physics, temporal }, weights).score;
    expect(scoreWith(suspicion('flag', 0.6), pass)).toBeLessThan(scoreWith(suspicion('flag', 0.2), pass));
    expect(scoreWith(suspicion('reject', 0.6), pass)).toBeLessThan(scoreWith(suspicion('reject', 0.2), pass));
    expect(scoreWith(suspicion('reject', 0.2), suspicion('reject', 0.2))).toBeLessThan(
      scoreWith(suspicion('reject', 0.2), pass),
    );
  });

  it('rounds to four decimals, halves up, and reads the status off the rounded score', () => {
    expect([0.89994, 0.89995, 0.49995, -1, 2].map(roundScore)).toEqual([0.8999, 0.9, 0.5, 0, 1]);
    expect([0.9, 0.8999, 0.5, 0.4999].map(statusOf)).toEqual(['APPROVED', 'FLAGGED', 'FLAGGED', 'REJECTED']);
  });

  it('is half sure at twice the limit and never below nothing', () => {
    expect([0.5, 1, 2, 4].map(surenessOf)).toEqual([0, 0, 0.5, 0.75]);
  });
});

describe('verification settings', () => {
  it('refuses weights that do not add up and keys it does not know', () => {
    expect(verificationSettingsSchema.safeParse({ weights: { physics: 0.5 } }).success).toBe(false);
    expect(verificationSettingsSchema.safeParse({ phisics: {} }).success).toBe(false);
    expect(verificationSettingsSchema.safeParse({ physics: { powerBandShare: 0.01 } }).success).toBe(false);
  });

  it('has one digest for equal settings in any order and another for any change', () => {
    const { weights: first, ...rest } = DEFAULT_SETTINGS;
    expect(settingsDigest({ ...rest, weights: { ...first } })).toBe(settingsDigest(DEFAULT_SETTINGS));
    const changed = verificationSettingsSchema.parse({ temporal: { stuckReadings: 7 } });
    expect(settingsDigest(changed)).not.toBe(settingsDigest(DEFAULT_SETTINGS));
  });
});
