import type { DeviceHealth } from '../core/acquisition/device-health.ts';
import type { Driver } from '../core/acquisition/driver.ts';
import type { Cycle } from '../core/acquisition/sample.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { DeviceKey } from '../core/ledger/device-key.ts';
import type { RecordedEntry } from '../core/ledger/recorder.ts';
import { present } from '../core/model/assert.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Failure } from '../core/model/failure.ts';
import type { Log } from '../core/model/log.ts';
import { parseIso } from '../core/model/time.ts';
import { readEntry } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import { staleSentence } from '../core/verification/twin/stability.ts';
import type { ApplianceActions } from './api/actions.ts';
import { toNewReadingAnswer, toReadingAnswer } from './api/reading-answer.ts';
import type { ApplianceView, StreamEvent } from './api/view.ts';
import { dataFolderAt } from './data-folder.ts';
import { expectedPowers } from './expected-powers.ts';
import type { KeyRotation } from './keys/key-rotation.ts';
import { listMeters, type MeterActionParts, recordMeterChange } from './meter-actions.ts';
import { recordMeterWithdrawal } from './meter-withdrawal.ts';
import { createMetrics } from './metrics.ts';
import { monthActions } from './month/month-actions.ts';
import type { Plant } from './plant.ts';
import { PlantModels } from './plant-models.ts';
import type { PlantListener } from './plant-parts.ts';
import { buildStatus, deviceStatus, type Point, pointPlaces, pointView, type RunningParts } from './plant-status.ts';
import { recordReview } from './review-actions.ts';
import type { BatchProver } from './sync/batch-prover.ts';
import { syncActions } from './sync/sync-actions.ts';
import { SyncNewsDesk } from './sync/sync-news.ts';
import { type TokenWatchers, viewTokens } from './tokens/view-tokens.ts';
import { trustActions } from './trust-actions.ts';

export type PlantWatchers = Pick<RunningParts, 'backups' | 'check' | 'disk'> &
  TokenWatchers & {
    readonly keys?: Pick<KeyRotation, 'rotate'>;
    readonly prover?: BatchProver;
  };

export interface PlantViewParts {
  readonly config: PlantConfig;
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly store: ReadableStore;
  readonly clock: Clock;
  readonly version: string;
  readonly mode: 'normal' | 'shadow';
  /** The device key; it may change while the plant runs. */
  readonly key: Pick<DeviceKey, 'verifierKey'>;
  readonly dataFolder: string;
  readonly log: Log;
}

/** What the API and the metrics see of a running plant, and the ear through which they hear of it. */
export class PlantView {
  readonly view: ApplianceView;
  readonly actions: ApplianceActions;
  readonly listener: PlantListener;
  readonly #parts: PlantViewParts;
  readonly #places: ReadonlyMap<string, string>;
  readonly #metrics = createMetrics();
  /** What is pushed comes when it comes: only polls have a schedule to be late for. */
  readonly #polled: ReadonlySet<string>;
  readonly #models: PlantModels;
  readonly #news: SyncNewsDesk;
  readonly #subscribers = new Set<(event: StreamEvent) => void>();
  #plant: Plant | undefined;
  #watchers: PlantWatchers = {};
  #url = '';

  constructor(parts: PlantViewParts) {
    this.#parts = parts;
    this.#polled = new Set(parts.config.devices.filter(({ driver }) => driver !== 'http').map(({ id }) => id));
    this.listener = {
      onCycle: (cycle) => this.#onCycle(cycle),
      onHealth: (health) => this.#onHealth(health),
      onRecorded: (recorded) => this.#onRecorded(recorded),
    };
    this.#places = pointPlaces(parts.config);
    const { driversFolder, storePath } = dataFolderAt(parts.dataFolder);
    this.#models = new PlantModels({
      ...parts,
      storePath,
      settings: DEFAULT_SETTINGS,
      origin: () => this.#running().origin,
      keepsDerived: () => this.#watchers.disk?.keepsDerived ?? true,
      staleOf: (unitId) => staleSentence(this.#plant?.memoryOf(unitId)?.twin.staleness() ?? []),
      record: (entry, alongside) => this.#running().record(entry, alongside),
      learn: (unitId, model) => this.#running().memoryOf(unitId)?.learn(model),
    });
    this.#news = new SyncNewsDesk({
      ...parts,
      targets: () => this.actions.sync.targets(),
      emit: (data) => this.#emit({ event: 'sync', data }),
    });
    const record: Plant['record'] = (entry, alongside) => this.#running().record(entry, alongside);
    this.actions = {
      takePush: (request) => this.#running().pushes.take(request),
      reviewReading: (request) => recordReview({ ...parts, nowMs: () => parts.clock.wallMs(), record }, request),
      sync: syncActions({
        ...parts,
        record,
        sync: () => this.#watchers.sync,
        prover: () => this.#watchers.prover,
        changed: (batch) => this.#news.changed(batch),
      }),
      rotateKey: (request) => present(this.#watchers.keys, 'what changes the key').rotate(request),
      tokens: viewTokens(parts, record, () => this.#watchers),
      listMeters: () => listMeters(parts),
      changeMeter: (request) => recordMeterChange(this.#meterParts(), request),
      withdrawMeter: (request) => recordMeterWithdrawal(this.#meterParts(), request),
      ...trustActions({ ...parts, driversFolder, record, askNow: (id) => this.#askNow(id) }),
      ...monthActions({ ...parts, record }),
      ...this.#models.actions,
    };
    this.view = {
      clock: parts.clock,
      store: parts.store,
      metrics: this.#metrics,
      get verifierKey() {
        return parts.key.verifierKey;
      },
      status: () => this.#status(),
      points: () => this.#pointList(),
      readiness: () => this.#readiness(),
      expectedPowers: (unitId, readings) => expectedPowers(parts, unitId, readings),
      head: () => this.#running().head(),
      subscribe: (subscriber) => {
        this.#subscribers.add(subscriber);
        return () => this.#subscribers.delete(subscriber);
      },
    };
  }

  /** Shows this plant from now on, reachable at `url`. */
  attach(plant: Plant): void {
    this.#plant = plant;
  }

  /** What watches over the store from beside the plant. */
  watchWith(watchers: PlantWatchers): void {
    this.#watchers = watchers;
  }

  /** Something is not well that no device and no reading shows. */
  alarm({ code, message, hint }: Failure): void {
    this.#parts.log.error({ code, hint }, message);
    this.#emit({ event: 'alarm', data: { code, message, hint: hint ?? null } });
  }

  listensAt(url: string): void {
    this.#url = url;
  }

  /** Ends what goes on in the background. */
  stop(): void {
    this.#models.stop();
    this.#news.stop();
  }

  #askNow(id: string): void {
    this.#running()
      .pollers.find(({ deviceId }) => deviceId === id)
      ?.askNow();
  }

  #running(): Plant {
    return present(this.#plant, 'the plant that is shown');
  }

  #status(): ReturnType<ApplianceView['status']> {
    const plant = this.#running();
    const { config, store, clock, version, mode, key, dataFolder } = this.#parts;
    const head = plant.head();
    return buildStatus({
      config,
      origin: plant.origin,
      version,
      mode,
      store,
      head,
      verifierKey: key.verifierKey,
      dataFolder,
      nowMs: clock.wallMs(),
      running: {
        startedAtMs: plant.startedAtMs,
        url: this.#url,
        health: plant.health(),
        point: (ref) => plant.latest.get(ref),
        clock: plant.clock,
        ...this.#watchers,
      },
    });
  }

  #readiness(): { readonly ready: boolean; readonly reasons: readonly string[] } {
    const plant = this.#running();
    const reasons: string[] = [];
    const trouble = plant.trouble();
    if (trouble !== undefined) reasons.push(trouble.toLine());
    // What sends by itself can only send once we listen.
    const asked = this.#parts.config.devices.filter(
      ({ driver }) => this.#parts.drivers.get(driver)?.push === undefined,
    );
    const health = plant.health().filter(({ deviceId }) => asked.some(({ id }) => id === deviceId));
    if (health.length > 0 && health.every(({ state }) => state === 'down' || state === 'connecting')) {
      reasons.push('No device answers yet.');
    }
    return { ready: reasons.length === 0, reasons };
  }

  #emit(event: StreamEvent): void {
    for (const subscriber of this.#subscribers) subscriber(event);
  }

  #onCycle(cycle: Cycle): void {
    let samples = 0;
    for (const outcome of cycle.outcomes) {
      if (outcome.kind === 'sample') samples += 1;
      else this.#metrics.countMiss(outcome.fault.code);
    }
    this.#metrics.countSamples(samples);
    if (this.#polled.has(cycle.deviceId)) {
      this.#metrics.observePollDelay(Math.max(0, cycle.startedAtMs - cycle.slotMs) / 1000);
    }
    if (this.#subscribers.size === 0) return;
    const plant = this.#running();
    const nowMs = this.#parts.clock.wallMs();
    const items = cycle.outcomes.flatMap(({ point }) => {
      const latest = plant.latest.get(point);
      return latest === undefined ? [] : [pointView(latest, nowMs)];
    });
    this.#emit({ event: 'sample', data: { items } });
  }

  #meterParts(): MeterActionParts {
    return {
      ...this.#parts,
      nowMs: () => this.#parts.clock.wallMs(),
      changeMeter: (point, change) => this.#running().changeMeter(point, change),
      record: (entry, alongside) => this.#running().record(entry, alongside),
    };
  }

  #pointList(): Point[] {
    const nowMs = this.#parts.clock.wallMs();
    return this.#running()
      .latest.all()
      .map((latest) => {
        const where = this.#places.get(latest.point.ref);
        const view = pointView(latest, nowMs);
        return where === undefined ? view : { ...view, where };
      });
  }

  #onHealth(health: DeviceHealth): void {
    const device = this.#parts.config.devices.find(({ id }) => id === health.deviceId);
    if (device === undefined) return;
    const clock = this.#plant?.clock.device(device.id);
    this.#emit({ event: 'device', data: deviceStatus(device, health, clock) });
  }

  #onRecorded(recorded: readonly RecordedEntry[]): void {
    this.#watchers.sync?.recorded(recorded);
    this.#news.recorded(recorded);
    const nowMs = this.#parts.clock.wallMs();
    for (const { index, entry } of recorded) {
      if (entry.kind === 'review') this.#emitReview(entry.body.readingIndex);
      if (entry.kind !== 'reading') continue;
      const answer = toNewReadingAnswer({ index, recordedAtMs: parseIso(entry.at) ?? nowMs, body: entry.body });
      this.#metrics.countReading(answer.verdict.status);
      // A push may come weeks after its interval: that says nothing about how quickly we record.
      if (answer.push === undefined)
        this.#metrics.observeIntervalClose(Math.max(0, nowMs - (parseIso(answer.to) ?? nowMs)) / 1000);
      this.#emit({ event: 'reading', data: answer });
    }
    const plant = this.#plant;
    if (plant === undefined) return;
    const { size, root } = plant.head();
    const at = recorded.at(-1)?.entry.at;
    if (at !== undefined) {
      this.#emit({ event: 'ledger', data: { size, root: Buffer.from(root).toString('base64'), at } });
    }
  }

  /** The reading as it stands after the review, so that every window shows the same. */
  #emitReview(readingIndex: unknown): void {
    const { store } = this.#parts;
    const reading = typeof readingIndex === 'number' ? readEntry(store, readingIndex) : undefined;
    if (reading === undefined) return;
    const recorded = { index: reading.index, recordedAtMs: Date.parse(reading.at), body: reading.body };
    this.#emit({ event: 'review', data: toReadingAnswer(store, recorded) });
  }
}
