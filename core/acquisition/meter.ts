import type { PointConfig, UnitConfig } from '../config/plant.ts';
import { assert } from '../model/assert.ts';
import { toIso } from '../model/time.ts';
import { advanceCounter, awaitCounter, beginCounter, type StepEvent } from './counter.ts';
import {
  CONFIRMING_READS,
  type CounterBreak,
  type CounterLimits,
  type CounterState,
  type MeterWord,
  shiftCounterClock,
} from './counter-state.ts';
import { applyChange } from './meter-change.ts';
import type { MeterChangeOutcome } from './meter-change-outcome.ts';
import type { RegisterSpan, UncountedRegister } from './reading.ts';
import { exactBelowMicroWh, meterLimits, toKwhText, toMicroWh } from './register-measure.ts';
import type { Sample } from './sample.ts';

const MICRO_WH_PER_WH = 1_000_000n;
const MICRO_WH_PER_KWH = 1e9;
/** What a register does more often within one interval is counted with its first time. */
const EVENTS_MAX = 20;

/** A sample that so many further polls gave again was heard in a message; the boundary of an interval gives one again. */
const REPEATS_OF_MESSAGE = 2;
/** Messages further apart than this are no steady refreshing of a register. */
const MESSAGE_SPACING_MS_MAX = 1_200_000;

/** Whether a register was taken in, and if not, the code that says why not. */
export type Taken =
  | { readonly accepted: true; readonly isBeginning?: true }
  | { readonly accepted: false; readonly reason: string };

/** Nothing is wrong with such a value, and nothing is counted yet. */
const BEGINS: Taken = { accepted: true, isBeginning: true };

interface RegistersSeen {
  readonly first: { readonly microWh: bigint; readonly atMs: number };
  readonly last: { readonly microWh: bigint; readonly atMs: number };
  /** Why the last value is not counted; undefined when it was accepted. */
  readonly reason: string | undefined;
}

/** One energy register of one unit, followed from interval to interval. */
export class Meter {
  readonly point: string;
  readonly #limits: CounterLimits;
  readonly #exactBelowMicroWh: bigint | undefined;
  #state: CounterState | undefined;
  #begin: CounterState | undefined;
  readonly #periodMs: number;
  #last: { readonly sample: Sample; readonly taken: Taken } | undefined;
  /** How often the last sample came again, and how far apart the last messages came; 0 for a register that is read. */
  #repeats = 0;
  #spacingsMs: readonly [number, number] = [0, 0];
  #seen: RegistersSeen | undefined;
  #events: (StepEvent & { readonly atMs: number; times: number })[] = [];

  /**
   * `saved` is the state at the end of the last recorded interval, or undefined for a meter never seen; `periodMs` how
   * often its register is read; `beginningReads` how many of the first values must agree.
   */
  constructor(
    unit: Pick<UnitConfig, 'ratedPowerKw'>,
    point: PointConfig,
    saved: CounterState | undefined,
    periodMs = 0,
    beginningReads = CONFIRMING_READS,
  ) {
    this.point = point.ref;
    this.#limits = { ...meterLimits(unit, point, periodMs), beginningReads };
    this.#exactBelowMicroWh = exactBelowMicroWh(point);
    this.#periodMs = periodMs;
    this.#state = saved;
    this.#begin = saved;
  }

  /**
   * Takes a good sample in. It is not accepted while a contradicting register waits for confirmation, and while nobody
   * can say what the register counts. The sample of the boundary comes twice, at the end of one interval and at the
   * begin of the next: it confirms nothing by itself.
   */
  take(sample: Sample): Taken {
    const last = this.#last;
    if (last !== undefined && isSameSample(last.sample, sample)) {
      this.#repeats += 1;
      return last.taken;
    }
    const taken = this.#follow(sample);
    this.#see(sample, taken.accepted ? taken.isBeginning && 'ACQ_COUNTER_BEGINS' : taken.reason);
    this.#spacingsMs = [this.#spacingsMs[1], this.#spacingTo(sample)];
    this.#repeats = 0;
    this.#last = { sample, taken };
    return taken;
  }

  /** Only as long as the polls in between were answered: a silence is no spacing. */
  #spacingTo({ readAtMs }: Sample): number {
    if (this.#last === undefined || this.#repeats < REPEATS_OF_MESSAGE) return 0;
    const answeredMs = (this.#repeats + 2) * this.#periodMs;
    return Math.min(readAtMs - this.#last.sample.readAtMs, answeredMs, MESSAGE_SPACING_MS_MAX);
  }

  /**
   * A publisher that keeps its rhythm is believed from one message to the next, as a register is from poll to poll. One
   * long pause, as of a machine at rest whose register is sent when it changes, is no rhythm.
   */
  #limitsNow(): CounterLimits {
    const ordinaryMs = Math.max(this.#limits.ordinaryMs ?? 0, Math.min(...this.#spacingsMs));
    return { ...this.#limits, ordinaryMs };
  }

  /**
   * The wall clock was stepped. Returns what the store is to keep from then on: the state of the last recorded interval
   * in the new time. What was read since carries the old time and is not read once more after a restart.
   */
  shiftClock(stepMs: number): CounterState | undefined {
    const begin = this.#begin;
    const state = this.#state;
    if (begin === undefined || state === undefined) return undefined;
    this.#begin = shiftCounterClock(begin, stepMs);
    this.#state = state === begin ? this.#begin : shiftCounterClock(state, stepMs);
    return this.#begin;
  }

  /** The step in which the register moves, kWh. */
  get resolutionKwh(): number {
    return Number(this.#limits.resolutionMicroWh) / MICRO_WH_PER_KWH;
  }

  /** Where the meter stands; undefined before the first register that is confirmed. */
  get state(): CounterState | undefined {
    return this.#state?.isBeginning === true ? undefined : this.#state;
  }

  /**
   * What a person's word about the meter comes to. Nothing changes before `commit`, which follows once it is recorded.
   * `saved` is what the store keeps from then on in place of the state of the last recorded interval: a restart that
   * reads the samples since then once more comes to the same energy.
   */
  change(change: MeterWord): MeterChangeOutcome {
    const begin = this.#begin;
    const { state } = this;
    if (begin === undefined || state === undefined) return { kind: 'unseen' };
    if (change.kind === 'withdraw') return this.#withdraw(state, begin);
    const live = applyChange(state, change, this.#limits);
    if (live.kind === 'refused') return live;
    const before = { registerMicroWh: state.registerMicroWh, atMs: state.atMs };
    if (live.kind === 'explained' && begin.breaks?.some((one) => isSameBreak(one, live.explained))) {
      const { explained, correctionMicroWh } = live;
      const recorded = applyChange(begin, change, this.#limits);
      assert(recorded.kind === 'explained', 'what explains a break explains it in the recorded state too');
      const saved = recorded.state;
      const correctionWh = floorWh(saved.totalMicroWh) - floorWh(begin.totalMicroWh);
      const commit = (): void => this.#go(live.state, saved);
      return { kind: 'corrected', saved, explained, correctionWh, correctionMicroWh, before, commit };
    }
    const saved = { ...begin, announced: change };
    const commit = (): void => {
      if (live.kind === 'explained') {
        const { kind, finalMicroWh, initialMicroWh, atMs } = change;
        this.#note({ kind, fromMicroWh: finalMicroWh, toMicroWh: initialMicroWh }, atMs);
      }
      this.#go(live.state, saved);
    };
    return { kind: 'next-reading', saved, before, commit };
  }

  #withdraw(state: CounterState, begin: CounterState): MeterChangeOutcome {
    const { announced: withdrawn, ...live } = state;
    const { announced: recorded, ...saved } = begin;
    if (withdrawn === undefined || recorded === undefined) return { kind: 'nothing-waits' };
    const before = { registerMicroWh: state.registerMicroWh, atMs: state.atMs };
    const commit = (): void => this.#go(live, saved);
    return { kind: 'withdrawn', withdrawn, saved, before, commit };
  }

  #go(state: CounterState, begin: CounterState): void {
    this.#state = state;
    this.#begin = begin;
  }

  #follow(sample: Sample): Taken {
    const { register } = sample;
    if (register === undefined) return { accepted: false, reason: 'ACQ_COUNTER_WITHOUT_REGISTER' };
    const registerMicroWh = toMicroWh(register, sample.unit);
    const limit = this.#exactBelowMicroWh;
    if (limit !== undefined && (registerMicroWh >= limit || registerMicroWh <= -limit)) {
      return { accepted: false, reason: 'ACQ_COUNTER_COARSE' };
    }
    if (this.#state === undefined) {
      this.#state = awaitCounter(registerMicroWh, sample.readAtMs);
      if (this.#limits.beginningReads === 1) this.#state = beginCounter(registerMicroWh, sample.readAtMs);
      this.#begin = this.#state;
      return BEGINS;
    }
    const step = advanceCounter(this.#state, registerMicroWh, sample.readAtMs, this.#limitsNow());
    this.#state = step.state;
    if (step.state.isBeginning === true && step.state.suspicion?.reads !== 1) return BEGINS;
    if (step.begun !== undefined) {
      this.#begin = step.begun;
      if (!this.hasMoved) return BEGINS;
    }
    if (step.event !== undefined) this.#note(step.event, sample.readAtMs);
    if (step.kind === 'accepted') return { accepted: true };
    return { accepted: false, reason: step.kind === 'held' ? 'ACQ_COUNTER_SCALE' : 'ACQ_COUNTER_UNCONFIRMED' };
  }

  #see({ register, unit, readAtMs }: Sample, reason: string | undefined): void {
    if (register === undefined) return;
    const value = { microWh: toMicroWh(register, unit), atMs: readAtMs };
    this.#seen = { first: this.#seen?.first ?? value, last: value, reason };
  }

  /** A register that does the same again and again makes one event, so that a reading keeps its size. */
  #note(event: StepEvent, atMs: number): void {
    const same = this.#events.findLast(({ kind }) => kind === event.kind);
    const isRepeated = same !== undefined && (event.kind === 'dip' || this.#events.length >= EVENTS_MAX);
    if (isRepeated) same.times += 1;
    else this.#events.push({ ...event, atMs, times: 1 });
  }

  /** The energy counted since the last close, rounded down, and the registers it came from; then begins anew. */
  close(): { readonly energyWh: number; readonly span: RegisterSpan; readonly state: CounterState } | undefined {
    const begin = this.#begin;
    const state = this.#state;
    if (begin === undefined || state === undefined) return undefined;
    const energyWh = floorWh(state.totalMicroWh) - floorWh(begin.totalMicroWh);
    this.#notePaid(begin, state);
    const span = {
      startKwh: toKwhText(begin.registerMicroWh),
      startAt: toIso(begin.atMs),
      endKwh: toKwhText(state.registerMicroWh),
      endAt: toIso(state.atMs),
      events: this.#events.map(({ kind, atMs, fromMicroWh, toMicroWh: reached, times }) => ({
        kind,
        at: toIso(atMs),
        fromKwh: toKwhText(fromMicroWh),
        toKwh: toKwhText(reached),
        ...(times > 1 ? { times } : {}),
      })),
    };
    this.#events = [];
    this.#seen = undefined;
    this.#begin = state;
    return { energyWh, span, state };
  }

  /** A rise that pays for what was counted too early is not in the energy, so the two ends alone do not give it. */
  #notePaid(begin: CounterState, state: CounterState): void {
    const paidMicroWh = (begin.owedMicroWh ?? 0n) - (state.owedMicroWh ?? 0n);
    if (paidMicroWh <= 0n || this.#events.some(({ kind }) => kind === 'correction' || kind === 'return')) return;
    const [fromMicroWh, toMicroWh] = [begin.registerMicroWh, state.registerMicroWh];
    this.#note({ kind: 'correction', fromMicroWh, toMicroWh }, state.atMs);
  }

  /**
   * What was read since the last close, when nothing of it is counted; then begins anew. Undefined when nothing was. A
   * single value is told from the one before it, or nobody could say what is wrong with it.
   */
  takeUncounted(): UncountedRegister | undefined {
    const seen = this.#seen;
    this.#seen = undefined;
    if (seen?.reason === undefined || this.hasMoved) return undefined;
    const { first, last, reason } = seen;
    const before = this.#begin?.isHeld === true || first !== last ? undefined : this.#begin;
    return {
      startKwh: toKwhText(before?.registerMicroWh ?? first.microWh),
      startAt: toIso(before?.atMs ?? first.atMs),
      endKwh: toKwhText(last.microWh),
      endAt: toIso(last.atMs),
      reason,
    };
  }

  /** Whether the register was read and accepted since the last close. */
  get hasMoved(): boolean {
    return this.state !== undefined && this.state.atMs !== this.#begin?.atMs;
  }
}

/** Also one that a driver still holds after a step of the clock, and has given its time anew. */
function isSameSample(a: Sample, b: Sample): boolean {
  return a === b || (a.raw === b.raw && a.register !== undefined && a.register === b.register);
}

function floorWh(microWh: bigint): number {
  return Number(microWh / MICRO_WH_PER_WH);
}

function isSameBreak(a: CounterBreak, b: CounterBreak): boolean {
  return a.toAtMs === b.toAtMs && a.fromMicroWh === b.fromMicroWh && a.toMicroWh === b.toMicroWh;
}
