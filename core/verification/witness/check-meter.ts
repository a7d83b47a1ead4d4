import type { Reading } from '../../acquisition/reading.ts';
import { ASSUMED_CLASS } from '../../config/witnesses.ts';
import { meanPowerKwOf } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, showDuration, showPercent, surenessOf, suspect } from '../suspicion.ts';
import { limitOfError, together } from './accuracy.ts';
import { countedBy, countedOf, shiftKwh } from './counted.ts';
import type { Difference, Run } from './difference-book.ts';
import { AGREES, silent, type Testimony, type WitnessView } from './witness.ts';

type View = Pick<WitnessView, 'unit' | 'books' | 'intervalMs'>;

/** A difference of two meters with what they may differ by over this interval alone. */
export interface MeterDifference extends Difference {
  readonly once: number;
}

/** kWh against kWh over the same interval: what both meters of the unit counted, or why they cannot be compared. */
export function checkDifference(
  reading: Reading,
  { unit }: Pick<WitnessView, 'unit'>,
  { consistency: limits }: VerificationSettings,
  resolutionKwh?: number,
): MeterDifference | string {
  const witness = reading.witness?.energyExportCheck;
  if (witness === undefined) return absence(reading, 'energyExportCheck');
  const main = countedOf(reading, resolutionKwh);
  if (typeof main === 'string') return `of the unit ${main}`;
  const check = countedBy(witness, reading);
  if (typeof check === 'string') return check;
  const shift = shiftKwh(main, check, powerOf(reading, unit.ratedPowerKw));
  if (shift === undefined) return 'both registers were not read over the same interval';
  const load = (meanPowerKwOf(reading) ?? 0) / unit.ratedPowerKw;
  const classes = classesOf(unit);
  const [a, b] = [limitOfError(classes.main, load), limitOfError(classes.check, load)];
  const base = Math.max(Math.abs(main.kwh), Math.abs(check.kwh));
  const slack = main.resolutionKwh + check.resolutionKwh + shift;
  const floor = limits.witnessFloorShare * ratedKwh(unit.ratedPowerKw, main);
  return {
    fromMs: main.fromMs,
    toMs: main.toMs,
    claimed: main.kwh,
    most: check.kwh,
    least: check.kwh,
    allowed: together(a, b) * base,
    slack,
    once: limits.witnessOnceTimes * (a + b) * base + slack + floor,
  };
}

export function classesOf({ accuracy }: WitnessView['unit']) {
  return { main: accuracy?.energyExport ?? ASSUMED_CLASS, check: accuracy?.energyExportCheck ?? ASSUMED_CLASS };
}

/** Why a witness gave nothing, for the end of a sentence. */
export function absence({ witness, push }: Reading, signal: string): string {
  if (push !== undefined) return 'the reading was pushed, and witnesses are followed only where Forebay polls';
  return `it gave no value (${witness?.silent?.[signal] ?? 'not read'})`;
}

/** The unit's meter against its check meter. */
export function hearCheckMeter(
  reading: Reading,
  view: View,
  settings: VerificationSettings,
  resolutionKwh?: number,
): Testimony {
  const difference = checkDifference(reading, view, settings, resolutionKwh);
  if (typeof difference === 'string') return silent(difference);
  const classes = classesOf(view.unit);
  const words = `meters of class ${classes.main} and ${classes.check}`;
  const off = Math.abs(difference.claimed - difference.most);
  if (off > difference.once) {
    return { outcome: 'disagrees', suspicions: [mismatch(difference, off / difference.once, words, settings)] };
  }
  const decision = settings.consistency.witnessDecisionShare * ratedKwh(view.unit.ratedPowerKw, difference);
  const run = view.books.check.worstRun(difference, decision);
  return run === undefined ? AGREES : { outcome: 'disagrees', suspicions: [drift(run, words)] };
}

function mismatch(
  { claimed, most, fromMs, toMs, once }: MeterDifference,
  times: number,
  words: string,
  { consistency: limits }: VerificationSettings,
): Suspicion {
  const isOver = claimed > most;
  const severity = isOver && times > limits.witnessRejectTimes ? 'reject' : 'flag';
  return suspect(
    'consistency',
    severity,
    surenessOf(severity === 'reject' ? times / limits.witnessRejectTimes : times),
    {
      code: 'VER_CHECK_METER_MISMATCH',
      message:
        `The meter counted ${show(claimed, 2)} kWh in ${showDuration(toMs - fromMs)}, but the check meter ` +
        `${show(most, 2)} kWh, ${partOf(claimed, most)}; ${words} may differ by ${show(once, 2)} kWh here.`,
      action: COMPARE[isOver ? 'over' : 'under'],
      evidence: { energyKwh: claimed, checkKwh: most, allowedKwh: once },
    },
  );
}

function drift({ side, fromMs, toMs, claimed, witnessed, allowed, times, intervals }: Run, words: string): Suspicion {
  return suspect('consistency', 'flag', surenessOf(times), {
    code: 'VER_CHECK_METER_DRIFT',
    message:
      `Over the last ${showDuration(toMs - fromMs)} the meter counted ${show(claimed)} kWh and the check meter ` +
      `${show(witnessed)} kWh, ${partOf(claimed, witnessed)}; ${words} may differ by ${show(allowed)} kWh.`,
    action: COMPARE[side],
    evidence: { energyKwh: claimed, checkKwh: witnessed, allowedKwh: allowed, intervals },
  });
}

const COMPARE = {
  over:
    'Read both displays. If they agree with each other, the point of one is scaled wrongly or its values were altered on ' +
    'the way; if not, have both meters and their transformers tested. Until then the lower figure is the safe one.',
  under:
    'Read both displays. If they agree with each other, the point of one is scaled wrongly; if not, look for a fallen ' +
    'fuse of a voltage transformer at the meter that shows less, and have both tested.',
} as const;

/** `5.0 % more`, as a share of what the witness shows. */
export function partOf(claimed: number, witnessed: number): string {
  const word = claimed > witnessed ? 'more' : 'less';
  return witnessed > 0 ? `${showPercent(Math.abs(claimed / witnessed - 1))} ${word}` : word;
}

export function powerOf({ powerKw }: Reading, ratedPowerKw: number): { maxKw: number; rampKw: number } {
  if (powerKw === undefined) return { maxKw: ratedPowerKw, rampKw: ratedPowerKw };
  return { maxKw: Math.max(0, powerKw.max), rampKw: powerKw.max - powerKw.min };
}

export function ratedKwh(
  ratedPowerKw: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): number {
  return (ratedPowerKw * (toMs - fromMs)) / 3_600_000;
}
