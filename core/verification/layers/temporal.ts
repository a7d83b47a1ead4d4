import type { Reading } from '../../acquisition/reading.ts';
import { instantMs } from '../../model/time.ts';
import type { LayerResult, VerificationContext, VerificationLayer } from '../layer.ts';
import { isEmpty, isSteady } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import {
  conclude,
  PASS_RANGE,
  type Suspicion,
  show,
  showDuration,
  showPercent,
  surenessOf,
  suspect,
} from '../suspicion.ts';
import { loadStepOf } from '../twin/load-step.ts';
import { twinViewOf } from '../twin/twin-view.ts';
import { checkFrozen, frozenStrain } from './frozen-value.ts';
import { checkLeap } from './temporal-leap.ts';
import { checkPatterns, driftStrain } from './temporal-pattern.ts';

/** Order, alignment and date of the interval, and whether values move as measured values do. */
export const temporal: VerificationLayer = { name: 'temporal', check };

function check(reading: Reading, context: VerificationContext, settings: VerificationSettings): LayerResult {
  const fromMs = instantMs(reading.from);
  const toMs = instantMs(reading.to);
  const found = [
    ...checkInterval(reading, { fromMs, toMs }, context, settings),
    checkRepetition(reading, fromMs, context),
    checkLeap(reading, context),
    ...checkPatterns(reading, context, settings),
    checkStep(reading, fromMs, context, settings),
    ...checkFrozen(reading, context, settings),
  ].filter((suspicion) => suspicion !== undefined);
  const result = conclude(found, 1 - PASS_RANGE * strainOf(reading, context, settings));
  if (result.outcome !== 'pass' || !isEmpty(reading)) return result;
  return { outcome: 'abstain', reason: 'Nothing was measured that could move in time.', findings: result.findings };
}

/** Two computers' clocks without a common source differ by seconds; what is further ahead is never taken as a push. */
const PUSH_AHEAD_MS = 60_000;

function checkInterval(
  reading: Reading,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  context: VerificationContext,
  settings: VerificationSettings,
): (Suspicion | undefined)[] {
  const { intervalMs, closedAtMs } = context;
  if (!(toMs > fromMs)) {
    return [
      suspect('temporal', 'reject', 1, {
        code: 'VER_INTERVAL_INVALID',
        message: `The interval from ${reading.from} to ${reading.to} has no length.`,
        action: 'Check the clock of the device or system that sent this reading.',
        evidence: { from: reading.from, to: reading.to },
      }),
    ];
  }
  // What is pushed ends when its sender says and begins where the reading before it ended: it is aligned to nothing.
  const isAligned =
    reading.push === undefined
      ? fromMs % intervalMs === 0 && toMs - fromMs === intervalMs
      : toMs - fromMs <= intervalMs;
  const toleranceMs = settings.temporal.futureToleranceMs + (reading.push === undefined ? 0 : PUSH_AHEAD_MS);
  const aheadMs = toMs - closedAtMs - toleranceMs;
  return [
    isAligned
      ? undefined
      : suspect('temporal', 'flag', 0.3, {
          code: 'VER_INTERVAL_MISALIGNED',
          message:
            `The interval begins ${reading.from} and lasts ${showDuration(toMs - fromMs)}; the plant's last ` +
            `${showDuration(intervalMs)}, aligned to UTC.`,
          action:
            'Check the interval setting of the sending system. Energy near the edges may be counted in two intervals.',
          evidence: { from: reading.from, to: reading.to, intervalMs },
        }),
    aheadMs <= 0
      ? undefined
      : suspect('temporal', 'reject', surenessOf(1 + aheadMs / intervalMs), {
          code: 'VER_FUTURE',
          message: `The interval ends ${showDuration(toMs - closedAtMs)} after it was closed by this computer's clock.`,
          action: 'Compare the clocks of this computer, the PLC and a watch. Set them, then look at the clock page.',
          evidence: { to: reading.to, closedAtMs, aheadMs: toMs - closedAtMs },
        }),
  ];
}

function checkRepetition(reading: Reading, fromMs: number, { history }: VerificationContext): Suspicion | undefined {
  if (history.holdsInterval(reading.from)) {
    return suspect('temporal', 'reject', 1, {
      code: 'VER_DUPLICATE_INTERVAL',
      message: `A reading for the interval from ${reading.from} has been recorded already.`,
      action: 'The first one counts. Find out which system sends twice.',
      evidence: { from: reading.from },
    });
  }
  const last = history.last?.reading;
  if (last === undefined || fromMs >= instantMs(last.to)) return undefined;
  const overlaps = instantMs(reading.to) > instantMs(last.from);
  return suspect('temporal', overlaps ? 'reject' : 'note', overlaps ? 0.8 : 0, {
    code: overlaps ? 'VER_OVERLAP' : 'VER_LATE',
    message: overlaps
      ? `The interval ${reading.from} to ${reading.to} overlaps the one recorded before, which ends ${last.to}.`
      : `The reading for ${reading.from} arrived after the one for ${last.from}. After an outage that is normal.`,
    action: overlaps ? 'Check the interval and clock of the sending system.' : 'Nothing to do if there was an outage.',
    evidence: { from: reading.from, lastFrom: last.from, lastTo: last.to },
  });
}

/**
 * A jump between two intervals in which the unit says it ran through, larger than a governor moves in a sample. Between
 * two pushes lies a whole interval, in which a governor moves as far as it likes.
 */
function checkStep(
  reading: Reading,
  fromMs: number,
  { history, unit }: VerificationContext,
  settings: VerificationSettings,
): Suspicion | undefined {
  // What was refused is no place from which power could have stepped.
  const last = history.last?.status === 'REJECTED' ? undefined : history.last?.reading;
  if (reading.push !== undefined || last?.powerKw === undefined || reading.powerKw === undefined) return undefined;
  if (instantMs(last.to) !== fromMs) return undefined;
  if (!ranThrough(last) || !ranThrough(reading)) return undefined;
  const stepKw = Math.max(reading.powerKw.min - last.powerKw.max, last.powerKw.min - reading.powerKw.max);
  const share = stepKw / unit.ratedPowerKw;
  if (share <= settings.temporal.rampStepShare) return undefined;
  return suspect('temporal', 'flag', surenessOf(share / settings.temporal.rampStepShare), {
    code: 'VER_STEP_UNEXPLAINED',
    message:
      `Power stepped by ${show(stepKw)} kW (${showPercent(share)} of rated) between two samples while the unit ` +
      'reported generating throughout.',
    action: 'See whether the unit tripped or was reloaded; then check that the status point follows the unit.',
    evidence: { stepKw, previousMaxKw: last.powerKw.max, minKw: reading.powerKw.min },
  });
}

function ranThrough({ stateSeconds }: Reading): boolean {
  if (stateSeconds === undefined) return false;
  return Object.entries(stateSeconds).every(([state, seconds]) => state === 'generating' || seconds === 0);
}

/** How near a reading that passes comes to being called stuck, restless or drifting: 0 not at all, 1 at the limit. */
function strainOf(reading: Reading, context: VerificationContext, settings: VerificationSettings): number {
  if (!isSteady(reading, context.unit, settings)) return 0;
  const unrest = context.twin?.unrest(twinViewOf(reading, context)) ?? 0;
  return Math.min(
    1,
    Math.max(
      unrest / settings.temporal.unrestLimit,
      frozenStrain(reading, context, settings),
      driftStrain(reading, context, settings),
      loadStrain(reading, context),
    ),
  );
}

/** While the load changes all bands are wide: little was checked, and the trust is less by that. */
function loadStrain(reading: Reading, { unit, history }: VerificationContext): number {
  const step = loadStepOf(reading, unit, history.timeLine.endingAt(instantMs(reading.from)));
  return Math.max(0, Math.min(LOAD_STRAIN_MAX, step - LOAD_STEP_FREE));
}

const LOAD_STRAIN_MAX = 0.5;
/** A governor at work. */
const LOAD_STEP_FREE = 0.03;
