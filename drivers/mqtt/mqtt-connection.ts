import type { Connection, ConnectionCounts, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { Lease } from '../../core/acquisition/shared.ts';
import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import type { Fault } from '../../core/model/fault.ts';
import { type Broker, type Listener, sentSince } from './broker.ts';
import type { Delivery } from './broker-link.ts';
import type { MqttConnectionSettings } from './connection-schema.ts';
import { decode } from './decode.ts';
import { backFault, offlineFault } from './freshness-fault.ts';
import { parsePath } from './json-path.ts';
import { type FreshnessLimits, type Heard, LatestValue } from './latest-value.ts';
import { abortedFault, closedFault } from './link-fault.ts';
import { type Paths, Payload } from './payload.ts';
import type { MqttPointSettings } from './point-schema.ts';
import { type MqttRecipe, recipeOf } from './recipe.ts';
import type { Moment } from './redate.ts';
import { RefusedTopics } from './refused-topics.ts';

/** A value that comes as often as its device is polled may be late by half a period, and by a few seconds. */
const STALE_PERIODS = 1.5;
const STALE_MS_MIN = 3000;

interface Watch {
  readonly point: PointConfig;
  readonly recipe: MqttRecipe;
  readonly paths: Paths;
  readonly latest: LatestValue;
}

/**
 * Hears the topics of one device. What a poll gives is the latest message of each point, as long as it may be taken for
 * the present value: the same sample until the next message, with the time at which that message came.
 */
export class MqttConnection implements Connection, Listener {
  readonly topics: readonly string[];
  readonly qos: 0 | 1;
  readonly #settings: MqttConnectionSettings;
  readonly #host: DriverHost;
  readonly #lease: Lease<Broker>;
  readonly #watches = new Map<string, Watch>();
  readonly #byTopic = new Map<string, Watch[]>();
  readonly #refused: RefusedTopics;
  readonly #sentBefore: Readonly<Record<string, number>>;
  #end: Fault | undefined;
  #strangers = 0;

  constructor(device: DeviceConfig, host: DriverHost, lease: Lease<Broker>) {
    const settings = device.connection as MqttConnectionSettings;
    const limits: FreshnessLimits = {
      staleAfterMs: Math.max(
        settings.staleAfter ?? Math.max(STALE_PERIODS * device.periodMs, STALE_MS_MIN),
        device.periodMs,
      ),
      clockToleranceMs: settings.clockTolerance,
    };
    this.#settings = settings;
    this.#host = host;
    this.#lease = lease;
    this.#sentBefore = { ...lease.resource.sent };
    this.qos = settings.qos;
    this.#refused = new RefusedTopics(lease.resource, settings.qos);
    for (const point of device.points) {
      const watch = watchOf(point, limits, host.clock.wallMs());
      this.#watches.set(point.ref, watch);
      this.#byTopic.set(watch.recipe.topic, [...(this.#byTopic.get(watch.recipe.topic) ?? []), watch]);
    }
    const will = settings.willTopic === undefined ? [] : [settings.willTopic];
    this.topics = [...new Set([...this.#byTopic.keys(), ...will])];
  }

  async open(signal: AbortSignal): Promise<Fault | undefined> {
    const joined = await this.#lease.resource.join(this, signal);
    if (joined.kind === 'fault') return joined.fault;
    this.#refused.set(joined.refused, this.#host.clock.monotonicMs());
    const will = joined.refused.get(this.#settings.willTopic ?? '');
    if (will !== undefined)
      this.#host.log.warn({ code: will.code }, `the last will cannot be watched: ${will.message}`);
    return this.#end;
  }

  take(delivery: Delivery): void {
    if (delivery.topic === this.#settings.willTopic) this.#takeWill(delivery);
    const watches = this.#byTopic.get(delivery.topic);
    if (watches === undefined) return;
    const payload = new Payload(delivery.payload);
    const taken = watches.map((watch) => watch.latest.take(delivery, hear(watch, payload, delivery)));
    if (taken.every((outcome) => outcome === 'ignored')) this.#strangers += 1;
  }

  lost(fault: Fault): void {
    this.#end ??= fault;
  }

  read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const { clock } = this.#host;
    const atMs = clock.wallMs();
    const nowMonotonicMs = clock.monotonicMs();
    const general = this.#end ?? (signal.aborted ? abortedFault() : undefined);
    if (general === undefined) this.#refused.askAgain(nowMonotonicMs);
    return Promise.resolve(
      points.map((point): Outcome => {
        const value = general ?? this.#valueOf(point, { atMs, atMonotonicMs: nowMonotonicMs });
        return 'kind' in value ? value : { kind: 'miss', point: point.ref, fault: value, atMs };
      }),
    );
  }

  counts(): ConnectionCounts {
    const sent = sentSince(this.#sentBefore, this.#lease.resource.sent);
    return { requests: this.topics.length, timeouts: 0, strangers: this.#strangers, writes: 0, sent };
  }

  async close(): Promise<void> {
    this.#end ??= closedFault();
    this.#lease.resource.leave(this);
    await this.#lease.release();
  }

  #valueOf(point: PointConfig, now: Moment) {
    const { latest, recipe } = present(this.#watches.get(point.ref), `point ${point.ref}`);
    return this.#refused.faultOf(recipe.topic) ?? latest.valueAt(now);
  }

  /** A kept message counts here: that the publisher is gone is what the broker keeps it for. */
  #takeWill({ payload, atMs }: Delivery): void {
    const { willTopic = '', offlinePayload } = this.#settings;
    const isOffline = Buffer.from(payload).toString('utf8') === offlinePayload;
    for (const { latest } of this.#watches.values()) {
      if (isOffline) latest.invalidate(offlineFault(willTopic, atMs));
      else if (latest.isAbsentFor('DRV_MQTT_PUBLISHER_OFFLINE')) latest.explain(backFault(willTopic));
    }
  }
}

function watchOf(point: PointConfig, limits: FreshnessLimits, nowMs: number): Watch {
  const { topic, path, timePath, qualityPath } = point.settings as MqttPointSettings;
  const paths = { value: stepsOf(path), time: stepsOf(timePath), quality: stepsOf(qualityPath) };
  return { point, recipe: recipeOf(point), paths, latest: new LatestValue(topic, limits, nowMs) };
}

function stepsOf(path: string | undefined): Paths['value'] {
  if (path === undefined) return undefined;
  const parsed = parsePath(path);
  return parsed.kind === 'path' ? parsed.steps : undefined;
}

function hear({ point, recipe, paths }: Watch, payload: Payload, delivery: Delivery): Heard {
  const excerpt = payload.excerpt(paths);
  if (excerpt.kind === 'fault') return excerpt;
  const { raw } = excerpt;
  const decoded = decode(recipe, raw);
  if (decoded.kind === 'fault') return decoded;
  const { value, register, deviceAtMs, quality } = decoded;
  return {
    kind: 'sample',
    sample: {
      kind: 'sample',
      point: point.ref,
      value,
      ...(register === undefined ? {} : { register }),
      unit: point.unit,
      quality,
      readAtMs: delivery.atMs,
      ...(deviceAtMs === undefined ? {} : { deviceAtMs }),
      raw,
      recipe,
    },
  };
}
