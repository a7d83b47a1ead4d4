import type { Reading } from '../../acquisition/reading.ts';
import { instantMs, toIso } from '../../model/time.ts';
import type { VerificationContext } from '../layer.ts';
import { type Suspicion, show, showDuration, suspect } from '../suspicion.ts';

/** An outage that lasts longer is seldom, and the register tells what was generated in it. */
const LEAP_MS = 86_400_000;
/** A unit that stood still nearly all of that time is as seldom. */
const RISEN_SHARE_MIN = 0.02;

/**
 * A reading that nobody but itself dates, far ahead of what is known of the unit, whose register has hardly moved since:
 * as likely as an outage of a unit at rest is a wrong date, and what comes after it is not to be held against that. The
 * memory keeps such a reading aside until others go on from it.
 */
export function checkLeap(reading: Reading, { history, unit, ...context }: VerificationContext): Suspicion | undefined {
  const mark = context.register;
  const last = history.last?.reading;
  if (context.isDatedByItself !== true || mark === undefined || last === undefined) return undefined;
  const fromMs = instantMs(reading.from);
  const { before } = history.timeLine.registersAround(mark.atMs);
  const isNew = fromMs - instantMs(last.to) > LEAP_MS && history.timeLine.endingAt(fromMs) === undefined;
  if (before === undefined || !isNew || fromMs - before.atMs <= LEAP_MS) return undefined;
  const gapMs = mark.atMs - before.atMs;
  const risenKwh = mark.kwh - before.kwh;
  const leastKwh = (RISEN_SHARE_MIN * unit.ratedPowerKw * gapMs) / 3_600_000;
  if (risenKwh < 0 || risenKwh >= leastKwh) return undefined;
  return suspect('temporal', 'flag', 0.3, {
    code: 'VER_TIME_LEAP',
    message:
      `The interval lies ${showDuration(fromMs - before.atMs)} after what was known of the unit, and its register rose by only ` +
      `${show(risenKwh, 1)} kWh in that time.`,
    action:
      'Either nothing was logged while the unit stood still, or the date is wrong: compare the log book. A column receivedAt ' +
      'would tell. Intervals that follow are not held against this one until four have gone on from it.',
    evidence: { from: reading.from, knownUntil: toIso(before.atMs), risenKwh, leastKwh },
  });
}
