import type { CounterState } from './counter-state.ts';
import type { CoverageSummary, SlotSeen, Stretch } from './coverage.ts';

/** A stretch that has not ended yet, as recorded readings leave it. */
export interface OpenGap {
  readonly fromMs: number;
  readonly toMs: number;
  /** Milliseconds by reason. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** A stretch without a usable value that has ended, with where the meter stood at both ends. */
export interface EndedGap extends OpenGap {
  readonly unitId: string;
  readonly isMetered: boolean;
  readonly before: CounterState | undefined;
  readonly after: CounterState | undefined;
  /** The energy at its end is in the reading with which it is stated. */
  readonly isCarried: boolean;
  /** Many short stretches in one: so many slots missing, covered, missing and so on from `fromMs`. */
  readonly flapping?: { readonly periodMs: number; readonly runs: readonly number[]; readonly missingMs: number };
}

/** An interval with more stretches of its own than this states them as one entry, so that flapping floods nothing. */
export const STRETCHES_MAX = 8;

export interface GapTrackerParts {
  readonly unitId: string;
  /** Whether the unit's coverage goes by a meter's register. */
  readonly isMetered: boolean;
  /** Where that meter stood when it was last recorded. */
  readonly saved: CounterState | undefined;
  readonly open: OpenGap | undefined;
}

/**
 * Makes of each stretch without a usable value one statement, however many intervals it runs through: handed out with
 * the reading in which it ends. It is a function of what is recorded, so that a restart rebuilds it from there.
 */
export class GapTracker {
  readonly #parts: GapTrackerParts;
  #open: (OpenGap & { readonly before: CounterState | undefined }) | undefined;
  #lastCovered: CounterState | undefined;

  constructor(parts: GapTrackerParts) {
    this.#parts = parts;
    this.#lastCovered = parts.saved;
    this.#open = parts.open === undefined ? undefined : { ...parts.open, before: parts.saved };
  }

  get open(): OpenGap | undefined {
    return this.#open;
  }

  /** A whole stretch of time that gives no reading at all. */
  skip(fromMs: number, toMs: number, reason: string): readonly EndedGap[] {
    const piece = { fromMs, toMs, reasons: new Map([[reason, toMs - fromMs]]) };
    const ended = this.#open !== undefined && this.#open.toMs !== fromMs ? [this.#end(undefined)] : [];
    this.#open = this.#open === undefined ? { ...piece, before: this.#lastCovered } : join(this.#open, piece);
    return ended;
  }

  /** A correction of the meter's total that no stretch is to count: a person's word about an earlier time. */
  correct(correctionMicroWh: bigint): void {
    const moved = (state: CounterState | undefined): CounterState | undefined =>
      state === undefined ? undefined : { ...state, totalMicroWh: state.totalMicroWh + correctionMicroWh };
    this.#lastCovered = moved(this.#lastCovered);
    if (this.#open !== undefined) this.#open = { ...this.#open, before: moved(this.#open.before) };
  }

  /** An interval that gives no reading: its time is spoken for already, and its energy runs on. */
  passOver(last: SlotSeen | undefined): void {
    this.#lastCovered = last?.state ?? this.#lastCovered;
  }

  /** What ends with the reading of `[fromMs, toMs)`. */
  close(fromMs: number, { stretches, first, last, periodMs }: CoverageSummary): readonly EndedGap[] {
    const ended: EndedGap[] = [];
    const own: Stretch[] = [...stretches];
    if (this.#open !== undefined) {
      const [leading] = own;
      const goesOn = this.#open.toMs === fromMs && leading?.fromMs === fromMs;
      if (goesOn) {
        own.shift();
        this.#open = join(this.#open, leading);
        if (leading.after !== undefined) ended.push(this.#end(leading.after));
      } else {
        ended.push(this.#end(first));
      }
    }
    const inner = own.filter((stretch) => stretch.after !== undefined);
    const trailing = own.find((stretch) => stretch.after === undefined);
    if (inner.length > STRETCHES_MAX) ended.push(this.#flapping(inner, periodMs));
    else ended.push(...inner.map((stretch) => this.#ended(stretch, this.#stateOf(stretch.before), stretch.after)));
    if (last !== undefined) this.#lastCovered = last.state ?? this.#lastCovered;
    if (trailing !== undefined) this.#open = { ...trailing, before: this.#stateOf(trailing.before) };
    return ended;
  }

  #stateOf(seen: SlotSeen | undefined): CounterState | undefined {
    return seen?.state ?? this.#lastCovered;
  }

  #end(after: SlotSeen | undefined): EndedGap {
    const open = this.#open as OpenGap & { readonly before: CounterState | undefined };
    this.#open = undefined;
    return this.#ended(open, open.before, after);
  }

  #ended({ fromMs, toMs, reasons }: OpenGap, before: CounterState | undefined, after: SlotSeen | undefined): EndedGap {
    const { unitId, isMetered } = this.#parts;
    return { unitId, isMetered, fromMs, toMs, reasons, before, after: after?.state, isCarried: after !== undefined };
  }

  #flapping(inner: readonly Stretch[], periodMs: number): EndedGap {
    const [first] = inner as [Stretch];
    const last = inner.at(-1) as Stretch;
    const reasons = new Map<string, number>();
    const runs: number[] = [];
    let missingMs = 0;
    let endMs = first.fromMs;
    for (const stretch of inner) {
      for (const [reason, ms] of stretch.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + ms);
      if (stretch.fromMs > endMs) runs.push((stretch.fromMs - endMs) / periodMs);
      runs.push((stretch.toMs - stretch.fromMs) / periodMs);
      missingMs += stretch.toMs - stretch.fromMs;
      endMs = stretch.toMs;
    }
    const whole = { fromMs: first.fromMs, toMs: last.toMs, reasons };
    return { ...this.#ended(whole, this.#stateOf(first.before), last.after), flapping: { periodMs, runs, missingMs } };
  }
}

function join<Joined extends OpenGap>(open: Joined, { toMs, reasons }: OpenGap): Joined {
  const sum = new Map(open.reasons);
  for (const [reason, ms] of reasons) sum.set(reason, (sum.get(reason) ?? 0) + ms);
  return { ...open, toMs, reasons: sum };
}
