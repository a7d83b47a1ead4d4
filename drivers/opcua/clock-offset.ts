import type { Log } from '../../core/model/log.ts';

/** How far a server's clock is ahead of ours, and how sure that is: half of the time that the question took. */
export interface ClockOffset {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
  /** When it was found, by our clock. */
  readonly atMs: number;
}

/** An offset that people should hear of. */
const NOTABLE_MS = 2000;

/** Follows the difference between a server's clock and ours, and tells the log when it changes notably. */
export class ClockOffsetWatch {
  readonly #endpoint: string;
  readonly #log: Log;
  #latest: ClockOffset | undefined;
  #said: number | undefined;

  constructor(endpoint: string, log: Log) {
    this.#endpoint = endpoint;
    this.#log = log;
  }

  get latest(): ClockOffset | undefined {
    return this.#latest;
  }

  /** The server gave `serverMs` as its time somewhere between these two moments of ours. */
  note(serverMs: number, askedMs: number, answeredMs: number): void {
    const uncertaintyMs = Math.max(0, answeredMs - askedMs) / 2;
    const offsetMs = Math.round(serverMs - (askedMs + answeredMs) / 2);
    this.#latest = { offsetMs, uncertaintyMs, atMs: answeredMs };
    if (this.#said !== undefined && Math.abs(offsetMs - this.#said) <= NOTABLE_MS + uncertaintyMs) return;
    this.#said = offsetMs;
    const details = { endpoint: this.#endpoint, offsetMs, uncertaintyMs };
    if (Math.abs(offsetMs) <= NOTABLE_MS) this.#log.info(details, `the clock of ${this.#endpoint} agrees with ours`);
    else {
      const way = offsetMs > 0 ? 'ahead of' : 'behind';
      this.#log.warn(details, `the clock of ${this.#endpoint} is ${Math.abs(offsetMs) / 1000} s ${way} ours`);
    }
  }
}
