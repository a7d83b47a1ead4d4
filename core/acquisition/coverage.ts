import { toIso } from '../model/time.ts';
import type { CounterState } from './counter-state.ts';
import type { Gap, Reading } from './reading.ts';
import { round6 } from './statistics.ts';

/** What one poll slot gave of the value that a unit's coverage goes by. */
export interface SlotSeen {
  /** Why the slot does not count as covered; absent when it does. */
  readonly reason?: string;
  readonly isUncertain?: boolean;
  /** Where the meter stood, for a covered slot of a unit with a meter. */
  readonly state?: CounterState | undefined;
}

/** A stretch of slots without a usable value, as long as it lies within one interval. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** Milliseconds by reason. */
  readonly reasons: ReadonlyMap<string, number>;
  /** The covered slots at its two ends; absent where it runs on beyond the interval. */
  readonly before?: SlotSeen;
  readonly after?: SlotSeen;
}

export interface CoveredTime {
  readonly fromMs: number;
  readonly toMs: number;
  /** Reason for slots in which no poll took place at all. */
  readonly absence: string;
  /** Such slots before this wall time lie in the time in which Forebay was off, whatever `absence` says. */
  readonly offUntilMs: number;
}

export interface CoverageSummary {
  readonly part: Pick<Reading, 'coverage' | 'uncertain' | 'gaps'>;
  readonly stretches: readonly Stretch[];
  /** The interval's first and last covered slot. */
  readonly first?: SlotSeen;
  readonly last?: SlotSeen;
  readonly periodMs: number;
}

interface OpenStretch {
  fromMs: number;
  toMs: number;
  reasons: Map<string, number>;
  before?: SlotSeen;
  after?: SlotSeen;
}

/** Which slots of an interval were covered, and why the others were not. */
export class Coverage {
  readonly #periodMs: number | undefined;
  #slots = new Map<number, SlotSeen>();
  #edges = new Map<number, SlotSeen>();

  constructor(periodMs: number | undefined) {
    this.#periodMs = periodMs;
  }

  take(slotMs: number, seen: SlotSeen): void {
    this.#slots.set(slotMs, seen);
  }

  /** The slot due exactly at the interval's end: it ends a stretch that reaches up to there. */
  takeEdge(slotMs: number, seen: SlotSeen): void {
    this.#edges.set(slotMs, seen);
  }

  /** Says why slots count as covered or not. Then begins anew. */
  close({ fromMs, toMs, absence, offUntilMs }: CoveredTime): CoverageSummary {
    const periodMs = this.#periodMs ?? toMs - fromMs;
    const missingAt = (slotMs: number): SlotSeen => ({
      reason: slotMs < offUntilMs ? 'ACQ_NOT_RUNNING' : absence,
    });
    const gaps: { fromMs: number; toMs: number; reason: string }[] = [];
    const stretches: OpenStretch[] = [];
    let [covered, uncertain, slots] = [0, 0, 0];
    let first: SlotSeen | undefined;
    let last: SlotSeen | undefined;
    for (let slotMs = fromMs; slotMs < toMs; slotMs += periodMs) {
      const seen = this.#slots.get(slotMs) ?? missingAt(slotMs);
      const endMs = Math.min(slotMs + periodMs, toMs);
      slots += 1;
      if (seen.reason === undefined) {
        covered += 1;
        if (seen.isUncertain === true) uncertain += 1;
        const ended = stretches.at(-1);
        if (ended?.toMs === slotMs) ended.after = seen;
        first ??= seen;
        last = seen;
        continue;
      }
      addGap(gaps, { fromMs: slotMs, toMs: endMs, reason: seen.reason });
      addStretch(stretches, { fromMs: slotMs, toMs: endMs, reason: seen.reason }, last);
    }
    const edge = this.#edges.get(toMs);
    const trailing = stretches.at(-1);
    if (trailing?.toMs === toMs && edge !== undefined && edge.reason === undefined) trailing.after = edge;
    this.#slots = new Map();
    this.#edges = new Map();
    const stated: Gap[] = gaps.map((gap) => ({ from: toIso(gap.fromMs), to: toIso(gap.toMs), reason: gap.reason }));
    return {
      part: {
        coverage: round6(covered / slots),
        ...(uncertain === 0 ? {} : { uncertain: round6(uncertain / covered) }),
        gaps: stated,
      },
      stretches,
      periodMs,
      ...(first === undefined ? {} : { first }),
      ...(last === undefined ? {} : { last }),
    };
  }
}

interface Slot {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

function addGap(gaps: { fromMs: number; toMs: number; reason: string }[], slot: Slot): void {
  const last = gaps.at(-1);
  if (last?.toMs === slot.fromMs && last.reason === slot.reason) last.toMs = slot.toMs;
  else gaps.push({ ...slot });
}

function addStretch(stretches: OpenStretch[], { fromMs, toMs, reason }: Slot, before: SlotSeen | undefined): void {
  let current = stretches.at(-1);
  if (current?.toMs !== fromMs) {
    current = { fromMs, toMs, reasons: new Map(), ...(before === undefined ? {} : { before }) };
    stretches.push(current);
  }
  current.toMs = toMs;
  current.reasons.set(reason, (current.reasons.get(reason) ?? 0) + toMs - fromMs);
}
