import { randomUUID } from 'node:crypto';
import { Collector } from '../core/acquisition/collector.ts';
import { type CounterState, readCounterState } from '../core/acquisition/counter.ts';
import type { DeviceHealth } from '../core/acquisition/device-health.ts';
import type { Driver, DriverHost } from '../core/acquisition/driver.ts';
import { LatestPoints } from '../core/acquisition/latest.ts';
import { type Poller, startPoller } from '../core/acquisition/poller.ts';
import type { Reading } from '../core/acquisition/reading.ts';
import type { Cycle } from '../core/acquisition/sample.ts';
import type { TimeAnswer } from '../core/acquisition/time-servers.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { DeviceKey } from '../core/ledger/device-key.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { makeGenesis } from '../core/ledger/genesis.ts';
import { createRecorder, type RecordedEntry, type Recorder } from '../core/ledger/recorder.ts';
import { present } from '../core/model/assert.ts';
import type { CancelTimer, Clock } from '../core/model/clock.ts';
import { Failure } from '../core/model/failure.ts';
import type { JsonObject } from '../core/model/json.ts';
import type { Log } from '../core/model/log.ts';
import type { Random } from '../core/model/random.ts';
import { alignDown } from '../core/model/time.ts';
import { latestConfiguration } from '../core/store/configuration.ts';
import { loadCounters } from '../core/store/counters.ts';
import { lastRecordedAtMs } from '../core/store/entries.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { ledgerStorage } from '../core/store/ledger-store.ts';
import { hasReadingWithin, lastReadingEnd, latestReadings } from '../core/store/readings.ts';
import type { SampleBlock } from '../core/store/samples.ts';
import { DEFAULT_SETTINGS, type VerificationSettings } from '../core/verification/settings.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import { closeFormerInterval, comparableCounters, isSameGathering } from './close-former-interval.ts';
import { IntervalRecorder } from './interval-recorder.ts';
import { IntervalJudge, rebuildHistories } from './judge-interval.ts';
import { PlantClock } from './plant-clock.ts';
import { driverOf, originOf, refuseOtherLedger } from './plant-origin.ts';
import { referTo, SampleKeeper } from './sample-keeper.ts';

/** What happens inside, for whoever shows or counts it. Called synchronously: listeners must be quick. */
export interface PlantListener {
  onCycle?(cycle: Cycle): void;
  onHealth?(health: DeviceHealth): void;
  onRecorded?(recorded: readonly RecordedEntry[]): void;
}

export interface PlantParts {
  readonly config: PlantConfig;
  /** Body of the configuration entry; recorded when it differs from the one in force. */
  readonly configuration: JsonObject;
  /** The configuration that was in force at the last run, where it can still be read. */
  readonly formerConfig?: PlantConfig | undefined;
  readonly drivers: ReadonlyMap<string, Driver>;
  /** What the driver of this name is given. */
  readonly hostOf: (driver: string) => DriverHost;
  readonly store: WritableStore;
  readonly key: DeviceKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly askTimeServer: (host: string, signal: AbortSignal) => Promise<TimeAnswer>;
  readonly log: Log;
  readonly version: string;
  readonly mode: 'normal' | 'shadow';
  readonly listener: PlantListener;
  readonly settings?: VerificationSettings;
}

const FLUSH_EVERY_MS = 1000;
/** A clock that was set right by so little between two runs is no reason for doubt. */
const CLOCK_SLACK_MS = 2000;

/**
 * The plant's main job in one object: polls, gathers, judges and records. Knows no HTTP and no command line, and
 * takes its clock, randomness, store and drivers as arguments.
 */
export class Plant {
  readonly latest: LatestPoints;
  readonly clock: PlantClock;
  readonly startedAtMs: number;
  readonly origin: 'plant' | 'demo';
  readonly #parts: PlantParts;
  readonly #ledger: Recorder<WritableStore>;
  readonly #recorder: IntervalRecorder;
  readonly #keeper: SampleKeeper;
  readonly #collector: Collector;
  readonly #pollers: Poller[] = [];
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
      onStep: ({ atMs, stepMs }) => this.#collector.restartAt(atMs, stepMs),
    });
    this.#keeper = new SampleKeeper(config);
    this.#ledger = createRecorder({ storage: ledgerStorage(store), key, clock });
    refuseOtherLedger(store, config, this.origin);
    const recorderFor = (plant: PlantConfig, keeper: SampleKeeper): IntervalRecorder =>
      new IntervalRecorder({
        config: plant,
        recorder: this.#ledger,
        judge: new IntervalJudge(plant, settings, key, recordedHistories(plant, settings, store)),
        keeper,
        clock,
        log,
        onRecorded: (recorded) => listener.onRecorded?.(recorded),
      });
    this.#closeFormer(recorderFor);
    this.#recorder = recorderFor(config, this.#keeper);
    const knownMs = lastRecordedAtMs(store);
    this.#recordBeginning();
    const kept = this.#keeper.resume(store);
    this.#collector = this.#createCollector(kept);
    this.#collector.resume(kept.map((cycle) => this.clock.weigh(cycle).cycle));
    this.#collector.begin(clock.wallMs());
    this.clock.knowRecorded(Math.max(knownMs ?? 0, kept.at(-1)?.slotMs ?? 0), CLOCK_SLACK_MS);
  }

  start(): void {
    const { config, drivers, hostOf, log } = this.#parts;
    this.clock.start();
    this.#armFlush();
    for (const device of config.devices) {
      this.#pollers.push(
        startPoller({
          device,
          driver: driverOf(drivers, device.driver),
          host: hostOf(device.driver),
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
    return this.#pollers.map((poller) => poller.health());
  }

  /** Why something could not be made durable just now; undefined when all is. */
  trouble(): Failure | undefined {
    return this.#recorder.trouble ?? this.#flushTrouble;
  }

  /** Ends the polls and makes everything read so far durable. The interval in progress goes on at the next start. */
  async stop(): Promise<void> {
    this.clock.stop();
    this.#cancelFlush?.();
    await Promise.all(this.#pollers.map((poller) => poller.stop()));
    this.#collector.stop();
    this.#flush();
    this.#recorder.add([{ kind: 'stop', body: { reason: 'asked to stop' } }], 'stop');
    this.#recorder.stop();
  }

  #recordBeginning(): void {
    const { config, configuration, key, store, version, mode } = this.#parts;
    const entries: NewEntry[] = [];
    if (this.#ledger.head().size === 0) {
      const { origin } = this;
      entries.push(makeGenesis({ plantId: config.plant.id, deviceKey: key.verifierKey, version, origin }));
    }
    const inForce = latestConfiguration(store)?.body;
    if (inForce?.sha256 !== configuration.sha256) entries.push({ kind: 'configuration', body: configuration });
    entries.push({ kind: 'start', body: { version, mode, runId: randomUUID() } });
    this.#recorder.add(entries, 'start');
    const { trouble } = this.#recorder;
    if (trouble !== undefined) throw trouble;
  }

  #createCollector(kept: readonly Cycle[]): Collector {
    const { config, store, clock, log } = this.#parts;
    const savedCounters = comparableCounters(this.#savedCounters(), this.#parts.formerConfig, config);
    const beginMs = this.#resumeMs(kept);
    return new Collector(
      {
        config,
        origin: this.origin,
        clock,
        log,
        isFresh: config.units.every(({ id }) => lastReadingEnd(store, id, Number.MAX_SAFE_INTEGER) === undefined),
        savedCounters,
        clockTrust: () => this.clock.trustOver(config.intervalMs),
        canRecord: (unitId, fromMs, toMs) =>
          !hasReadingWithin(store, unitId, fromMs, toMs) && !this.#recorder.isWaiting(unitId, fromMs, toMs),
        sealSamples: (fromMs, toMs) => {
          this.#blocks = this.#keeper.cut(fromMs, toMs);
          return referTo(this.#blocks);
        },
        onClose: (interval) => this.#recorder.close(interval, this.#blocks),
        onSkip: (stretch) => this.#recorder.skip(stretch),
      },
      beginMs,
    );
  }

  #savedCounters(): ReadonlyMap<string, CounterState> {
    return new Map([...loadCounters(this.#parts.store)].map(([point, text]) => [point, readCounterState(text)]));
  }

  /** What was kept under a configuration with other points or units is closed before this one begins. */
  #closeFormer(recorderFor: (former: PlantConfig, keeper: SampleKeeper) => IntervalRecorder): void {
    const { config, formerConfig: former, store, clock, log } = this.#parts;
    if (former === undefined || isSameGathering(former, config)) return;
    closeFormerInterval({
      former,
      origin: this.origin,
      store,
      clock,
      log,
      savedCounters: this.#savedCounters(),
      recorderFor: (keeper) => recorderFor(former, keeper),
    });
  }

  /** Where recording goes on: at the first kept poll, else after the last reading, else now. */
  #resumeMs(kept: readonly Cycle[]): number {
    const { config, store, clock } = this.#parts;
    const nowMs = clock.wallMs();
    const ends = config.units.flatMap(({ id }) => lastReadingEnd(store, id, nowMs) ?? []);
    const [first] = kept;
    if (first !== undefined && first.slotMs > nowMs) return first.slotMs;
    const beginMs = Math.min(nowMs, ...(ends.length === 0 ? [] : [Math.max(...ends)]), first?.slotMs ?? nowMs);
    return alignDown(beginMs, config.intervalMs);
  }

  #onCycle(polled: Cycle): void {
    // A poll of the new time must not be taken for a late or an early one of the old.
    this.clock.look();
    const raw = this.#dateInNewTime(polled);
    const { cycle, isStill } = this.clock.weigh(raw);
    const misses = cycle.outcomes.filter(({ kind }) => kind === 'miss').length;
    this.#parts.log.debug({ cycleId: cycle.cycleId, points: cycle.outcomes.length, misses }, 'poll');
    this.latest.take(cycle, { isStill });
    this.#keeper.take(raw);
    this.#collector.take(cycle);
    this.#parts.listener.onCycle?.(cycle);
  }

  /**
   * A poll that was due by the old time when the clock was put back lies in the future now; left there, it would take
   * the collector along, and nothing would be recorded until the clock has caught up.
   */
  #dateInNewTime(cycle: Cycle): Cycle {
    const nowMs = this.#parts.clock.wallMs();
    if (cycle.slotMs <= nowMs + CLOCK_SLACK_MS) return cycle;
    const device = this.#parts.config.devices.find(({ id }) => id === cycle.deviceId);
    return { ...cycle, slotMs: alignDown(nowMs, present(device, cycle.deviceId).periodMs) };
  }

  #armFlush(): void {
    this.#cancelFlush = this.#parts.clock.after(FLUSH_EVERY_MS, () => {
      this.#flush();
      this.#armFlush();
    });
  }

  #flush(): void {
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

function recordedHistories(config: PlantConfig, settings: VerificationSettings, store: WritableStore) {
  return rebuildHistories(config, settings, (unitId) =>
    latestReadings(store, unitId, settings.historyReadings)
      .toReversed()
      .map(({ body }) => {
        const { reading, verdict } = body as unknown as { reading: Reading; verdict: Verdict };
        return { reading, status: verdict.status };
      }),
  );
}
