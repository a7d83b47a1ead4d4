import { classifyStep } from './classify-step.ts';
import type { CounterStep, StepEvent } from './counter.ts';
import { mostDueMicroWh, risenSince, takenBack } from './counter-return.ts';
import {
  type CounterBreak,
  type CounterLimits,
  type CounterState,
  creditDue,
  creditRise,
  dueOf,
  type MeterChange,
  mayHaveGoneRound,
  NOTE_SLACK_MS,
  ordinaryMicroWh,
  plausibleMicroWh,
  rememberBreak,
  type Suspicion,
} from './counter-state.ts';
import type { CounterEventKind } from './reading.ts';

/** No meter keeps its register waiting for longer than this. */
const REGISTER_REFRESH_MS_MAX = 3_600_000;

interface Confirmed {
  readonly registerMicroWh: bigint;
  readonly atMs: number;
}

/**
 * Says what a register did that left its ordinary course for as many reads as confirm it, and goes on from there. In
 * the order of what is known best: a person's word, a return to earlier values, plain counting during a silence, a
 * wrap, and only then the steps for which nothing can be counted.
 */
export function resolveBreak(
  state: CounterState,
  suspicion: Suspicion,
  now: Confirmed,
  limits: CounterLimits,
): CounterStep {
  const announced = followAnnounced(state, suspicion, now, limits);
  if (announced !== undefined) return announced;
  const followed =
    followReturn(state, suspicion, now, limits) ??
    (state.isHeld === true ? followHeld(state, suspicion, now) : undefined) ??
    followSilence(state, suspicion, now, limits) ??
    followWrap(state, suspicion, now, limits) ??
    followCorrection(state, suspicion, now, limits) ??
    breakOff(state, suspicion, now, { kind: classifyStep(state, suspicion, limits), countedMicroWh: 0n });
  return takeBackExcess(state, suspicion, followed, limits);
}

/** Steps that count what they are taken for. */
const COUNTED: ReadonlySet<CounterEventKind | undefined> = new Set(['wrap', 'silence', undefined]);

/** Nothing is due that no value which the register left allows it to have counted, whatever the step was taken for. */
function takeBackExcess(
  state: CounterState,
  suspicion: Suspicion,
  { kind, state: next, event }: CounterStep,
  limits: CounterLimits,
): CounterStep {
  const most = mostDueMicroWh(state.breaks ?? [], next.registerMicroWh, next.seenAtMs, limits);
  const isWithin = most === undefined || dueOf(next) <= most;
  if (isWithin || kind !== 'accepted') return { kind, state: next, ...(event === undefined ? {} : { event }) };
  const told = event !== undefined && !COUNTED.has(event.kind) ? event : eventOf('return', state, suspicion);
  return { kind, state: { ...next, ...creditDue(state.totalMicroWh, most) }, event: told };
}

/**
 * Where the register stands after `now`, with nothing pending. What was counted is for the caller to add. A register
 * that moves every few minutes changed with the first of the confirming values.
 */
function settle(state: CounterState, { baseAtMs }: Suspicion, { registerMicroWh, atMs }: Confirmed): CounterState {
  const { suspicion: _resolved, priorMicroWh: _past, ...rest } = state;
  return { ...rest, registerMicroWh, atMs, seenAtMs: atMs, changedAtMs: baseAtMs };
}

/**
 * What a person announced has come: both meters' energy is counted, as far as the time since allows it. Where plain
 * counting through a silence explains the step with no more energy, nothing says that the announced came at all.
 */
function followAnnounced(
  state: CounterState,
  suspicion: Suspicion,
  now: Confirmed,
  limits: CounterLimits,
): CounterStep | undefined {
  const { announced } = state;
  if (announced === undefined || !isNear(announced, state, suspicion)) return undefined;
  const since = suspicion.baseMicroWh - announced.initialMicroWh;
  const before = announced.finalMicroWh - state.registerMicroWh;
  const countedBefore = before > 0n && state.isHeld !== true ? before : 0n;
  const boundMicroWh = plausibleMicroWh(suspicion.baseAtMs - state.seenAtMs, limits);
  if (since < 0n || countedBefore + since > boundMicroWh) return undefined;
  const countedMicroWh = countedBefore + now.registerMicroWh - announced.initialMicroWh;
  const risenMicroWh = now.registerMicroWh - state.registerMicroWh;
  const isCountedOn = state.isHeld !== true && followSilence(state, suspicion, now, limits) !== undefined;
  if (isCountedOn && risenMicroWh <= countedMicroWh) return undefined;
  const { announced: _seen, isHeld: _known, ...rest } = settle(state, suspicion, now);
  return {
    kind: 'accepted',
    state: {
      ...rest,
      ...creditRise(state, countedMicroWh),
      priorMicroWh: announced.initialMicroWh,
      ...(state.breaks === undefined
        ? {}
        : { breaks: state.breaks.map((one): CounterBreak => ({ ...one, followedBy: 'word' })) }),
    },
    event: { kind: announced.kind, fromMicroWh: announced.finalMicroWh, toMicroWh: announced.initialMicroWh },
  };
}

/** Whether the register left its values about when it was announced, as near as a person's note is. */
function isNear(announced: MeterChange, { seenAtMs }: CounterState, { baseAtMs }: Suspicion): boolean {
  return announced.atMs >= seenAtMs - NOTE_SLACK_MS && announced.atMs <= baseAtMs + NOTE_SLACK_MS;
}

/**
 * The register is back where it was before it broke off: the break was the glitch. What it counted meanwhile and should
 * not have is owed.
 */
function followReturn(
  state: CounterState,
  suspicion: Suspicion,
  now: Confirmed,
  limits: CounterLimits,
): CounterStep | undefined {
  const breaks = state.breaks ?? [];
  const left = takenBack(breaks, state.registerMicroWh, suspicion, limits);
  if (left === undefined) return undefined;
  const at = breaks.indexOf(left);
  const passed = [...breaks.slice(at + 1), leapFrom(leavingFrom(state), suspicion)];
  const bounds = passed.map((one): CounterBreak => ({ ...one, followedBy: one.followedBy ?? 'return' }));
  const { isHeld: _known, ...rest } = settle(state, suspicion, now);
  return {
    kind: 'accepted',
    state: {
      ...rest,
      ...creditDue(state.totalMicroWh, dueOf(left) + risenSince(left, now.registerMicroWh, limits)),
      breaks: [...breaks.slice(0, at), ...bounds, leapFrom(left, suspicion)].reduce(rememberBreak, []),
    },
    event: eventOf('return', state, suspicion),
  };
}

/** Nobody knows what the register counts in, so what it does says nothing. */
function followHeld(state: CounterState, suspicion: Suspicion, now: Confirmed): CounterStep {
  return { kind: 'held', state: { ...settle(state, suspicion, now), atMs: state.atMs } };
}

/** The meter counted while it was not read, or put its register forward after a while, as some do. */
function followSilence(
  state: CounterState,
  suspicion: Suspicion,
  now: Confirmed,
  limits: CounterLimits,
): CounterStep | undefined {
  const sinceSeenMs = suspicion.baseAtMs - state.seenAtMs;
  const risenMicroWh = suspicion.baseMicroWh - state.registerMicroWh;
  const isTooMuch = risenMicroWh > boundMicroWh(state, suspicion, limits);
  if (risenMicroWh < 0n || isTooMuch || mayHaveGoneRound(sinceSeenMs, limits)) return undefined;
  const counted = creditRise(state, now.registerMicroWh - state.registerMicroWh);
  return {
    kind: 'accepted',
    state: {
      ...settle(state, suspicion, now),
      ...counted,
      breaks: rememberBreak(state.breaks ?? [], leapFrom(leavingFrom(state), suspicion)),
    },
    // Within the bound it may still be another register: whoever judges the energy shall see what it rests on.
    ...(sinceSeenMs > REGISTER_REFRESH_MS_MAX && risenMicroWh > 0n
      ? { event: eventOf('silence', state, suspicion) }
      : {}),
  };
}

/**
 * The most that a register can have counted that shows another value now: since it was last read, or since it last
 * moved. After a long rest under steady reads only the last hour counts, or a whole day's energy would be plausible.
 */
function boundMicroWh(state: CounterState, { baseAtMs }: Suspicion, limits: CounterLimits): bigint {
  const restedMs = Math.min(baseAtMs - state.changedAtMs, REGISTER_REFRESH_MS_MAX);
  const sinceThen = plausibleMicroWh(Math.max(baseAtMs - state.seenAtMs, restedMs), limits);
  const leap = state.breaks?.findLast(({ kind }) => kind === 'leap');
  if (leap?.toMicroWh !== state.registerMicroWh) return sinceThen;
  // It stands where it was found after a silence, and may have stood there before: what it had counted until then and
  // not shown comes with its next step.
  const unshown = plausibleMicroWh(baseAtMs - leap.seenAtMs, limits) - leap.countedMicroWh;
  const most = plausibleMicroWh(REGISTER_REFRESH_MS_MAX, limits);
  const bound = unshown < most ? unshown : most;
  return bound > sinceThen ? bound : sinceThen;
}

function followWrap(
  state: CounterState,
  suspicion: Suspicion,
  now: Confirmed,
  limits: CounterLimits,
): CounterStep | undefined {
  const { modulusMicroWh } = limits;
  const sinceSeenMs = suspicion.baseAtMs - state.seenAtMs;
  if (modulusMicroWh === undefined) return undefined;
  if (mayHaveGoneRound(sinceSeenMs, limits)) {
    return breakOff(state, suspicion, now, { kind: 'rounds', countedMicroWh: 0n });
  }
  const stepMicroWh = suspicion.baseMicroWh - state.registerMicroWh;
  const overMicroWh = stepMicroWh + modulusMicroWh;
  const isWrap = stepMicroWh < 0n && overMicroWh >= 0n && overMicroWh <= boundMicroWh(state, suspicion, limits);
  return isWrap ? breakOff(state, suspicion, now, { kind: 'wrap', countedMicroWh: overMicroWh }) : undefined;
}

/**
 * The last step up was false, or the fall is so small that an ordinary step may take it back: what was counted once is
 * not counted a second time.
 */
function followCorrection(
  state: CounterState,
  suspicion: Suspicion,
  now: Confirmed,
  limits: CounterLimits,
): CounterStep | undefined {
  const fallenMicroWh = state.registerMicroWh - suspicion.baseMicroWh;
  const isBackBefore = state.priorMicroWh !== undefined && suspicion.baseMicroWh >= state.priorMicroWh;
  if (fallenMicroWh <= 0n || (fallenMicroWh > ordinaryMicroWh(limits) && !isBackBefore)) return undefined;
  const owed = { totalMicroWh: state.totalMicroWh, owedMicroWh: (state.owedMicroWh ?? 0n) + fallenMicroWh };
  return {
    kind: 'accepted',
    state: { ...settle(state, suspicion, now), ...creditRise(owed, now.registerMicroWh - suspicion.baseMicroWh) },
    event: eventOf('correction', state, suspicion),
  };
}

/** A step for which nothing but the modulus of a wrap is counted; counting begins anew behind it. */
function breakOff(
  state: CounterState,
  suspicion: Suspicion,
  now: Confirmed,
  { kind, countedMicroWh }: { readonly kind: CounterEventKind; readonly countedMicroWh: bigint },
): CounterStep {
  const left = { ...leavingFrom(state), ...arrivingAt(suspicion), kind, countedMicroWh };
  const isScale = kind === 'scale';
  const since = isScale ? 0n : now.registerMicroWh - suspicion.baseMicroWh;
  return {
    kind: 'accepted',
    state: {
      ...settle(state, suspicion, now),
      ...creditRise(state, countedMicroWh + since),
      breaks: rememberBreak(state.breaks ?? [], left),
      ...(isScale ? { isHeld: true } : {}),
    },
    event: eventOf(kind, state, suspicion),
  };
}

type Leaving = Omit<CounterBreak, 'kind' | 'toMicroWh' | 'toAtMs' | 'countedMicroWh'>;

function leavingFrom(state: CounterState): Leaving {
  return {
    fromMicroWh: state.registerMicroWh,
    fromAtMs: state.atMs,
    seenAtMs: state.seenAtMs,
    totalMicroWh: state.totalMicroWh,
    owedMicroWh: state.owedMicroWh ?? 0n,
  };
}

function arrivingAt({ baseMicroWh, baseAtMs }: Suspicion): Pick<CounterBreak, 'toMicroWh' | 'toAtMs'> {
  return { toMicroWh: baseMicroWh, toAtMs: baseAtMs };
}

/** Counted as a silence explains it, and remembered in case the register takes it back. */
function leapFrom(
  { fromMicroWh, fromAtMs, seenAtMs, totalMicroWh, owedMicroWh }: Leaving,
  suspicion: Suspicion,
): CounterBreak {
  const countedMicroWh = suspicion.baseMicroWh - fromMicroWh;
  const leaving = { fromMicroWh, fromAtMs, seenAtMs, totalMicroWh, owedMicroWh };
  return { ...leaving, ...arrivingAt(suspicion), kind: 'leap', countedMicroWh };
}

function eventOf(kind: CounterEventKind, state: CounterState, { baseMicroWh }: Suspicion): StepEvent {
  return { kind, fromMicroWh: state.registerMicroWh, toMicroWh: baseMicroWh };
}
