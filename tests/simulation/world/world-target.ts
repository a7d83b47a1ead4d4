import type { Clock } from '../../../core/model/clock.ts';
import type { ReadableStore, WritableStore } from '../../../core/store/handle.ts';

/**
 * What takes the evidence out of the plant, as a world sees it: the delivering part of the appliance together with the
 * far end, which lives on when the computer does not. A world has none unless it is given some.
 */
export interface WorldTarget {
  /** The appliance has started on this store and delivers from then on, on this clock, until its power goes. */
  attach(store: WritableStore, clock: Clock): void;
  /** The link out of the plant. */
  setLink(link: 'up' | 'down'): void;
  /** At the end, in a calm: what was delivered twice, in another order or never, and what the outbox does not hold. */
  check(store: ReadableStore): readonly string[];
}
