import type { Fault } from '../../core/model/fault.ts';
import type { Broker } from './broker.ts';

/** Rare enough to cost nothing, soon enough after somebody gave the right. */
const ASK_AGAIN_MS = 5 * 60_000;

/** The topics of one device that the broker does not let us read; the others are read on. */
export class RefusedTopics {
  readonly #broker: Broker;
  readonly #qos: 0 | 1;
  #faults: ReadonlyMap<string, Fault> = new Map();
  #askedAtMs = 0;

  constructor(broker: Broker, qos: 0 | 1) {
    this.#broker = broker;
    this.#qos = qos;
  }

  set(faults: ReadonlyMap<string, Fault>, nowMonotonicMs: number): void {
    this.#faults = faults;
    this.#askedAtMs = nowMonotonicMs;
  }

  faultOf(topic: string): Fault | undefined {
    return this.#faults.get(topic);
  }

  /** Asks once more when it is time. Does not wait for the answer. */
  askAgain(nowMonotonicMs: number): void {
    if (this.#faults.size === 0 || nowMonotonicMs - this.#askedAtMs < ASK_AGAIN_MS) return;
    this.#askedAtMs = nowMonotonicMs;
    void this.#broker.subscribeAgain([...this.#faults.keys()], this.#qos).then((faults) => {
      if (faults !== undefined) this.#faults = faults;
    });
  }
}
