import type { Shared } from '../../core/acquisition/shared.ts';
import type { Fault } from '../../core/model/fault.ts';
import { ReplyShapes } from './reply-shapes.ts';

/** Shortest distance of two connection attempts after 1, 2, 3, ... failures: at most 12 in any minute. */
const ATTEMPT_MS_FIRST = 800;
const ATTEMPT_MS_LONGEST = 6500;

/**
 * What must be remembered of a line while nobody has it open: which replies may still come in, and when the last
 * attempts to open it failed, so that ten devices behind one address do not try ten times as often as one. It lives as
 * long as the process: after a restart nothing is known of replies that the former one still waited for.
 */
export class LineMemory {
  readonly shapes = new ReplyShapes();
  #failures = 0;
  #failedAtMs = 0;
  #fault: Fault | undefined;

  /** The fault of the last attempt, while it is too early for another one. */
  tooEarly(nowMs: number): Fault | undefined {
    const distanceMs = Math.min(ATTEMPT_MS_LONGEST, ATTEMPT_MS_FIRST * 2 ** (this.#failures - 1));
    return this.#fault !== undefined && nowMs - this.#failedAtMs < distanceMs ? this.#fault : undefined;
  }

  noteFailure(fault: Fault, nowMs: number): void {
    this.#failures += 1;
    this.#failedAtMs = nowMs;
    this.#fault = fault;
  }

  noteSuccess(): void {
    this.#failures = 0;
    this.#fault = undefined;
  }
}

/** By plant, because a line outlives the connections of its devices but not the plant that they belong to. */
const memories = new WeakMap<Shared, Map<string, LineMemory>>();

export function memoryOf(shared: Shared, key: string): LineMemory {
  const ofPlant = memories.get(shared) ?? new Map<string, LineMemory>();
  memories.set(shared, ofPlant);
  const memory = ofPlant.get(key) ?? new LineMemory();
  ofPlant.set(key, memory);
  return memory;
}
