import { createHash } from 'node:crypto';
import type { Shared } from '../../core/acquisition/shared.ts';
import { AttemptLimit } from '../../core/model/attempt-limit.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { User } from './reading-client.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;
/** A refused password is tried again this rarely, so that no server locks the user out. */
const REFUSED_WAIT_MS = 10 * 60_000;

/**
 * What earlier attempts to open a session taught, kept for as long as the plant runs. However many devices want the
 * session, an endpoint sees at most twelve attempts in a minute, and a refused password is not tried over and over.
 */
export class Attempts {
  /** Resolves once the session before has been closed: only then may the next one be opened. */
  closed: Promise<void> = Promise.resolve();
  /** Also where sessions open well and are lost at once. */
  readonly #limit = new AttemptLimit();
  #failures = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #fault: Fault | undefined;
  #refused: { readonly digest: string; readonly fault: Fault; readonly untilMs: number } | undefined;

  /** The fault of the last attempt, or `otherwise`, while the next one is not due; `nowMs` is monotonic. */
  tooEarly(nowMs: number, otherwise: Fault): Fault | undefined {
    return this.#limit.waitMs(nowMs) > 0 || nowMs < this.#notBeforeMs ? (this.#fault ?? otherwise) : undefined;
  }

  begun(nowMs: number): void {
    this.#limit.note(nowMs);
  }

  failed(fault: Fault, nowMs: number): void {
    this.#failures += 1;
    this.#fault = fault;
    this.#notBeforeMs = nowMs + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
  }

  succeeded(): void {
    this.#failures = 0;
    this.#fault = undefined;
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
    this.#refused = undefined;
  }

  refuse(user: User, fault: Fault, nowMs: number): void {
    this.#refused = { digest: digestOf(user), fault, untilMs: nowMs + REFUSED_WAIT_MS };
  }

  /** The fault of this very user and password, while they are not to be tried again. */
  refusal(user: User, nowMs: number): Fault | undefined {
    const refused = this.#refused;
    return refused !== undefined && refused.digest === digestOf(user) && nowMs < refused.untilMs
      ? refused.fault
      : undefined;
  }
}

const byPlant = new WeakMap<Shared, Map<string, Attempts>>();

/** The attempts at an endpoint of one plant. */
export function attemptsAt(shared: Shared, endpoint: string): Attempts {
  const plant = byPlant.get(shared) ?? new Map<string, Attempts>();
  byPlant.set(shared, plant);
  const attempts = plant.get(endpoint) ?? new Attempts();
  plant.set(endpoint, attempts);
  return attempts;
}

function digestOf({ name, password }: User): string {
  return createHash('sha256').update(`${name}\0${password}`).digest('hex');
}
