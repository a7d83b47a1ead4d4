import type { Reading } from '../../acquisition/reading.ts';
import { instantMs, toIso } from '../../model/time.ts';
import type { VerificationContext } from '../layer.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, suspect } from '../suspicion.ts';
import type { RegisterMark } from '../time-line.ts';

/**
 * The register against its neighbours in time, whatever order they arrived in: it never falls, never rises by more
 * than the unit can generate, and between two neighbouring intervals by what the reading claims.
 */
export function checkRegister(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): (Suspicion | undefined)[] {
  const span = reading.registers?.energyExport;
  // What a break of the register means has been told by its events.
  if (span !== undefined && span.events.length > 0) return [];
  const mark =
    context.register ?? (span === undefined ? undefined : { atMs: instantMs(span.endAt), kwh: Number(span.endKwh) });
  if (mark === undefined) return [];
  const { before, after } = context.history.timeLine.registersAround(mark.atMs);
  return [
    isNextStep(reading, mark, before, context) ? undefined : checkOrder(mark, before, after, context),
    context.register === undefined
      ? undefined
      : (checkOwnStep(reading, mark, context) ?? { found: checkRise(reading, mark, before, context, settings) }).found,
  ];
}

/** The register moved on from the interval before by just what is claimed: nothing later can speak against that. */
function isNextStep(
  reading: Reading,
  mark: RegisterMark,
  before: RegisterMark | undefined,
  context: VerificationContext,
): boolean {
  return before?.atMs === instantMs(reading.from) && isStepOf(reading, mark.kwh - before.kwh, context);
}

function isStepOf(
  reading: Reading,
  risenKwh: number,
  { resolutionKwh = 0 }: Pick<VerificationContext, 'resolutionKwh'>,
): boolean {
  if (reading.energyWh === undefined) return false;
  const slackKwh = 2 * resolutionKwh + CLAIM_SHARE * Math.abs(risenKwh);
  return risenKwh >= 0 && Math.abs(risenKwh - reading.energyWh / 1000) <= slackKwh;
}

function checkOrder(
  mark: RegisterMark,
  before: RegisterMark | undefined,
  after: RegisterMark | undefined,
  { resolutionKwh = 0 }: VerificationContext,
): Suspicion | undefined {
  const slack = 2 * resolutionKwh + 1e-6;
  const isBelow = before !== undefined && mark.kwh < before.kwh - slack;
  const isAbove = after !== undefined && mark.kwh > after.kwh + slack;
  const other = isBelow ? before : after;
  if ((!isBelow && !isAbove) || other === undefined) return undefined;
  // Below what was believed before is a fall; above what came later may be that later one's fault.
  return suspect('consistency', isBelow ? 'reject' : 'flag', 0.6, {
    code: 'VER_REGISTER_ORDER',
    message:
      `The register shows ${show(mark.kwh, 3)} kWh at ${toIso(mark.atMs)}, but ${show(other.kwh, 3)} kWh at ` +
      `${toIso(other.atMs)}: a register of a sealed meter never falls.`,
    action: 'Compare the meter display. If the meter was exchanged or reset, record that; otherwise check its seal.',
    evidence: { kwh: mark.kwh, otherKwh: other.kwh, otherAt: toIso(other.atMs) },
  });
}

/**
 * The claim against the register's step from where the interval before left it: what that one claimed is its own affair.
 * Undefined where that register is not known or was doubted itself.
 */
function checkOwnStep(
  reading: Reading,
  mark: RegisterMark,
  context: VerificationContext,
): { readonly found: Suspicion | undefined } | undefined {
  const shownKwh = context.history.timeLine.endingAt(instantMs(reading.from))?.registerKwh;
  if (shownKwh === undefined || reading.energyWh === undefined) return undefined;
  const risenKwh = mark.kwh - shownKwh;
  if (isStepOf(reading, risenKwh, context)) return { found: undefined };
  const claimedKwh = reading.energyWh / 1000;
  return claimedKwh > risenKwh ? { found: claimed(reading, claimedKwh, risenKwh, 'reject') } : undefined;
}

/**
 * The register's rise since it was last believed against what was claimed in that time: by this reading, and by those
 * in between that were refused for their register alone. A rise that the refused claims explain is theirs to answer.
 */
function checkRise(
  reading: Reading,
  mark: RegisterMark,
  before: RegisterMark | undefined,
  { unit, history, resolutionKwh = 0 }: VerificationContext,
  { physics: limits }: VerificationSettings,
): Suspicion | undefined {
  const hours = before === undefined ? 0 : (mark.atMs - before.atMs) / 3_600_000;
  if (before === undefined || hours <= 0) return undefined;
  const risenKwh = mark.kwh - before.kwh;
  const earlier = history.timeLine.claimsBetween(before.atMs, instantMs(reading.from));
  const ownKwh = reading.energyWh === undefined ? undefined : Math.max(0, reading.energyWh / 1000);
  const slackKwh = 2 * resolutionKwh + CLAIM_SHARE * Math.abs(risenKwh);
  if (earlier !== undefined && ownKwh !== undefined) {
    const claimedKwh = earlier.holding + ownKwh;
    if (claimedKwh > risenKwh + slackKwh) return claimed(reading, claimedKwh, risenKwh, 'reject');
    if (risenKwh <= earlier.all + ownKwh + slackKwh) return undefined;
  }
  const mostKwh = limits.overloadRejectShare * unit.ratedPowerKw * hours + 2 * resolutionKwh;
  if (risenKwh > mostKwh) return rose(risenKwh, hours, mostKwh);
  return earlier === undefined || ownKwh === undefined
    ? undefined
    : claimed(reading, earlier.holding + ownKwh, risenKwh, 'flag');
}

function rose(risenKwh: number, hours: number, mostKwh: number): Suspicion {
  return suspect('consistency', 'reject', 0.6, {
    code: 'VER_REGISTER_RISE',
    message:
      `The register rose by ${show(risenKwh, 3)} kWh in ${show(hours, 2)} h; the unit can generate at most ` +
      `${show(mostKwh, 1)} kWh in that time.`,
    action:
      'Compare the meter display. If the meter was exchanged, record that; otherwise the register was read wrongly or altered.',
    evidence: { risenKwh, hours, mostKwh },
  });
}

function claimed(reading: Reading, claimedKwh: number, risenKwh: number, severity: 'flag' | 'reject'): Suspicion {
  return suspect('consistency', severity, 0.6, {
    code: 'VER_CLAIM_UNLIKE_REGISTER',
    message: `${show(claimedKwh, 3)} kWh are claimed since the register was last believed, but it rose by ${show(risenKwh, 3)} kWh.`,
    action:
      'The energy of an interval is the difference of the register and nothing else: find out who changes it on the way.',
    evidence: { claimedKwh, risenKwh, to: reading.to },
  });
}

/** Rounding of both figures on their way through a logger. */
const CLAIM_SHARE = 0.005;
