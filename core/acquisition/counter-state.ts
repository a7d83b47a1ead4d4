import type { CounterEventKind } from './reading.ts';

/**
 * What a meter's register has counted and where it stands, from one value to the next. Whole microwatt-hours, so that a
 * scale of 0.01 kWh or 0.1 Wh is exact. Times are those of the wall clock.
 */
export interface CounterState {
  /**
   * Energy counted since the counter was first seen. It never falls by itself; an interval's energy is the difference
   * of `floor(total / 1 Wh)` at its two ends, so the sum over intervals never exceeds what the register counted.
   */
  readonly totalMicroWh: bigint;
  /** The last register value that was accepted, and when. */
  readonly registerMicroWh: bigint;
  readonly atMs: number;
  /** The same moment on the clock as it is now: moves with a step of the wall clock, so that elapsed time is true. */
  readonly seenAtMs: number;
  /** When the accepted value last changed: the bound on the next step grows from here. */
  readonly changedAtMs: number;
  /** The register before it last rose: where a false step up falls back to. */
  readonly priorMicroWh?: bigint;
  /** Counted already, although the register has not shown it since: the next rises pay for it first. */
  readonly owedMicroWh?: bigint;
  /** The register counts in an unknown measure since a change of scale: it is followed, and nothing is counted. */
  readonly isHeld?: boolean;
  /** The first values ever read: nothing is counted before so many of them agree as confirm a value. */
  readonly isBeginning?: boolean;
  /** A value that contradicts the last one, or is the first of all, and waits for confirmation. */
  readonly suspicion?: Suspicion;
  /** Where the register left its values without a person's word, oldest first, at most `BREAKS_MAX`. */
  readonly breaks?: readonly CounterBreak[];
  /** What a person said of the meter and the register has not shown yet. */
  readonly announced?: MeterChange;
}

export interface Suspicion {
  /** First contradicting value: counting goes on from here if it is confirmed. */
  readonly baseMicroWh: bigint;
  readonly baseAtMs: number;
  readonly latestMicroWh: bigint;
  /** When the latest was read, as the clock said then: a restart reads what was kept once more, and that confirms nothing. */
  readonly latestAtMs?: number;
  readonly reads: number;
}

/** One step of a register that plain counting does not explain, or explains only by a silence: a `leap`. */
export interface CounterBreak {
  readonly kind: CounterEventKind | 'leap';
  /** The last accepted value before, and when it was read; `seenAtMs` as in the state. */
  readonly fromMicroWh: bigint;
  readonly fromAtMs: number;
  readonly seenAtMs: number;
  /** The first value after, and when it was read. */
  readonly toMicroWh: bigint;
  readonly toAtMs: number;
  /** What the state held when the register left. */
  readonly totalMicroWh: bigint;
  readonly owedMicroWh: bigint;
  /** What was counted for the step itself: only a wrap and a leap count. */
  readonly countedMicroWh: bigint;
  /**
   * `return`: the register came back to what it had left before, so it is not taken to come back here, but this may
   * have been the meter's own value and bounds what is due. `word`: a person said what the meter did later on, and this
   * says nothing any more.
   */
  readonly followedBy?: 'return' | 'word';
}

/** A person's word: the old meter (or the register before it was set) ended at `final`, what follows began at `initial`. */
export interface MeterChange {
  readonly kind: 'exchange' | 'set';
  readonly finalMicroWh: bigint;
  readonly initialMicroWh: bigint;
  /** When it was done. Moves with a step of the wall clock. */
  readonly atMs: number;
}

/** A person takes back what they said of the meter, and the register has not shown. */
export interface MeterWithdrawal {
  readonly kind: 'withdraw';
}
export type MeterWord = MeterChange | MeterWithdrawal;

export interface CounterLimits {
  /** Register modulus, or undefined for a register that never wraps. */
  readonly modulusMicroWh?: bigint;
  /** The step in which the register moves: two of them of slack are always plausible. */
  readonly resolutionMicroWh: bigint;
  /** The most the meter can count: rated power with its margin. */
  readonly maxPowerKw: number;
  /** How far apart two reads may lie for the step between them to be believed at once; `ORDINARY_MS` if absent. */
  readonly ordinaryMs?: number;
  /** So many of the first values must agree before counting begins; `CONFIRMING_READS` if absent. */
  readonly beginningReads?: number;
}

/** So many breaks are remembered, and so many leaps. */
export const BREAKS_MAX = 8;
export const LEAPS_MAX = 8;
/** Reads that must agree before a register is believed to have fallen, leapt, or come back from a long silence. */
export const CONFIRMING_READS = 3;
export const ORDINARY_MS = 60_000;
/** A person's note of the time may differ so much from what the register shows. */
export const NOTE_SLACK_MS = 3_600_000;

const MICRO_WH_PER_KW_MS = 1_000_000_000 / 3_600_000;

/** The most a meter can have counted in `elapsedMs`, with two steps of slack. */
export function plausibleMicroWh(elapsedMs: number, { maxPowerKw, resolutionMicroWh }: CounterLimits): bigint {
  const counted = Math.ceil(Math.max(0, elapsedMs) * maxPowerKw * MICRO_WH_PER_KW_MS);
  return BigInt(counted) + 2n * resolutionMicroWh;
}

/** The most that an ordinary step from one read to the next can be. */
export function ordinaryMicroWh(limits: CounterLimits): bigint {
  return plausibleMicroWh(limits.ordinaryMs ?? ORDINARY_MS, limits);
}

/** Whether the register may have gone round more than once in `elapsedMs`: then its value says nothing. */
export function mayHaveGoneRound(elapsedMs: number, limits: CounterLimits): boolean {
  return limits.modulusMicroWh !== undefined && plausibleMicroWh(elapsedMs, limits) >= limits.modulusMicroWh;
}

/** The breaks with one more, and without the oldest ones beyond what is remembered. */
export function rememberBreak(breaks: readonly CounterBreak[], one: CounterBreak): readonly CounterBreak[] {
  const all = [...breaks, one];
  const ofItsKind = all.filter(({ kind }) => (kind === 'leap') === (one.kind === 'leap'));
  if (ofItsKind.length <= (one.kind === 'leap' ? LEAPS_MAX : BREAKS_MAX)) return all;
  return all.filter((other) => other !== ofItsKind[0]);
}

/** What `risenMicroWh` adds to the total after what was counted too early is paid for. */
export function creditRise(
  { totalMicroWh, owedMicroWh = 0n }: { readonly totalMicroWh: bigint; readonly owedMicroWh?: bigint },
  risenMicroWh: bigint,
): { readonly totalMicroWh: bigint; readonly owedMicroWh: bigint } {
  return creditDue(totalMicroWh, totalMicroWh - owedMicroWh + risenMicroWh);
}

/** What is due against what was counted: the total never falls, and what it has too much is owed. */
export function creditDue(
  totalMicroWh: bigint,
  dueMicroWh: bigint,
): { readonly totalMicroWh: bigint; readonly owedMicroWh: bigint } {
  const total = dueMicroWh > totalMicroWh ? dueMicroWh : totalMicroWh;
  return { totalMicroWh: total, owedMicroWh: total - dueMicroWh };
}

/** What is due of what was counted. */
export function dueOf({ totalMicroWh, owedMicroWh = 0n }: Pick<CounterState, 'totalMicroWh' | 'owedMicroWh'>): bigint {
  return totalMicroWh - owedMicroWh;
}

/**
 * The same state after the wall clock was stepped: elapsed time must not grow or shrink by the step, or a glitch would
 * pass for years of generation, and honest counting for a jump. `atMs` stays what the clock said then.
 */
export function shiftCounterClock(state: CounterState, stepMs: number): CounterState {
  const { suspicion, breaks, announced } = state;
  return {
    ...state,
    seenAtMs: state.seenAtMs + stepMs,
    changedAtMs: state.changedAtMs + stepMs,
    ...(suspicion === undefined ? {} : { suspicion: { ...suspicion, baseAtMs: suspicion.baseAtMs + stepMs } }),
    ...(breaks === undefined ? {} : { breaks: breaks.map((one) => ({ ...one, seenAtMs: one.seenAtMs + stepMs })) }),
    ...(announced === undefined ? {} : { announced: { ...announced, atMs: announced.atMs + stepMs } }),
  };
}

/** JSON text of a state, for the store. */
export function writeCounterState(state: CounterState): string {
  return JSON.stringify(state, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** The state that `writeCounterState` wrote. Throws on any other text: the store is damaged then. */
export function readCounterState(text: string): CounterState {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as CounterState;
}
