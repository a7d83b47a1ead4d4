import { Collector } from '../core/acquisition/collector.ts';
import type { CounterState } from '../core/acquisition/counter-state.ts';
import type { PlantConfig, PointConfig } from '../core/config/plant.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { unstatedSpans } from '../core/store/open-gaps.ts';
import { hasReadingWithin } from '../core/store/readings.ts';
import type { SampleBlock } from '../core/store/samples.ts';
import { openGapsOf } from './gap-entries.ts';
import type { IntervalRecorder } from './interval-recorder.ts';
import { referTo, SampleKeeper } from './sample-keeper.ts';

export interface FormerIntervalParts {
  /** The configuration that the kept samples were polled with. */
  readonly former: PlantConfig;
  readonly origin: 'plant' | 'demo';
  readonly store: WritableStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly savedCounters: ReadonlyMap<string, CounterState>;
  /** A recorder for the former plant that seals with this keeper. */
  readonly recorderFor: (keeper: SampleKeeper) => IntervalRecorder;
}

/**
 * Samples that were kept before a restart mean what the configuration of their time says: which column is which point,
 * in which unit, of which turbine set. When that changed, the interval they belong to is closed under the former
 * configuration, as far as it came, and nothing of it is read with the new one. Samples of an interval that has its
 * reading already are kept as a block of their own.
 */
export function closeFormerInterval(parts: FormerIntervalParts): void {
  const { former, origin, store, clock, log, savedCounters } = parts;
  const keeper = new SampleKeeper(former);
  const kept = keeper.resume(store);
  const [first] = kept;
  if (first === undefined) return;
  const recorder = parts.recorderFor(keeper);
  let blocks: readonly SampleBlock[] = [];
  const collector = new Collector(
    {
      config: former,
      origin,
      clock,
      log,
      isFresh: false,
      savedCounters,
      clockTrust: () => 'holdover',
      canRecord: (unitId, fromMs, toMs) => !hasReadingWithin(store, unitId, fromMs, toMs),
      sealSamples: (fromMs, toMs) => {
        blocks = keeper.cut(fromMs, toMs);
        return referTo(blocks);
      },
      onClose: (interval) => recorder.close(interval, blocks),
      openGaps: openGapsOf(store, former, clock.wallMs()),
      unstated: (unitId, fromMs, toMs) => unstatedSpans(store, unitId, fromMs, toMs),
    },
    first.slotMs,
  );
  collector.resume(kept);
  collector.end();
  if (recorder.trouble !== undefined) throw recorder.trouble;
  const unread = keeper.cut(first.slotMs, collector.toMs);
  if (unread.length > 0) store.write(() => keeper.seal(store, unread));
}

/** Whether samples kept under one configuration may be read with the other. */
export function isSameGathering(a: PlantConfig, b: PlantConfig): boolean {
  return textOf(gatheringOf(a)) === textOf(gatheringOf(b));
}

function gatheringOf({ intervalMs, units, devices }: PlantConfig): unknown {
  const polled = devices.map(({ id, driver, periodMs, points }) => ({ id, driver, periodMs, points }));
  return { intervalMs, units: units.map(({ id, signals }) => ({ id, signals })), devices: polled };
}

/** The saved counters whose registers still count in the same measure: a difference across two measures is no energy. */
export function comparableCounters<State>(
  saved: ReadonlyMap<string, State>,
  former: PlantConfig | undefined,
  config: PlantConfig,
): ReadonlyMap<string, State> {
  if (former === undefined) return saved;
  const measures = new Map(pointsOf(former).map((point) => [point.ref, measureOf(point)]));
  const changed = pointsOf(config).filter((point) => {
    const measure = measures.get(point.ref);
    return measure !== undefined && measure !== measureOf(point);
  });
  const refs = new Set(changed.map(({ ref }) => ref));
  return new Map([...saved].filter(([point]) => !refs.has(point)));
}

function pointsOf({ devices }: PlantConfig): PointConfig[] {
  return devices.flatMap(({ points }) => points);
}

export function measureOf({ unit, modulus, settings }: PointConfig): string {
  const own = typeof settings === 'object' && settings !== null ? settings : {};
  return textOf({ unit, modulus, scale: 'scale' in own ? own.scale : 1, offset: 'offset' in own ? own.offset : 0 });
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
}
