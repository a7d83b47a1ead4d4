import type { PlantConfig, PointConfig } from '../config/plant.ts';
import type { Fault } from '../model/fault.ts';
import type { Cycle, Sample } from './sample.ts';

/** The latest outcome of every point, for the people who watch. Nothing here is evidence. */
export interface PointView {
  readonly point: PointConfig;
  readonly staleAfterMs: number;
  /** The last value that was read, with its own time: never shown as fresh after a miss. */
  readonly sample: Sample | undefined;
  /** Why the latest poll gave no value; undefined when it did. */
  readonly fault: Fault | undefined;
  /** The device's own time of its values stands still while it is read: what it serves may be old. */
  readonly isStill: boolean;
}

/** A value is stale once three polls went by without a new one, and never before this. */
const STALE_MIN_MS = 3000;

export class LatestPoints {
  readonly #views = new Map<string, PointView>();

  constructor(config: PlantConfig) {
    for (const device of config.devices) {
      const staleAfterMs = Math.max(3 * device.periodMs, STALE_MIN_MS);
      for (const point of device.points) {
        this.#views.set(point.ref, { point, staleAfterMs, sample: undefined, fault: undefined, isStill: false });
      }
    }
  }

  take(cycle: Cycle, { isStill }: { readonly isStill: boolean }): void {
    for (const outcome of cycle.outcomes) {
      const earlier = this.#views.get(outcome.point);
      if (earlier === undefined) continue;
      const view: PointView =
        outcome.kind === 'sample'
          ? { ...earlier, sample: outcome, fault: undefined, isStill: isStill && outcome.deviceAtMs !== undefined }
          : { ...earlier, fault: outcome.fault };
      this.#views.set(outcome.point, view);
    }
  }

  all(): readonly PointView[] {
    return [...this.#views.values()];
  }

  get(ref: string): PointView | undefined {
    return this.#views.get(ref);
  }
}
