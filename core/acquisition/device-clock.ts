import { median } from '../model/median.ts';
import type { DevicesTime } from './clock-trust.ts';
import type { Cycle } from './sample.ts';

/** How many polls the offset of a device's clock is the median of. */
const POLLS = 61;
/** A device that keeps its time worse than this has a finding; meters drift by seconds a week when nobody sets them. */
export const DEVICE_CLOCK_WRONG_MS = 60_000;
const RIGHT_AGAIN_MS = 50_000;
/** Clocks of devices count as agreeing with each other within this. */
const AGREE_MS = 5000;
/** How long the newest time of a device may stand still while it is read: a stopped plant has little that changes. */
const STILL_MS_MIN = 300_000;
const STILL_POLLS_MIN = 10;

/** What the times that a device gives with its values say of its clock, and whether they move at all. */
export class DeviceClock {
  readonly #stillPolls: number;
  readonly #offsetsMs: number[] = [];
  #offsetMs: number | undefined;
  #newestMs: number | undefined;
  #polls = 0;
  #isWrong = false;

  constructor(periodMs: number) {
    this.#stillPolls = Math.max(STILL_POLLS_MIN, Math.ceil(STILL_MS_MIN / periodMs));
  }

  /** The newest time that a poll brought counts: values that did not change for long carry old times honestly. */
  take(cycle: Cycle): void {
    let newestMs: number | undefined;
    let readAtMs = 0;
    for (const outcome of cycle.outcomes) {
      if (outcome.kind === 'miss' || outcome.deviceAtMs === undefined) continue;
      if (newestMs !== undefined && outcome.deviceAtMs <= newestMs) continue;
      newestMs = outcome.deviceAtMs;
      readAtMs = outcome.readAtMs;
    }
    if (newestMs === undefined) return;
    if (newestMs === this.#newestMs) {
      this.#polls += 1;
      return;
    }
    const isFirst = this.#newestMs === undefined;
    this.#newestMs = newestMs;
    this.#polls = 0;
    // The first time may be as old as its value: only one that has just come tells how the clock stands.
    if (isFirst) return;
    this.#offsetsMs.push(newestMs - readAtMs);
    if (this.#offsetsMs.length > POLLS) this.#offsetsMs.shift();
    this.#offsetMs = undefined;
  }

  /** The values are read again and again, and none of them is new by the device's own time. */
  get isStill(): boolean {
    return this.#polls >= this.#stillPolls;
  }

  /** The device's time minus this computer's, the median of the last minute or so; undefined when it tells none. */
  get offsetMs(): number | undefined {
    if (this.#offsetsMs.length > 0) this.#offsetMs ??= Math.round(median(this.#offsetsMs));
    return this.#offsetMs;
  }

  /** Once wrong, a clock counts as right again only well within the limit, so that one at the limit says it once. */
  get isWrong(): boolean {
    const { offsetMs } = this;
    if (offsetMs === undefined) return false;
    this.#isWrong = Math.abs(offsetMs) > (this.#isWrong ? RIGHT_AGAIN_MS : DEVICE_CLOCK_WRONG_MS);
    return this.#isWrong;
  }

  /** After a step of this computer's clock the offsets of before say nothing. */
  forget(): void {
    this.#offsetsMs.length = 0;
    this.#offsetMs = undefined;
  }
}

/** What a majority of the devices that tell a time agree on; undefined when fewer than half do. */
export function agreeingDevices(offsetsMs: readonly number[]): DevicesTime | undefined {
  if (offsetsMs.length === 0) return undefined;
  const middleMs = median(offsetsMs);
  const near = offsetsMs.filter((offsetMs) => Math.abs(offsetMs - middleMs) <= AGREE_MS);
  return near.length * 2 > offsetsMs.length ? { offsetMs: Math.round(median(near)), devices: near.length } : undefined;
}

/** The poll with its values called uncertain where their device's own time stands still, as bridges that hang do. */
export function doubtStill(cycle: Cycle): Cycle {
  return {
    ...cycle,
    outcomes: cycle.outcomes.map((outcome) =>
      outcome.kind === 'sample' && outcome.deviceAtMs !== undefined && outcome.quality === 'good'
        ? { ...outcome, quality: 'uncertain' }
        : outcome,
    ),
  };
}
