import type { CounterEventKind, RegisterSpan } from '../../../core/acquisition/reading.ts';
import type { RecordedUnit } from './recorded-unit.ts';
import { MODULUS, type TrueUnit } from './true-unit.ts';

/** Steps of a register for which nothing is counted. */
const UNCOUNTED: ReadonlySet<CounterEventKind> = new Set(['reset', 'rollback', 'jump', 'rounds', 'scale']);
/** A register that wraps in the last moment waits for the values that confirm it. */
const PENDING_MS = 30_000;
/** Steps that change nothing of what the two ends of a span say. */
const PLAIN: ReadonlySet<CounterEventKind> = new Set(['dip', 'silence']);

/**
 * The energy of a unit against its true register, to the watt-hour: each span counts what lies between two values that
 * the meter showed, begins where the one before ended, and leaves out only steps that are named, stand for another meter
 * or another setting of it, and have a gap that says so.
 */
export function checkEnergy({ unitId, readings, gaps }: RecordedUnit, unit: TrueUnit, isClockTrue: boolean): string[] {
  const findings: string[] = [];
  const find = (what: string): void => {
    findings.push(`${unitId}: ${what}`);
  };
  let reachedWh: number | undefined;
  let uncounted = 0;
  for (const { from, energyWh, registers } of readings) {
    const span = registers?.energyExport;
    if (span === undefined) {
      if (energyWh !== undefined) find(`${from} has ${energyWh} Wh without a register`);
      continue;
    }
    const { startWh, endWh, countedWh, steps, others } = spanOf(span);
    if (reachedWh !== undefined && reachedWh !== startWh) {
      find(`${from} begins at ${startWh}, and the one before ended at ${reachedWh}`);
    }
    reachedWh = endWh;
    // Over a time that nobody knew a step may have been left out that a later value explains: it is counted then.
    if (others.length > 0 && !isClockTrue) continue;
    // There a step may also look as if the register now counted in another unit, from which on nothing is counted.
    if (!isClockTrue && steps.some(({ kind }) => kind === 'scale')) continue;
    for (const other of others) find(`${from} has a ${other}, which no meter of this world does`);
    if (energyWh !== countedWh) find(`${from} has ${energyWh} Wh, and its register counted ${countedWh}`);
    for (const step of steps) {
      if (!isClockTrue) continue;
      const [fromEra, toEra] = [unit.shown.get(step.fromWh), unit.shown.get(step.toWh)];
      // A leap that comes when nobody knows for how long the register stood may only be named.
      if (step.kind === 'jump' && fromEra === toEra && unit.stood.has(step.fromWh)) continue;
      if (fromEra === undefined || toEra === undefined || toEra <= fromEra) {
        find(`${from} leaves out a ${step.kind} from ${step.fromWh} to ${step.toWh} that never was`);
      }
    }
    uncounted += steps.length;
    if (steps.length > 0) continue;
    const eras = [unit.shown.get(startWh), unit.shown.get(endWh)];
    if (eras[0] === undefined || eras[1] === undefined)
      find(`${from} rests on values that the meter never showed: ${startWh} to ${endWh} Wh`);
    else if (eras[0] !== eras[1]) find(`${from} counts from one meter to another as if it were one`);
  }
  const explained = gaps.filter(({ event }) => event !== undefined && UNCOUNTED.has(event as CounterEventKind)).length;
  // Over a time that nobody knows, what the meter counted may only be named.
  if (isClockTrue && explained < uncounted) find(`${uncounted} steps are left out, and ${explained} gaps say why`);
  const last = readings.at(-1);
  const endAt = last?.registers?.energyExport?.endAt;
  const isCalm = last !== undefined && endAt !== undefined && Date.parse(endAt) >= Date.parse(last.to) - PENDING_MS;
  // Where a clock was put back, the time at the end may have had its readings before.
  if (isClockTrue && !isCalm) find('the calm at the end is not recorded');
  return findings;
}

interface Step {
  readonly kind: CounterEventKind;
  readonly fromWh: number;
  readonly toWh: number;
}

function spanOf({ startKwh, endKwh, events }: RegisterSpan) {
  const [startWh, endWh] = [toWh(startKwh), toWh(endKwh)];
  let countedWh = endWh - startWh;
  const steps: Step[] = [];
  const others: CounterEventKind[] = [];
  for (const { kind, fromKwh, toKwh } of events) {
    if (PLAIN.has(kind)) continue;
    if (kind === 'wrap') countedWh += MODULUS;
    else if (UNCOUNTED.has(kind)) {
      const step = { kind, fromWh: toWh(fromKwh), toWh: toWh(toKwh) };
      countedWh -= step.toWh - step.fromWh;
      steps.push(step);
    } else others.push(kind);
  }
  return { startWh, endWh, countedWh, steps, others };
}

function toWh(kwh: string): number {
  return Math.round(Number(kwh) * 1000);
}
