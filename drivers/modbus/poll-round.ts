import type { Outcome } from '../../core/acquisition/sample.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Block } from './plan-blocks.ts';
import type { PointPlan } from './point-plan.ts';

/** What one call of `read` has come to so far. */
export interface Round {
  readonly plan: PointPlan;
  readonly outcomes: (Outcome | undefined)[];
  readonly signal: AbortSignal;
  /**
   * Replies to be decoded once the last request is answered: all at once is quicker than a few between two waits, and
   * leaves the line to the next request.
   */
  readonly undecoded: Undecoded[];
  /** Points whose request got no answer at all, with the fault. */
  readonly lost: Map<number, Fault>;
  answers: number;
  /** Requests without an answer since the last answer. */
  silences: number;
  isBusy: boolean;
  /** Why nothing more is asked in this round. */
  stop?: Fault;
}

interface Undecoded {
  readonly block: Block;
  readonly bytes: Uint8Array;
  readonly readAtMs: number;
}

export function newRound(plan: PointPlan, points: number, signal: AbortSignal): Round {
  return {
    plan,
    outcomes: new Array<Outcome | undefined>(points).fill(undefined),
    signal,
    undecoded: [],
    lost: new Map(),
    answers: 0,
    silences: 0,
    isBusy: false,
  };
}

export function decodeReplies(round: Round): void {
  for (const { block, bytes, readAtMs } of round.undecoded) {
    for (const index of block.members) round.outcomes[index] = round.plan.decodeMember(index, block, bytes, readAtMs);
  }
}
