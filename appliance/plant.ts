import { Collector } from '../core/acquisition/collector.ts';
import type { MeterWord } from '../core/acquisition/counter-state.ts';
import type { DeviceHealth } from '../core/acquisition/device-health.ts';
import { LatestPoints } from '../core/acquisition/latest.ts';
import type { MeterChangeOutcome } from '../core/acquisition/meter-change-outcome.ts';
import { type Poller, startPoller } from '../core/acquisition/poller.ts';
import { dateBySender } from '../core/acquisition/push-reading.ts';
import type { Cycle } from '../core/acquisition/sample.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import type { RecordedEntry, Recorder } from '../core/ledger/recorder.ts';
import { present } from '../core/model/assert.ts';
import type { CancelTimer } from '../core/model/clock.ts';
import { Failure } from '../core/model/failure.ts';
import { lastRecordedAtMs, readEntry } from '../core/store/entries.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { unstatedSpans } from '../core/store/open-gaps.ts';
import { hasReadingWithin, lastReadingEnd } from '../core/store/readings.ts';
import type { SampleBlock } from '../core/store/samples.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import type { UnitMemory } from '../core/verification/unit-memory.ts';
import { beginningEntries } from './beginning-entries.ts';
import { closeFormerInterval, comparableCounters, isSameGathering } from './close-former-interval.ts';
import { continueLedger } from './continue-ledger.ts';
import { CLOCK_SLACK_MS, dateInNewTime } from './date-in-new-time.ts';
import { SamplePolicy } from './disk/sample-policy.ts';
import { openGapsOf } from './gap-entries.ts';
import { IntervalRecorder } from './interval-recorder.ts';
import { IntervalJudge } from './judge-interval.ts';
import type { KeyTakeover } from './keys/key-rotation.ts';
import { PlantClock } from './plant-clock.ts';
import { driverOf, originOf } from './plant-origin.ts';
import type { PlantParts } from './plant-parts.ts';
import { provenCounters, type SavedCounters } from './proven-counters.ts';
import { PushIntake } from './push-intake.ts';
import { polledPart } from './pushed-units.ts';
import { RecordedMemory } from './recorded-memory.ts';
import { rememberOn, rememberShort } from './remember-on.ts';
import { resumeMs } from './resume-point.ts';
import { referTo, SampleKeeper } from './sample-keeper.ts';

const FLUSH_EVERY_MS = 1000;

/**
 * The plant's main job in one object: polls, gathers, judges and records. Knows no HTTP and no command line, and
 * takes its clock, randomness, store and drivers as arguments.
 */
export class Plant {
  readonly latest: LatestPoints;
  readonly clock: PlantClock;
  readonly startedAtMs: number;
  readonly origin: 'plant' | 'demo';
  readonly pushes: PushIntake;
  readonly #parts: PlantParts;
  /** All of the plant that is polled. */
  readonly #polled: PlantConfig;
  readonly #ledger: Recorder<WritableStore>;
  readonly #recorder: IntervalRecorder;
  readonly #keeper: SampleKeeper;
  readonly #memory: RecordedMemory;
  readonly #collector: Collector;
  readonly pollers: Poller[] = [];
  #blocks: readonly SampleBlock[] = [];
  #cancelFlush: CancelTimer | undefined;
  #flushTrouble: Failure | undefined;

  constructor(parts: PlantParts) {
    const { config, store, clock, key, log, listener } = parts;
    const settings = parts.settings ?? DEFAULT_SETTINGS;
    this.#parts = parts;
    this.startedAtMs = clock.wallMs();
    this.origin = originOf(config, parts.drivers);
    this.latest = new LatestPoints(config);
    this.clock = new PlantClock({
      ...parts,
      record: (body) => this.#recorder.add([{ kind: 'clock', body }], 'clock'),
      onStep: ({ atMs, stepMs }, body) => {
        const polled = this.#collector.restartAt(atMs, stepMs);
        const counters = new Map([...polled, ...this.pushes.clockStepped(atMs, stepMs)]);
        // Samples of the old time that no reading took, as of an interval that has its reading already.
        const blocks = this.#keeper.cutAll();
        this.#recorder.add([{ kind: 'clock', body }], 'clock', { counters, blocks });
      },
    });
    this.#polled = polledPart(config, parts.drivers);
    this.#keeper = new SampleKeeper(this.#polled);
    this.#ledger = continueLedger(parts, this.origin);
    const recorderFor = (plant: PlantConfig, keeper: SampleKeeper, memory: RecordedMemory): IntervalRecorder =>
      new IntervalRecorder({
        config: polledPart(plant, parts.drivers),
        recorder: this.#ledger,
        // The first verdict waits for what is still to be remembered.
        judge: () => new IntervalJudge(plant, settings, key, memory.whole()),
        keeper,
        samples: new SamplePolicy(store, parts.disk),
        ...(parts.limits === undefined ? {} : { limits: parts.limits }),
        clock,
        log,
        onRecorded: (recorded) => listener.onRecorded?.(recorded),
      });
    const memoryFor = (plant: PlantConfig) => new RecordedMemory({ ...parts, config: plant, settings });
    this.#closeFormer((former, keeper) => recorderFor(former, keeper, memoryFor(former)));
    this.#memory = rememberShort(memoryFor(config));
    this.#recorder = recorderFor(config, this.#keeper, this.#memory);
    const knownMs = lastRecordedAtMs(store);
    this.#recordBeginning();
    const kept = this.#keeper.resume(store);
    const counters = provenCounters(store, config, log);
    this.#collector = this.#createCollector(kept, counters);
    this.#collector.resume(kept.map((cycle) => this.clock.weigh(cycle).cycle));
    this.#collector.begin(clock.wallMs());
    this.pushes = this.#createPushes(counters);
    this.clock.knowRecorded(Math.max(knownMs ?? 0, kept.at(-1)?.slotMs ?? 0), CLOCK_SLACK_MS);
  }

  start(): void {
    const { drivers, hostOf, log } = this.#parts;
    this.clock.start();
    this.#armFlush();
    rememberOn(this.#memory, this.#parts.clock);
    this.pushes.start();
    for (const device of this.#polled.devices) {
      this.pollers.push(
        startPoller({
          device,
          driver: driverOf(drivers, device.driver),
          host: {
            ...hostOf(device.driver),
            recordTrust: (trust) => void this.record({ kind: 'trust', body: { device: device.id, ...trust } }),
          },
          onCycle: (cycle) => this.#onCycle(cycle),
          onHealth: (health) => {
            log.info({ deviceId: health.deviceId, state: health.state, fault: health.fault?.code }, 'device');
            this.#parts.listener.onHealth?.(health);
          },
        }),
      );
    }
  }

  head(): ReturnType<Recorder<WritableStore>['head']> {
    return this.#ledger.head();
  }

  health(): readonly DeviceHealth[] {
    return [...this.pollers.map((poller) => poller.health()), ...this.pushes.health()];
  }

  /** Why something could not be made durable just now; undefined when all is. */
  trouble(): Failure | undefined {
    return this.#recorder.trouble ?? this.#flushTrouble;
  }

  /**
   * Records at once what somebody did to the plant.
   *
   * @throws Failure when the store refuses it: what cannot be recorded must not take effect.
   */
  record(what: NewEntry | readonly NewEntry[], alongside?: (write: WritableStore) => void): readonly RecordedEntry[] {
    if (this.#recorder.trouble !== undefined) throw this.#recorder.trouble;
    const recorded = this.#ledger.record([what].flat(), alongside);
    this.#parts.listener.onRecorded?.(recorded);
    return recorded;
  }

  /** Puts another device key in force; what waits was signed with the old one and goes first. @throws Failure of the store. */
  changeKey({ next, reason, by, alongside, onInForce }: KeyTakeover): RecordedEntry {
    if (!this.#recorder.drain()) throw present(this.#recorder.trouble, 'why something waits');
    const recorded = this.#ledger.replaceKey(next, { reason, by }, alongside);
    onInForce();
    this.#parts.listener.onRecorded?.(recorded);
    return present(recorded[0], 'the entry of the change');
  }

  /** What the next verdict on the unit knows. A model is taught in the turn in which its entry was recorded. */
  memoryOf(unitId: string): UnitMemory | undefined {
    return this.#memory.whole().unit(unitId);
  }

  /** What a person's word about a meter comes to; nothing changes before its `commit`. */
  changeMeter(point: string, change: MeterWord): MeterChangeOutcome | undefined {
    return this.pushes.changeMeter(point, change) ?? this.#collector.changeMeter(point, change);
  }

  /** Ends the polls and makes everything read so far durable. The interval in progress goes on at the next start. */
  async stop(): Promise<void> {
    this.clock.stop();
    this.#cancelFlush?.();
    this.#memory.stop();
    await Promise.all(this.pollers.map((poller) => poller.stop()));
    this.#collector.stop();
    this.pushes.stop();
    this.#flush();
    this.#recorder.add([{ kind: 'stop', body: { reason: 'asked to stop' } }], 'stop');
    this.#recorder.stop();
  }

  #recordBeginning(): void {
    this.#recorder.add(beginningEntries(this.#parts, this.origin), 'start');
    if (this.#recorder.trouble !== undefined) throw this.#recorder.trouble;
  }

  #createCollector(kept: readonly Cycle[], counters: SavedCounters): Collector {
    const { store, clock, log, formerConfig } = this.#parts;
    const config = this.#polled;
    return new Collector(
      {
        config,
        origin: this.origin,
        clock,
        log,
        isFresh: config.units.every(({ id }) => lastReadingEnd(store, id, Number.MAX_SAFE_INTEGER) === undefined),
        savedCounters: comparableCounters(counters, formerConfig, config),
        clockTrust: () => this.clock.trustOver(config.intervalMs),
        canRecord: (unitId, fromMs, toMs) =>
          !hasReadingWithin(store, unitId, fromMs, toMs) && !this.#recorder.isWaiting(unitId, fromMs, toMs),
        sealSamples: (fromMs, toMs) => {
          this.#blocks = this.#keeper.cut(fromMs, toMs);
          return referTo(this.#blocks);
        },
        onClose: (interval) => {
          this.#recorder.close(interval, this.#blocks);
          if (this.#recorder.isOverfull) this.#collector.hold();
        },
        openGaps: openGapsOf(store, config, clock.wallMs()),
        unstated: (unitId, fromMs, toMs) => unstatedSpans(store, unitId, fromMs, toMs),
      },
      resumeMs(store, config, kept, clock.wallMs()),
    );
  }

  #createPushes(savedCounters: SavedCounters): PushIntake {
    const { config, formerConfig, hostOf, store, listener } = this.#parts;
    return new PushIntake({
      ...this.#parts,
      formerConfig,
      origin: this.origin,
      secrets: hostOf('http').secrets,
      recorder: this.#recorder,
      clockTrust: () => this.clock.trustOver(config.intervalMs),
      savedCounters,
      begunAtMs: Date.parse(present(readEntry(store, 0), 'the genesis entry').at),
      onCycle: (cycle) => {
        this.latest.take(dateBySender(cycle), { isStill: false });
        listener.onCycle?.(cycle);
      },
      onHealth: (health) => listener.onHealth?.(health),
    });
  }

  /** What was kept under a configuration with other points or units is closed before this one begins. */
  #closeFormer(recorderFor: (former: PlantConfig, keeper: SampleKeeper) => IntervalRecorder): void {
    const { formerConfig, drivers, store } = this.#parts;
    const former = formerConfig === undefined ? undefined : polledPart(formerConfig, drivers);
    if (former === undefined || isSameGathering(former, this.#polled)) return;
    closeFormerInterval({
      ...this.#parts,
      former,
      origin: this.origin,
      savedCounters: provenCounters(store, former, this.#parts.log),
      // Judged as part of the whole plant, units that are pushed included.
      recorderFor: (keeper) => recorderFor(formerConfig ?? former, keeper),
    });
  }

  #onCycle(polled: Cycle): void {
    // A poll of the new time must not be taken for a late or an early one of the old.
    this.clock.look();
    const raw = dateInNewTime(polled, this.#parts.clock.wallMs(), this.#parts.config);
    const { cycle, isStill } = this.clock.weigh(raw);
    const misses = cycle.outcomes.filter(({ kind }) => kind === 'miss').length;
    this.#parts.log.debug({ cycleId: cycle.cycleId, points: cycle.outcomes.length, misses }, 'poll');
    this.latest.take(cycle, { isStill });
    if (!this.#collector.isHeld) {
      this.#keeper.take(raw);
      this.#collector.take(cycle);
    }
    this.#parts.listener.onCycle?.(cycle);
  }

  #armFlush(): void {
    this.#cancelFlush = this.#parts.clock.after(FLUSH_EVERY_MS, () => {
      this.#flush();
      this.#armFlush();
    });
  }

  #flush(): void {
    if (!this.#recorder.isOverfull) this.#collector.goOn(this.#parts.clock.wallMs());
    try {
      this.#keeper.flush(this.#parts.store);
      this.#flushTrouble = undefined;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#flushTrouble = error;
      this.#parts.log.error({ code: error.code, unkept: this.#keeper.unkept }, error.message);
    }
  }
}
