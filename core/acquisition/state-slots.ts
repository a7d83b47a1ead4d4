import type { Sample } from './sample.ts';
import { round6 } from './statistics.ts';

/** Counts the poll slots that a state point spent in each of its states. */
export class StateSlots<State extends string> {
  readonly #point: string | undefined;
  readonly #isState: (value: unknown) => value is State;
  readonly #periodS: number;
  #slots = new Map<State, number>();

  constructor(point: string | undefined, isState: (value: unknown) => value is State, periodMs = 1000) {
    this.#point = point;
    this.#isState = isState;
    this.#periodS = periodMs / 1000;
  }

  take({ point, value }: Sample): void {
    if (point !== this.#point || !this.#isState(value)) return;
    this.#slots.set(value, (this.#slots.get(value) ?? 0) + 1);
  }

  /** Seconds in each state; undefined where the point gave none. */
  seconds(): Partial<Record<State, number>> | undefined {
    if (this.#slots.size === 0) return undefined;
    const seconds = [...this.#slots].map(([state, slots]) => [state, round6(slots * this.#periodS)]);
    return Object.fromEntries(seconds) as Partial<Record<State, number>>;
  }

  begin(): void {
    this.#slots = new Map();
  }
}
