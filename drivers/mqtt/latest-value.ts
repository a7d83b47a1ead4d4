import type { Sample } from '../../core/acquisition/sample.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Delivery } from './broker-link.ts';
import { aheadFault, oldFault, retainedFault, silentFault, waitedFault, waitingFault } from './freshness-fault.ts';
import { type Moment, redated } from './redate.ts';

export interface FreshnessLimits {
  /** For how long a message is believed, from its arrival. */
  readonly staleAfterMs: number;
  /** How far the publisher's clock may be from ours. */
  readonly clockToleranceMs: number;
}

/** What a message said of one point. */
export type Heard =
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'fault'; readonly fault: Fault };

interface Entry {
  heard: Heard;
  readonly atMs: number;
  readonly atMonotonicMs: number;
}

/**
 * What is known of one point: its latest message, and whether that may be taken for the present value. A live message
 * counts from its arrival. One that was kept, waited or is repeated has an age that only its own time can tell; without
 * one it is a reason for a miss, and never in the way of what a live message said.
 */
export class LatestValue {
  readonly #topic: string;
  readonly #limits: FreshnessLimits;
  #entry: Entry | undefined;
  /** Why there is nothing, as long as there is no entry. */
  #absence: Fault;
  /** Why the entry is no value any more, once it is too old. */
  #silence: Fault | undefined;

  constructor(topic: string, limits: FreshnessLimits, beginMs: number) {
    this.#topic = topic;
    this.#limits = limits;
    this.#absence = waitingFault(topic, beginMs);
  }

  /** Takes a message in. `ignored`: it is late, doubled or of unknown age, and something better is known already. */
  take(delivery: Delivery, heard: Heard): 'taken' | 'ignored' {
    const deviceAtMs = heard.kind === 'sample' ? heard.sample.deviceAtMs : undefined;
    const current = this.#currentAt(delivery.atMonotonicMs);
    if (delivery.age !== 'live' && deviceAtMs === undefined) return this.#takeUndated(delivery, current);
    if (deviceAtMs !== undefined && current?.heard.kind === 'sample') {
      const known = current.heard.sample;
      if (known.deviceAtMs !== undefined && deviceAtMs < known.deviceAtMs) return 'ignored';
      if (known.deviceAtMs === deviceAtMs && isSame(known, heard)) return 'ignored';
    }
    const doubt = deviceAtMs === undefined ? undefined : this.#doubtAbout(deviceAtMs, delivery);
    if (doubt !== undefined && delivery.age !== 'live' && current !== undefined) return 'ignored';
    this.#keep(delivery, doubt === undefined ? heard : { kind: 'fault', fault: doubt });
    return 'taken';
  }

  /** Forgets what was heard: it is no longer the present value, for a reason that does not lie in a message. */
  invalidate(reason: Fault): void {
    this.#entry = undefined;
    this.#absence = reason;
  }

  /** Whether there is nothing for the reason with this code. */
  isAbsentFor(code: string): boolean {
    return this.#entry === undefined && this.#absence.code === code;
  }

  /** Gives another reason for there being nothing; what was heard stays. */
  explain(reason: Fault): void {
    if (this.#entry === undefined) this.#absence = reason;
  }

  /**
   * The sample of the latest message, the same object until the next one or until the wall clock is stepped, or why
   * there is none.
   */
  valueAt(now: Moment): Sample | Fault {
    const current = this.#currentAt(now.atMonotonicMs);
    if (current?.heard.kind === 'fault') return current.heard.fault;
    if (current !== undefined) {
      const sample = redated(current.heard.sample, current, now);
      if (sample !== current.heard.sample) current.heard = { kind: 'sample', sample };
      return sample;
    }
    if (this.#entry === undefined) return this.#absence;
    this.#silence ??= silentFault(this.#topic, this.#entry.atMs);
    return this.#silence;
  }

  #takeUndated(delivery: Delivery, current: Entry | undefined): 'taken' | 'ignored' {
    if (current !== undefined || this.#entry !== undefined) return 'ignored';
    this.#absence = delivery.age === 'retained' ? retainedFault(this.#topic) : waitedFault(this.#topic);
    return 'taken';
  }

  /** Live messages come with the clocks' difference allowed for; of all others their own time is all that is known. */
  #doubtAbout(deviceAtMs: number, { age, atMs }: Delivery): Fault | undefined {
    const { staleAfterMs, clockToleranceMs } = this.#limits;
    if (deviceAtMs > atMs + clockToleranceMs) return aheadFault(this.#topic, deviceAtMs);
    const oldestMs = atMs - staleAfterMs - (age === 'live' ? clockToleranceMs : 0);
    return deviceAtMs < oldestMs ? oldFault(this.#topic, deviceAtMs) : undefined;
  }

  #keep({ atMs, atMonotonicMs }: Delivery, heard: Heard): void {
    this.#entry = { heard, atMs, atMonotonicMs };
    this.#silence = undefined;
  }

  #currentAt(nowMonotonicMs: number): Entry | undefined {
    const entry = this.#entry;
    return entry !== undefined && nowMonotonicMs - entry.atMonotonicMs <= this.#limits.staleAfterMs ? entry : undefined;
  }
}

function isSame(known: Sample, heard: Heard): boolean {
  return heard.kind === 'sample' && Buffer.compare(known.raw, heard.sample.raw) === 0;
}
