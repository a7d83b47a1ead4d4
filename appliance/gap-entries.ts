import type { ClosedInterval } from '../core/acquisition/collector.ts';
import { gapBody } from '../core/acquisition/gap-body.ts';
import type { OpenGap } from '../core/acquisition/gap-tracker.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { openGap } from '../core/store/open-gaps.ts';
import type { JudgedUnit } from './judge-interval.ts';

/** The gaps that end with an interval. They name the readings of `judged`, the first of which gets `firstIndex`. */
export function gapEntries(
  { units }: ClosedInterval,
  judged: readonly JudgedUnit[],
  firstIndex: number,
): readonly NewEntry[] {
  const indexOf = new Map(judged.map(({ reading }, position) => [reading.unitId, firstIndex + position]));
  return units.flatMap(({ unit, gaps = [] }) =>
    gaps.map((gap): NewEntry => ({ kind: 'gap', body: gapBody(gap, indexOf.get(unit.id)) })),
  );
}

/** The stretches that recorded readings leave open, by unit. */
export function openGapsOf(store: ReadableStore, { units }: PlantConfig, nowMs: number): ReadonlyMap<string, OpenGap> {
  return new Map(
    units.flatMap(({ id }) => {
      const open = openGap(store, id, nowMs);
      return open === undefined ? [] : [[id, open] as const];
    }),
  );
}
