import type { Connection, ConnectionCounts, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome, Sample } from '../../core/acquisition/sample.ts';
import type { Lease } from '../../core/acquisition/shared.ts';
import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { coarseRegisterFault } from '../../core/model/coarse-register.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Quality } from '../../core/model/quality.ts';
import { type Broker, type Listener, sentSince } from './broker.ts';
import type { Delivery } from './broker-link.ts';
import { EdgeNode, NODE_MESSAGES, type NodeMessage } from './edge-node.ts';
import { abortedFault, closedFault } from './link-fault.ts';
import type { MetricValueHeard } from './metric-book.ts';
import { type Moment, redated } from './redate.ts';
import { RefusedTopics } from './refused-topics.ts';
import { decodeMetric, type SparkplugRecipe, sparkplugRecipe } from './sparkplug-decode.ts';
import {
  type MetricPlace,
  placeOfPoint,
  type SparkplugConnectionSettings,
  type SparkplugPointSettings,
} from './sparkplug-schema.ts';

/** The property Quality of a metric (Sparkplug 3.0, clause 6.4.15). Stale is a value that the node itself doubts. */
const QUALITIES: Readonly<Record<string, Quality>> = { 0: 'bad', 192: 'good', 500: 'bad' };

interface Watch {
  readonly point: PointConfig;
  readonly place: MetricPlace;
  readonly metric: string;
  readonly node: Node;
  /** The recipe for each type that births have given the metric. */
  readonly recipes: Map<string, SparkplugRecipe>;
  /** What the last value heard became, so that one message gives one sample. */
  last: { readonly heard: MetricValueHeard; readonly result: Sample | Fault } | undefined;
}

interface Node {
  readonly group: string;
  readonly name: string;
  readonly state: EdgeNode;
}

/**
 * Hears the edge nodes of one device of plant.yaml. Sparkplug nodes send what changes, so a value stands until the next
 * one or until the node's state says that it must not be believed any more.
 */
export class SparkplugConnection implements Connection, Listener {
  readonly topics: readonly string[];
  readonly qos = 1;
  readonly #settings: SparkplugConnectionSettings;
  readonly #host: DriverHost;
  readonly #lease: Lease<Broker>;
  readonly #watches = new Map<string, Watch>();
  readonly #nodes = new Map<string, Node>();
  readonly #refused: RefusedTopics;
  readonly #sentBefore: Readonly<Record<string, number>>;
  #end: Fault | undefined;
  #strangers = 0;
  #rebirths = 0;

  constructor(device: DeviceConfig, host: DriverHost, lease: Lease<Broker>) {
    this.#settings = device.connection as SparkplugConnectionSettings;
    this.#host = host;
    this.#lease = lease;
    this.#sentBefore = { ...lease.resource.sent };
    this.#refused = new RefusedTopics(lease.resource, this.qos);
    for (const point of device.points) {
      const place = present(placeOfPoint(device.connection, point.settings), `the edge node of ${point.ref}`);
      const { metric } = point.settings as SparkplugPointSettings;
      const node = this.#nodeAt(place.group, place.node);
      this.#watches.set(point.ref, { point, place, metric, node, recipes: new Map(), last: undefined });
    }
    this.topics = [...this.#nodes.values()].flatMap(({ group, name }) => filtersOf(group, name));
  }

  async open(signal: AbortSignal): Promise<Fault | undefined> {
    const joined = await this.#lease.resource.join(this, signal);
    if (joined.kind === 'fault') return joined.fault;
    this.#refused.set(joined.refused, this.#host.clock.monotonicMs());
    this.#askForBirths();
    return this.#end;
  }

  take(delivery: Delivery): void {
    const [, group = '', message = '', name = '', device = ''] = delivery.topic.split('/');
    const node = this.#nodes.get(`${group}/${name}`);
    if (node === undefined || !isNodeMessage(message)) return;
    const outcome = node.state.take(message, device, delivery);
    if (message === 'NBIRTH' && outcome.kind === 'taken') this.#lease.resource.reborn(group, name);
    if (outcome.kind === 'doubt') this.#askForBirths();
    if (outcome.kind !== 'taken') this.#strangers += 1;
    else if (outcome.historical > 0) this.#setAside(outcome.historical, delivery.topic);
  }

  lost(fault: Fault): void {
    this.#end ??= fault;
  }

  read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const { clock } = this.#host;
    const atMs = clock.wallMs();
    const nowMonotonicMs = clock.monotonicMs();
    const general = this.#end ?? (signal.aborted ? abortedFault() : undefined);
    if (general === undefined) {
      this.#refused.askAgain(nowMonotonicMs);
      this.#askForBirths();
    }
    return Promise.resolve(
      points.map((point): Outcome => {
        const value = general ?? this.#valueOf(point, { atMs, atMonotonicMs: nowMonotonicMs });
        return 'kind' in value ? value : { kind: 'miss', point: point.ref, fault: value, atMs };
      }),
    );
  }

  counts(): ConnectionCounts {
    const requests = this.topics.length + this.#rebirths;
    const sent = sentSince(this.#sentBefore, this.#lease.resource.sent);
    return { requests, timeouts: 0, strangers: this.#strangers, writes: 0, sent };
  }

  async close(): Promise<void> {
    this.#end ??= closedFault();
    this.#lease.resource.leave(this);
    await this.#lease.release();
  }

  #nodeAt(group: string, name: string): Node {
    const key = `${group}/${name}`;
    const { clock } = this.#host;
    const now = { atMs: clock.wallMs(), atMonotonicMs: clock.monotonicMs() };
    const node = this.#nodes.get(key) ?? {
      group,
      name,
      state: new EdgeNode(key, this.#settings.staleAfter, now),
    };
    this.#nodes.set(key, node);
    return node;
  }

  #askForBirths(): void {
    if (!this.#settings.rebirth || this.#end !== undefined) return;
    const nowMs = this.#host.clock.monotonicMs();
    for (const { group, name, state } of this.#nodes.values()) {
      if (state.needsBirth(nowMs) && this.#lease.resource.requestRebirth(group, name)) this.#rebirths += 1;
    }
  }

  #valueOf(point: PointConfig, now: Moment): Sample | Fault {
    const watch = present(this.#watches.get(point.ref), `point ${point.ref}`);
    const { group, name, state } = watch.node;
    for (const filter of filtersOf(group, name)) {
      const refused = this.#refused.faultOf(filter);
      if (refused !== undefined) return refused;
    }
    const heard = state.valueOf(watch.place.device, watch.metric, now.atMonotonicMs);
    if (!('metric' in heard)) return heard;
    const known = watch.last?.heard === heard ? watch.last.result : sampleOf(watch, heard);
    const result = 'kind' in known ? redated(known, heard.came, now) : known;
    if (watch.last?.result !== result) watch.last = { heard, result };
    return result;
  }

  #setAside(count: number, topic: string): void {
    this.#strangers += count;
    this.#host.log.info({ topic, count }, 'values from the past were not taken for present ones');
  }
}

/** Births, deaths and data of a node and of its devices; every message counts, since each has its number. */
function filtersOf(group: string, node: string): string[] {
  return [`spBv1.0/${group}/+/${node}`, `spBv1.0/${group}/+/${node}/+`];
}

function isNodeMessage(text: string): text is NodeMessage {
  return (NODE_MESSAGES as readonly string[]).includes(text);
}

function sampleOf(watch: Watch, { metric, type, came, deviceAtMs, quality }: MetricValueHeard): Sample | Fault {
  const { point, place, recipes } = watch;
  const recipe = recipes.get(type) ?? sparkplugRecipe(point, place, type);
  recipes.set(type, recipe);
  const decoded = decodeMetric(recipe, metric);
  if (decoded.kind === 'fault') return decoded.fault;
  const coarse = recipe.counter === undefined ? undefined : coarseFault(type, metric);
  if (coarse !== undefined) return coarse;
  const { value, register } = decoded;
  return {
    kind: 'sample',
    point: point.ref,
    value,
    ...(register === undefined ? {} : { register }),
    unit: point.unit,
    quality: quality === undefined ? 'good' : (QUALITIES[String(quality)] ?? 'uncertain'),
    readAtMs: came.atMs,
    ...(deviceAtMs === undefined ? {} : { deviceAtMs }),
    raw: Uint8Array.from(metric.raw),
    recipe,
  };
}

/** The width of a metric is known with its birth, and some nodes put a float into a metric that they call a Double. */
function coarseFault(type: string, { values }: MetricValueHeard['metric']): Fault | undefined {
  const numbers = values.flatMap((value) => ('number' in value ? [value] : []));
  const coarse = numbers.find(({ field }) => type === 'Float' || field === 'float');
  return coarse === undefined ? undefined : coarseRegisterFault(coarse.number);
}
