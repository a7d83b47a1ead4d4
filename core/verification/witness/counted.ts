import type { CountedWitness, CounterEventKind, Reading, RegisterSpan } from '../../acquisition/reading.ts';
import { instantMs } from '../../model/time.ts';
import { energySpanOf } from '../measures.ts';

/** An energy with the time over which its register really counted it. */
export interface Counted {
  readonly kwh: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly resolutionKwh: number;
}

/** After these the register's difference is no measure of what went through the meter. */
const BROKEN: ReadonlySet<CounterEventKind> = new Set([
  'reset',
  'rollback',
  'jump',
  'rounds',
  'scale',
  'exchange',
  'set',
]);

/** What the unit's own meter counted, or why that cannot be compared. */
export function countedOf(reading: Reading, resolutionKwh = 0): Counted | string {
  const { energyWh, energySource, registers } = reading;
  if (energyWh === undefined) return 'no energy was established';
  if (energySource !== 'counter') return 'the energy was not counted by a register';
  const register = registers?.energyExport;
  const broken = brokenBy(register);
  if (broken !== undefined) return broken;
  const step = register === undefined ? resolutionKwh : (energySpanOf(reading)?.resolutionKwh ?? 0);
  return { kwh: energyWh / 1000, ...spanOf(register, reading), resolutionKwh: step };
}

/** What a witness counted, or why that cannot be compared. */
export function countedBy(witness: CountedWitness, reading: Reading): Counted | string {
  const broken = brokenBy(witness.register);
  if (broken !== undefined) return broken;
  if ((witness.uncertain ?? 0) >= DOUBT_SHARE) return 'most of its values are uncertain by the word of its device';
  const { energyWh, register, resolutionKwh } = witness;
  return { kwh: energyWh / 1000, ...spanOf(register, reading), resolutionKwh };
}

/** From this share of uncertain values on a witness says nothing. */
export const DOUBT_SHARE = 0.5;

function brokenBy(register: RegisterSpan | undefined): string | undefined {
  const event = register?.events.find(({ kind }) => BROKEN.has(kind));
  return event === undefined ? undefined : `its register did something else than count (${event.kind}, ${event.at})`;
}

function spanOf(register: RegisterSpan | undefined, { from, to }: Reading): { fromMs: number; toMs: number } {
  return register === undefined
    ? { fromMs: instantMs(from), toMs: instantMs(to) }
    : { fromMs: instantMs(register.startAt), toMs: instantMs(register.endAt) };
}

/** How far two registers may be read apart at either end, share of the time that one of them counted. */
const SHIFT_SHARE_MAX = 0.25;

/**
 * The energy by which two meters may differ because they are not polled in the same moment, kWh; undefined where they
 * did not count over the same interval at all. Both ends shifted alike let in what power changed by, one end alone lets
 * in power itself.
 */
export function shiftKwh(
  a: Counted,
  b: Counted,
  power: { readonly maxKw: number; readonly rampKw: number },
): number | undefined {
  const begin = a.fromMs - b.fromMs;
  const end = a.toMs - b.toMs;
  const longest = Math.max(Math.abs(begin), Math.abs(end));
  if (longest > SHIFT_SHARE_MAX * (a.toMs - a.fromMs)) return undefined;
  const common = begin * end > 0 ? Math.min(Math.abs(begin), Math.abs(end)) : 0;
  const alone = Math.abs(begin) + Math.abs(end) - 2 * common;
  return (power.rampKw * common + power.maxKw * alone) / 3_600_000;
}
