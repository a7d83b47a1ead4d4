import { Collector } from '../core/acquisition/collector.ts';
import type { CounterState } from '../core/acquisition/counter-state.ts';
import type { DeviceConfig, PlantConfig, PointConfig } from '../core/config/plant.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { unstatedSpans } from '../core/store/open-gaps.ts';
import { hasReadingWithin } from '../core/store/readings.ts';
import type { SampleBlock } from '../core/store/samples.ts';
import { openGapsOf } from './gap-entries.ts';
import type { IntervalRecorder } from './interval-recorder.ts';
import { resumeMs } from './resume-point.ts';
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
    // From the last reading on: what lies between it and the first kept poll is stated with what follows.
    resumeMs(store, former, kept, clock.wallMs()),
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

function gatheringOf({ intervalMs, units, devices, witnesses }: PlantConfig): unknown {
  const polled = devices.map((device) => {
    const { id, periodMs, points } = device;
    return { id, periodMs, points, at: identityOf(device) };
  });
  return { intervalMs, units: units.map(({ id, signals }) => ({ id, signals })), devices: polled, witnesses };
}

/**
 * The saved counters whose registers are still the same ones and count in the same measure: a difference across two
 * registers, or across two measures, is no energy.
 */
export function comparableCounters<State>(
  saved: ReadonlyMap<string, State>,
  former: PlantConfig | undefined,
  config: PlantConfig,
): ReadonlyMap<string, State> {
  if (former === undefined) return saved;
  const measures = new Map(measuresOf(former));
  const changed = measuresOf(config).filter(([ref, measure]) => (measures.get(ref) ?? measure) !== measure);
  const refs = new Set(changed.map(([ref]) => ref));
  return new Map([...saved].filter(([point]) => !refs.has(point)));
}

function measuresOf({ devices }: PlantConfig): (readonly [string, string])[] {
  return devices.flatMap((device) => device.points.map((point) => [point.ref, measureOf(point, device)] as const));
}

/** Settings of a point that say nothing of which register it is and what that counts in. */
const BESIDE_THE_REGISTER: ReadonlySet<string> = new Set(['comment', 'min', 'max', 'notAvailable']);

/** A text that is another one when the point stands for another register, or for one that counts in other steps. */
export function measureOf({ unit, modulus, settings }: PointConfig, device?: DeviceConfig): string {
  const own = typeof settings === 'object' && settings !== null ? settings : {};
  const telling = Object.entries({ scale: 1, offset: 0, ...own }).filter(([key]) => !BESIDE_THE_REGISTER.has(key));
  const at = device === undefined ? undefined : identityOf(device);
  return textOf({ unit, modulus, at, settings: Object.fromEntries(telling) });
}

/** The keys of a connection that say which device it leads to; all others say how it is talked to. */
const LEADING: ReadonlySet<string> = new Set(
  'host port path url endpoint unitId rack slot group node device folder pattern'.split(' '),
);

function identityOf({ driver, connection }: DeviceConfig): unknown {
  const own = typeof connection === 'object' && connection !== null ? connection : {};
  return { driver, ...Object.fromEntries(Object.entries(own).filter(([key]) => LEADING.has(key))) };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
}
