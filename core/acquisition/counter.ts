import type { CounterEventKind } from './reading.ts';

/**
 * A meter's cumulative register, followed exactly. Registers wrap, are reset, dip for one read and come back, are
 * rolled back, and jump when a meter is exchanged; energy money hangs on telling these apart (domain rule: never the
 * absolute value of a negative difference, never re-base on the first low read).
 *
 * All amounts are whole microwatt-hours (bigint), so that a scale of 0.01 kWh or 0.1 Wh is exact. `totalMicroWh` is
 * the energy counted since the counter was first seen; it never falls. An interval's energy is the difference of
 * `floor(total / 1 Wh)` at its two ends, so the sum over intervals never exceeds what the register counted.
 */
export interface CounterState {
  readonly totalMicroWh: bigint;
  /** The last register value that was accepted, and when. */
  readonly registerMicroWh: bigint;
  readonly atMs: number;
  /** The same moment on the clock as it is now: moves with a step of the wall clock, so that elapsed time is true. */
  readonly seenAtMs: number;
  /** When the accepted value last changed: the bound on the next step grows from here. */
  readonly changedAtMs: number;
  /** A value that contradicts the last one and waits for confirmation. */
  readonly suspicion?: Suspicion;
}

interface Suspicion {
  /** First contradicting value: counting goes on from here if it is confirmed. */
  readonly baseMicroWh: bigint;
  readonly baseAtMs: number;
  readonly latestMicroWh: bigint;
  readonly reads: number;
}

export interface CounterLimits {
  /** Register modulus, or undefined for a register that never wraps. */
  readonly modulusMicroWh?: bigint;
  /** What one count of the register is worth: two counts of slack are always plausible. */
  readonly resolutionMicroWh: bigint;
  /** The most the meter can count: rated power with its margin. */
  readonly maxPowerKw: number;
}

export interface CounterStep {
  readonly state: CounterState;
  /** `accepted`: the register moved on. `waiting`: the value is set aside until it is confirmed or refuted. */
  readonly kind: 'accepted' | 'waiting';
  readonly event?: { readonly kind: CounterEventKind; readonly fromMicroWh: bigint; readonly toMicroWh: bigint };
}

/** Reads that must agree before a register is believed to have fallen or jumped. */
export const CONFIRMING_READS = 3;
/** No meter keeps its register waiting for longer than this. */
const REGISTER_REFRESH_MS_MAX = 3_600_000;
const MICRO_WH_PER_KW_MS = 1_000_000_000 / 3_600_000;

/** The state after the very first value: nothing is counted before it. */
export function beginCounter(registerMicroWh: bigint, atMs: number): CounterState {
  return { totalMicroWh: 0n, registerMicroWh, atMs, seenAtMs: atMs, changedAtMs: atMs };
}

/** Follows the register to its next value. Pure. */
export function advanceCounter(
  state: CounterState,
  registerMicroWh: bigint,
  atMs: number,
  limits: CounterLimits,
): CounterStep {
  const step = registerMicroWh - state.registerMicroWh;
  const boundMicroWh = plausibleMicroWh(countingMs(state, atMs), limits);
  if (step >= 0n && step <= boundMicroWh) return acceptRise(state, registerMicroWh, atMs, step);
  const { modulusMicroWh } = limits;
  // A register that may have gone round more than once since says nothing of how far it came: that is no wrap.
  const isSingleRound = modulusMicroWh !== undefined && boundMicroWh < modulusMicroWh;
  if (step < 0n && isSingleRound && step + modulusMicroWh <= boundMicroWh && registerMicroWh >= 0n) {
    const event = { kind: 'wrap', fromMicroWh: state.registerMicroWh, toMicroWh: registerMicroWh } as const;
    return { ...acceptRise(state, registerMicroWh, atMs, step + modulusMicroWh), event };
  }
  return weighSuspicion(state, registerMicroWh, atMs, limits);
}

/**
 * A person exchanged the meter: the old one's last register closes its count, the new one's first begins. `final` may
 * not be below the last accepted value.
 */
export function exchangeMeter(
  state: CounterState,
  exchange: { finalMicroWh: bigint; initialMicroWh: bigint; atMs: number },
): CounterStep {
  const counted = exchange.finalMicroWh - state.registerMicroWh;
  const totalMicroWh = state.totalMicroWh + (counted > 0n ? counted : 0n);
  return {
    kind: 'accepted',
    state: {
      totalMicroWh,
      registerMicroWh: exchange.initialMicroWh,
      atMs: exchange.atMs,
      seenAtMs: exchange.atMs,
      changedAtMs: exchange.atMs,
    },
    event: { kind: 'exchange', fromMicroWh: exchange.finalMicroWh, toMicroWh: exchange.initialMicroWh },
  };
}

/**
 * The same state after the wall clock was stepped: elapsed time must not grow or shrink by the step, or a glitch would
 * pass for years of generation, and honest counting for a jump. `atMs` stays what the clock said then.
 */
export function shiftCounterClock(state: CounterState, stepMs: number): CounterState {
  const { suspicion } = state;
  return {
    ...state,
    seenAtMs: state.seenAtMs + stepMs,
    changedAtMs: state.changedAtMs + stepMs,
    ...(suspicion === undefined ? {} : { suspicion: { ...suspicion, baseAtMs: suspicion.baseAtMs + stepMs } }),
  };
}

/**
 * For how long the register may have counted what it shows now. Some meters put their register forward only every few
 * minutes, so it is the time since it last changed; but after a long rest under steady reads only the last hour of it,
 * or one bad read would find a whole day's energy plausible.
 */
function countingMs(state: CounterState, atMs: number): number {
  return Math.max(atMs - state.seenAtMs, Math.min(atMs - state.changedAtMs, REGISTER_REFRESH_MS_MAX));
}

function plausibleMicroWh(elapsedMs: number, limits: CounterLimits): bigint {
  const counted = Math.ceil(Math.max(0, elapsedMs) * limits.maxPowerKw * MICRO_WH_PER_KW_MS);
  return BigInt(counted) + 2n * limits.resolutionMicroWh;
}

function acceptRise(state: CounterState, registerMicroWh: bigint, atMs: number, risenMicroWh: bigint): CounterStep {
  const next = {
    totalMicroWh: state.totalMicroWh + risenMicroWh,
    registerMicroWh,
    atMs,
    seenAtMs: atMs,
    changedAtMs: risenMicroWh > 0n ? atMs : state.changedAtMs,
  };
  const { suspicion } = state;
  if (suspicion === undefined) return { kind: 'accepted', state: next };
  // The register came back to where it belongs: what was seen in between was a glitch, and nothing was lost.
  const event = { kind: 'dip', fromMicroWh: state.registerMicroWh, toMicroWh: suspicion.baseMicroWh } as const;
  return { kind: 'accepted', state: next, event };
}

function weighSuspicion(
  state: CounterState,
  registerMicroWh: bigint,
  atMs: number,
  limits: CounterLimits,
): CounterStep {
  const suspicion = nextSuspicion(state.suspicion, registerMicroWh, atMs, limits);
  if (suspicion.reads < CONFIRMING_READS) return { kind: 'waiting', state: { ...state, suspicion } };
  const risenMicroWh = registerMicroWh - suspicion.baseMicroWh;
  const kind = classifyBreak(state, suspicion, limits);
  return {
    kind: 'accepted',
    state: {
      totalMicroWh: state.totalMicroWh + risenMicroWh,
      registerMicroWh,
      atMs,
      seenAtMs: atMs,
      changedAtMs: atMs,
    },
    event: { kind, fromMicroWh: state.registerMicroWh, toMicroWh: suspicion.baseMicroWh },
  };
}

function nextSuspicion(
  earlier: Suspicion | undefined,
  registerMicroWh: bigint,
  atMs: number,
  limits: CounterLimits,
): Suspicion {
  const begin = { baseMicroWh: registerMicroWh, baseAtMs: atMs, latestMicroWh: registerMicroWh, reads: 1 };
  if (earlier === undefined) return begin;
  const risen = registerMicroWh - earlier.latestMicroWh;
  const agrees =
    risen >= 0n && registerMicroWh - earlier.baseMicroWh <= plausibleMicroWh(atMs - earlier.baseAtMs, limits);
  return agrees ? { ...earlier, latestMicroWh: registerMicroWh, reads: earlier.reads + 1 } : begin;
}

/** A register that fell to about zero was reset; to anything else, rolled back; one that leapt up, jumped. */
function classifyBreak(state: CounterState, suspicion: Suspicion, limits: CounterLimits): CounterEventKind {
  if (suspicion.baseMicroWh > state.registerMicroWh) return 'jump';
  const sinceLastGood = plausibleMicroWh(suspicion.baseAtMs - state.seenAtMs, limits);
  return suspicion.baseMicroWh <= sinceLastGood ? 'reset' : 'rollback';
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
