import { resolveBreak } from './counter-break.ts';
import {
  CONFIRMING_READS,
  type CounterLimits,
  type CounterState,
  creditRise,
  mayHaveGoneRound,
  NOTE_SLACK_MS,
  ORDINARY_MS,
  plausibleMicroWh,
  type Suspicion,
} from './counter-state.ts';
import type { CounterEventKind } from './reading.ts';

export interface CounterStep {
  readonly state: CounterState;
  /**
   * `accepted`: the register moved on. `waiting`: the value is set aside until it is confirmed or refuted. `held`: the
   * register is followed, but nobody knows what it counts in.
   */
  readonly kind: 'accepted' | 'waiting' | 'held';
  readonly event?: StepEvent;
  /** The state from which counting has begun with this value: that of the first of those that confirm it. */
  readonly begun?: CounterState;
}

export interface StepEvent {
  readonly kind: CounterEventKind;
  readonly fromMicroWh: bigint;
  readonly toMicroWh: bigint;
}

/** The state of a register that is known to have stood so: nothing is counted before it. */
export function beginCounter(registerMicroWh: bigint, atMs: number): CounterState {
  return { totalMicroWh: 0n, registerMicroWh, atMs, seenAtMs: atMs, changedAtMs: atMs };
}

/** The state after the very first value, which nothing confirms yet: it may be a glitch as well as any other. */
export function awaitCounter(registerMicroWh: bigint, atMs: number): CounterState {
  const suspicion = { baseMicroWh: registerMicroWh, baseAtMs: atMs, latestMicroWh: registerMicroWh, latestAtMs: atMs };
  return { ...beginCounter(registerMicroWh, atMs), isBeginning: true, suspicion: { ...suspicion, reads: 1 } };
}

/**
 * Follows a meter's cumulative register to its next value. Registers wrap, are reset, dip for one read and come back,
 * are rolled back, change their scale, and jump when a meter is exchanged; energy money hangs on telling these apart
 * (domain rule: never the absolute value of a negative difference, never re-base on the first low read).
 *
 * A step up that an ordinary poll explains is believed at once. Everything else, a wrap and the first values after a
 * long silence included, waits until so many reads agree: then `resolveBreak` says what it was. Pure.
 */
export function advanceCounter(
  state: CounterState,
  registerMicroWh: bigint,
  atMs: number,
  limits: CounterLimits,
): CounterStep {
  if (state.isBeginning === true) return confirmBeginning(state, registerMicroWh, atMs, limits);
  const elapsedMs = Math.max(0, atMs - state.seenAtMs);
  const risenMicroWh = registerMicroWh - state.registerMicroWh;
  const ordinaryMs = Math.min(elapsedMs, limits.ordinaryMs ?? ORDINARY_MS);
  const isOrdinary = risenMicroWh >= 0n && risenMicroWh <= plausibleMicroWh(ordinaryMs, limits);
  // A leap that has been doubted goes through its confirmation, or it would become ordinary by waiting.
  const isDoubted =
    state.suspicion !== undefined &&
    state.suspicion.baseMicroWh > state.registerMicroWh &&
    agreesWith(state.suspicion, registerMicroWh, atMs, limits);
  if (isOrdinary && !isDoubted && !mayHaveGoneRound(elapsedMs, limits)) return acceptRise(state, registerMicroWh, atMs);
  const suspicion = nextSuspicion(state.suspicion, registerMicroWh, atMs, limits);
  if (suspicion.reads < CONFIRMING_READS) return { kind: 'waiting', state: { ...state, suspicion } };
  return resolveBreak(state, suspicion, { registerMicroWh, atMs }, limits);
}

/**
 * Counting begins with the first of the values that confirm each other, so that nothing of what the register counted
 * among them is lost. Only what ordinary polls saw of it is counted: across a silence they confirm each other, and
 * counting begins behind it.
 */
function confirmBeginning(
  state: CounterState,
  registerMicroWh: bigint,
  atMs: number,
  limits: CounterLimits,
): CounterStep {
  const { ordinaryMs = ORDINARY_MS, beginningReads = CONFIRMING_READS } = limits;
  const next = nextSuspicion(state.suspicion, registerMicroWh, atMs, limits);
  const isSilent = atMs - state.seenAtMs > ordinaryMs;
  const suspicion = isSilent ? { ...next, baseMicroWh: registerMicroWh, baseAtMs: atMs } : next;
  const { baseMicroWh, baseAtMs } = suspicion;
  const begun = beginCounter(baseMicroWh, baseAtMs);
  if (suspicion.reads < beginningReads) {
    return { kind: 'waiting', state: { ...begun, seenAtMs: atMs, isBeginning: true, suspicion } };
  }
  const risenMicroWh = registerMicroWh - baseMicroWh;
  const changedAtMs = risenMicroWh > 0n ? atMs : baseAtMs;
  const counted = { ...creditRise(begun, risenMicroWh), registerMicroWh, atMs, seenAtMs: atMs, changedAtMs };
  return { kind: 'accepted', state: { ...begun, ...counted }, begun };
}

function acceptRise(state: CounterState, registerMicroWh: bigint, atMs: number): CounterStep {
  const { suspicion, ...settled } = state;
  const risenMicroWh = registerMicroWh - state.registerMicroWh;
  const isHeld = state.isHeld === true;
  const next: CounterState = {
    ...settled,
    ...(isHeld ? {} : creditRise(state, risenMicroWh)),
    registerMicroWh,
    // A register that is not counted gives no energy, and so no end to a span of energy either.
    atMs: isHeld ? state.atMs : atMs,
    seenAtMs: atMs,
    changedAtMs: risenMicroWh > 0n ? atMs : state.changedAtMs,
    ...(risenMicroWh > 0n ? { priorMicroWh: state.registerMicroWh } : {}),
  };
  const kind = isHeld ? 'held' : 'accepted';
  if (suspicion === undefined) return { kind, ...withoutExpired(next) };
  // The register came back to where it belongs: what was seen in between was a glitch, and nothing was lost.
  const event = { kind: 'dip', fromMicroWh: state.registerMicroWh, toMicroWh: suspicion.baseMicroWh } as const;
  return { kind, state: next, event };
}

/** A register that still counts on by the end of a note's slack will not show any more what a person announced. */
function withoutExpired(state: CounterState): Pick<CounterStep, 'state' | 'event'> {
  const { announced, ...rest } = state;
  if (announced === undefined || state.seenAtMs <= announced.atMs + NOTE_SLACK_MS) return { state };
  const { finalMicroWh, initialMicroWh } = announced;
  return { state: rest, event: { kind: 'unshown', fromMicroWh: finalMicroWh, toMicroWh: initialMicroWh } };
}

function nextSuspicion(
  earlier: Suspicion | undefined,
  registerMicroWh: bigint,
  atMs: number,
  limits: CounterLimits,
): Suspicion {
  const latest = { latestMicroWh: registerMicroWh, latestAtMs: atMs };
  const begin = { baseMicroWh: registerMicroWh, baseAtMs: atMs, ...latest, reads: 1 };
  if (earlier === undefined) return begin;
  if (earlier.latestAtMs === atMs && earlier.latestMicroWh === registerMicroWh) return earlier;
  if (!agreesWith(earlier, registerMicroWh, atMs, limits)) return begin;
  // Zero is what a meter or a gateway shows that has no value yet. As a value to count from it is confirmed by zeros.
  if (earlier.baseMicroWh === 0n && registerMicroWh > 2n * limits.resolutionMicroWh) return begin;
  return { ...earlier, ...latest, reads: earlier.reads + 1 };
}

function agreesWith(earlier: Suspicion, registerMicroWh: bigint, atMs: number, limits: CounterLimits): boolean {
  const boundMicroWh = plausibleMicroWh(atMs - earlier.baseAtMs, limits);
  return registerMicroWh >= earlier.latestMicroWh && registerMicroWh - earlier.baseMicroWh <= boundMicroWh;
}
