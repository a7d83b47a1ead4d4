import type { Cycle } from '../core/acquisition/sample.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { alignDown } from '../core/model/time.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { lastReadingEnd } from '../core/store/readings.ts';

/** Where recording goes on: at the first kept poll, else after the last reading, else now. */
export function resumeMs(store: ReadableStore, config: PlantConfig, [first]: readonly Cycle[], nowMs: number): number {
  const ends = config.units.flatMap(({ id }) => lastReadingEnd(store, id, nowMs) ?? []);
  if (first !== undefined && first.slotMs > nowMs) return first.slotMs;
  const beginMs = Math.min(nowMs, ...(ends.length === 0 ? [] : [Math.max(...ends)]), first?.slotMs ?? nowMs);
  return alignDown(beginMs, config.intervalMs);
}
