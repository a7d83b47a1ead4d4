import type { Reading } from '../../acquisition/reading.ts';
import { instantMs, toIso } from '../../model/time.ts';
import type { VerificationContext } from '../layer.ts';
import { isSteady } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, showPercent, surenessOf, suspect } from '../suspicion.ts';
import type { Trace } from '../time-line.ts';
import type { RelationName } from '../twin/observe.ts';
import { twinViewOf } from '../twin/twin-view.ts';

/** Patterns over several readings that no single one shows: replay, straight lines, a slow drift, unrest. */
export function checkPatterns(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): (Suspicion | undefined)[] {
  return [
    checkOriginal(reading, context),
    checkStraightLine(reading, context, settings),
    checkDrift(reading, context, settings),
    checkUnrest(reading, context, settings),
  ];
}

/**
 * The same measured values as in an earlier interval, however old. Extremes and means of many samples never meet by
 * chance; four single values may, once in some ten thousand readings of a unit that stands at full load for weeks: then
 * one alone is doubted, and what goes on as the original did is refused.
 */
function checkOriginal(reading: Reading, { history }: VerificationContext): Suspicion | undefined {
  const originalMs = history.findOriginal(reading);
  if (originalMs === undefined) return undefined;
  const fromMs = instantMs(reading.from);
  const before = history.timeLine.endingAt(fromMs);
  const goesOn = before?.originalMs !== undefined && originalMs - before.originalMs === fromMs - before.fromMs;
  const isSure = goesOn || isManifold(reading);
  return suspect('temporal', isSure ? 'reject' : 'flag', isSure ? 0.95 : 0.5, {
    code: 'VER_REPLAY',
    message:
      `Every measured value equals those of the interval from ${toIso(originalMs)} to the last digit. ` +
      (isSure ? 'Noise never repeats like that.' : 'Chance does that once in thousands of readings.'),
    action: 'Restart the gateway or PLC task that serves these values; if it happens again, someone is replaying data.',
    evidence: { twinFrom: toIso(originalMs) },
  });
}

/** Whether two quantities or more moved within the interval, so that means and extremes had to meet as well. */
function isManifold({ powerKw, flowM3s, headM, gatePercent }: Reading): boolean {
  return (
    [powerKw, flowM3s, headM, gatePercent].filter((each) => each !== undefined && each.min !== each.max).length > 1
  );
}

const LINES = ['powerKw', 'flowM3s', 'headM'] as const;
/** Where no power is measured, the gate takes its place. */
const LINES_WITHOUT_POWER = ['gatePercent', 'flowM3s', 'headM'] as const;
type Line = (typeof LINES | typeof LINES_WITHOUT_POWER)[number];

/**
 * Three values in a row on one straight line, in three quantities at once: real water and real machines never do that,
 * a program that fills a gap always does.
 */
function checkStraightLine(
  reading: Reading,
  { history, unit }: VerificationContext,
  settings: VerificationSettings,
): Suspicion | undefined {
  if (!isSteady(reading, unit, settings)) return undefined;
  const fromMs = instantMs(reading.from);
  const before = history.timeLine.endingAt(fromMs);
  const earlier = before === undefined ? undefined : history.timeLine.endingAt(before.fromMs);
  if (before === undefined || earlier === undefined) return undefined;
  const lines = reading.powerKw === undefined ? LINES_WITHOUT_POWER : LINES;
  const isLine = (bendSteps: number): boolean =>
    lines.every((name) => isOnLine([earlier[name], before[name], reading[name]?.mean], bendSteps));
  if (!isLine(BEND_STEPS_MAX) || isFlat(lines, [earlier, before], reading)) return undefined;
  if (!isLine(BEND_STEPS) && !isOnLineBefore(lines, [earlier, before], history)) return undefined;
  return suspect('temporal', 'flag', 0.5, {
    code: 'VER_INTERPOLATED',
    message: `${reading.powerKw === undefined ? 'Gate' : 'Power'}, flow and head lie on one straight line with the two intervals before, from ${toIso(earlier.fromMs)} on.`,
    action:
      'These values were calculated, not measured: look for a historian or gateway that fills gaps, and switch that off.',
    evidence: { lineFrom: toIso(earlier.fromMs) },
  });
}

/** Whether the two readings before lay on a line with the one before them. */
function isOnLineBefore(
  lines: readonly Line[],
  [earlier, before]: readonly [Trace, Trace],
  history: VerificationContext['history'],
): boolean {
  const first = history.timeLine.endingAt(earlier.fromMs);
  return (
    first !== undefined && lines.every((name) => isOnLine([first[name], earlier[name], before[name]], BEND_STEPS_MAX))
  );
}

function isOnLine([a, b, c]: readonly (number | undefined)[], bendSteps: number): boolean {
  if (a === undefined || b === undefined || c === undefined) return false;
  const bend = Math.abs(a - 2 * b + c);
  // Each has at least the decimals that one of them has, so that the first may tell enough.
  const isWithin = (decimals: number): boolean => bend <= bendSteps * 10 ** -decimals;
  if (bend > COARSEST_BEND || !isWithin(decimalsOf(a))) return false;
  return isWithin(Math.max(decimalsOf(a), decimalsOf(b), decimalsOf(c)));
}

/** Last digits by which three rounded values on one line seem bent: nine times in ten by one at most. */
const BEND_STEPS = 1.001;
/** Each of the three may be rounded by half its last digit, the middle one counts twice: never by more than this. */
const BEND_STEPS_MAX = 2.001;
/** The same for values without decimals. */
const COARSEST_BEND = 2.001;

/** How many decimals the shortest text of the value has. */
function decimalsOf(value: number): number {
  for (let decimals = 0, power = 1; decimals <= 6 && Math.abs(value) < 1e9; decimals += 1, power *= 10) {
    if (Math.round(value * power) / power === value) return decimals;
  }
  const text = String(value);
  const dot = text.indexOf('.');
  return dot < 0 ? 0 : text.length - dot - 1;
}

/** A constant is a straight line too, and is told of as a sensor that stands still. */
function isFlat(lines: readonly Line[], [earlier, before]: readonly [Trace, Trace], reading: Reading): boolean {
  const flat = lines.filter((name) => earlier[name] === before[name] && before[name] === reading[name]?.mean);
  return flat.length > 1;
}

const DRIFTING: readonly RelationName[] = ['powerByGate', 'powerByFlow'];

/** A claim that creeps away from what the water gives: each step too small to see, the mean of half a day is not. */
function checkDrift(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): Suspicion | undefined {
  const { share, relations } = driftOf(reading, context, settings);
  const limit = settings.temporal.driftShare;
  if (share <= limit) return undefined;
  return suspect('temporal', 'flag', surenessOf(share / limit), {
    code: 'VER_DRIFT',
    message:
      `Over the last half day the unit claims ${showPercent(share)} more power than its water gave when the model was ` +
      'learned.',
    action:
      'Compare the main meter with the check meter or a portable one. If the runner was repaired, train the model anew.',
    evidence: { driftShare: share, relations: relations.join(' ') },
  });
}

/** How near a reading comes to being called a drift; the square, for so the odds against chance grow with a mean. */
export function driftStrain(reading: Reading, context: VerificationContext, settings: VerificationSettings): number {
  return (driftOf(reading, context, settings).share / settings.temporal.driftShare) ** 2;
}

/** The least drift that all relations agree on, 0 where there is none or the reading itself is back where it belongs. */
function driftOf(
  reading: Reading,
  context: VerificationContext,
  { temporal }: VerificationSettings,
): { readonly share: number; readonly relations: readonly RelationName[] } {
  const view = twinViewOf(reading, context);
  let share = Number.POSITIVE_INFINITY;
  const relations: RelationName[] = [];
  for (const name of DRIFTING) {
    const drift = view[name] === undefined ? undefined : context.twin?.drift(name);
    if (drift === undefined) continue;
    relations.push(name);
    const isStill = (view[name]?.share ?? 0) > 0.5 * temporal.driftShare;
    share = Math.min(share, isStill ? drift : 0);
  }
  return { share: relations.length === 0 ? 0 : Math.max(0, share), relations };
}

/** Residuals that all grew at once: values of another day, or made up, do not fit each other as measured ones do. */
function checkUnrest(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): Suspicion | undefined {
  const unrest = context.twin?.unrest(twinViewOf(reading, context));
  const limit = settings.temporal.unrestLimit;
  if (unrest === undefined || unrest <= limit) return undefined;
  return suspect('temporal', 'flag', surenessOf(unrest / limit), {
    code: 'VER_UNREST',
    message:
      'The values of the last intervals fit each other so badly that chance alone makes it about ' +
      `${show(Math.exp(unrest), 0)} times less likely than values that were made up or come from another time.`,
    action:
      'Look for values of another time or another unit: a gateway that repeats, a mixed-up point, someone who replays.',
    evidence: { logOdds: unrest },
  });
}
