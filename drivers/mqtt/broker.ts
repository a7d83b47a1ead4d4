import { createHash } from 'node:crypto';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Lease, Resource, Shared } from '../../core/acquisition/shared.ts';
import { AttemptLimit } from '../../core/model/attempt-limit.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { BrokerLink, Delivery, Session } from './broker-link.ts';
import type { BrokerSettings } from './broker-schema.ts';
import { clientIdOf } from './client-id.ts';
import { abortedFault, closedFault, lostFault } from './link-fault.ts';
import { openLink } from './open-link.ts';
import { coversTopic } from './topic.ts';

/** One device that hears a broker. */
export interface Listener {
  /** Topic filters. */
  readonly topics: readonly string[];
  readonly qos: 0 | 1;
  take(delivery: Delivery): void;
  lost(fault: Fault): void;
}

export type JoinOutcome =
  /** Topics that the broker does not let us read, each with its fault. */
  | { readonly kind: 'joined'; readonly refused: ReadonlyMap<string, Fault> }
  | { readonly kind: 'fault'; readonly fault: Fault };

const REBIRTH_PAUSE_MS = 10_000;
const REBIRTH_PAUSE_MS_MAX = 300_000;

/** What is known of a broker beyond one connection. */
interface Past extends Session {
  readonly attempts: AttemptLimit;
  lastFault: Fault | undefined;
  /** When each edge node was asked for its birth, and how long it is then left alone. */
  readonly rebirths: Map<string, { readonly atMs: number; pauseMs: number }>;
}

const pasts = new WeakMap<Shared, Map<string, Past>>();

/** The one connection to a broker with one login, for all devices that read there. */
export function leaseBroker(driver: 'mqtt' | 'sparkplug-b', settings: BrokerSettings, host: DriverHost): Lease<Broker> {
  const key = `${driver} ${createHash('sha256')
    .update(JSON.stringify(brokerPart(settings)))
    .digest('hex')}`;
  return host.shared.acquire(
    key,
    () =>
      new Broker(
        settings,
        host,
        clientIdOf(settings, key, host),
        pastOf(host, key, driver === 'mqtt' ? 'kept' : 'fresh'),
      ),
  );
}

/**
 * Devices come and go; the first one connects, all others wait for the same attempt, and a lost connection is told to
 * all of them. Each poller then comes back by itself, and together they make no more attempts than one would.
 */
export class Broker implements Resource {
  /** How many packets of each kind were sent, over all connections. */
  readonly sent: Record<string, number> = {};
  readonly #settings: BrokerSettings;
  readonly #host: DriverHost;
  readonly #clientId: string;
  readonly #past: Past;
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  #opening: Promise<BrokerLink | Fault> | undefined;
  #link: BrokerLink | undefined;

  constructor(settings: BrokerSettings, host: DriverHost, clientId: string, past: Past) {
    this.#settings = settings;
    this.#host = host;
    this.#clientId = clientId;
    this.#past = past;
  }

  /** Connects if need be and subscribes. The listener hears from now on, its retained messages included. */
  async join(listener: Listener, signal: AbortSignal): Promise<JoinOutcome> {
    if (signal.aborted) return { kind: 'fault', fault: abortedFault() };
    // Before the login: a broker sends what waited for us right behind its answer.
    this.#listeners.add(listener);
    const link = await orAborted(this.#open(), signal);
    const refused =
      'subscribe' in link ? await orAborted(link.subscribe([...new Set(listener.topics)], listener.qos), signal) : link;
    if ('size' in refused) return { kind: 'joined', refused };
    this.#listeners.delete(listener);
    return { kind: 'fault', fault: refused };
  }

  leave(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return;
    const used = new Set([...this.#listeners].flatMap(({ topics }) => topics));
    this.#link?.unsubscribe(listener.topics.filter((topic) => !used.has(topic)));
  }

  /**
   * Asks a Sparkplug edge node for its birth, if that was not done a moment ago: by any device, over any connection.
   * Returns whether it was sent.
   */
  requestRebirth(group: string, node: string): boolean {
    const key = `${group}/${node}`;
    const nowMs = this.#host.clock.monotonicMs();
    const last = this.#past.rebirths.get(key);
    if (last !== undefined && nowMs - last.atMs < last.pauseMs) return false;
    if (this.#link?.requestRebirth(group, node) !== true) return false;
    const pauseMs = last === undefined ? REBIRTH_PAUSE_MS : Math.min(2 * last.pauseMs, REBIRTH_PAUSE_MS_MAX);
    this.#past.rebirths.set(key, { atMs: nowMs, pauseMs });
    return true;
  }

  /** The node answered: the next question may come as soon as the first. */
  reborn(group: string, node: string): void {
    const last = this.#past.rebirths.get(`${group}/${node}`);
    if (last !== undefined) last.pauseMs = REBIRTH_PAUSE_MS;
  }

  /** Asks once more for topics that were refused: a person may have given the right meanwhile. */
  async subscribeAgain(topics: readonly string[], qos: 0 | 1): Promise<ReadonlyMap<string, Fault> | undefined> {
    const refused = await this.#link?.subscribe(topics, qos);
    return refused !== undefined && 'size' in refused ? refused : undefined;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const opening = await this.#opening;
    const link = this.#link ?? (opening !== undefined && 'subscribe' in opening ? opening : undefined);
    this.#link = undefined;
    await link?.close();
  }

  /** The connection that stands, the attempt that is on its way, or a new one. */
  #open(): Promise<BrokerLink | Fault> {
    if (this.#closing.signal.aborted) return Promise.resolve(closedFault());
    if (this.#link?.isOpen === true) return Promise.resolve(this.#link);
    this.#opening ??= this.#attempt().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #attempt(): Promise<BrokerLink | Fault> {
    const past = this.#past;
    const nowMs = this.#host.clock.monotonicMs();
    if (past.attempts.waitMs(nowMs) > 0) return past.lastFault ?? lostFault(this.#settings, 'tried often');
    past.attempts.note(nowMs);
    const outcome = await openLink(
      {
        settings: this.#settings,
        clientId: this.#clientId,
        session: past,
        sent: this.sent,
        host: this.#host,
        onDelivery: (delivery) => this.#deliver(delivery),
        onLost: (fault) => this.#lose(fault),
      },
      this.#closing.signal,
    );
    if (outcome.kind === 'fault') {
      past.lastFault = outcome.fault;
      return outcome.fault;
    }
    if (!outcome.link.isOpen) return past.lastFault ?? lostFault(this.#settings, 'closed');
    this.#link = outcome.link;
    return outcome.link;
  }

  #deliver(delivery: Delivery): void {
    for (const listener of this.#listeners) {
      if (listener.topics.some((filter) => coversTopic(filter, delivery.topic))) listener.take(delivery);
    }
  }

  #lose(fault: Fault): void {
    this.#past.lastFault = fault;
    this.#link = undefined;
    for (const listener of [...this.#listeners]) {
      this.#listeners.delete(listener);
      listener.lost(fault);
    }
  }
}

/** What was sent since `before` was noted; other devices of the broker have their part in it. */
export function sentSince(
  before: Readonly<Record<string, number>>,
  sent: Readonly<Record<string, number>>,
): Record<string, number> {
  const since = Object.entries(sent).map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const);
  return Object.fromEntries(since.filter(([, count]) => count > 0));
}

function pastOf({ shared }: DriverHost, key: string, kind: Session['kind']): Past {
  const known = pasts.get(shared) ?? new Map<string, Past>();
  pasts.set(shared, known);
  const past = known.get(key) ?? {
    kind,
    attempts: new AttemptLimit(),
    lastFault: undefined,
    generation: 0,
    canResume: false,
    rebirths: new Map(),
  };
  known.set(key, past);
  return past;
}

/** What makes two devices share a connection: everything about the broker, and nothing about their topics. */
function brokerPart(settings: BrokerSettings): unknown[] {
  const { url, username, passwordFile, caFile, certFile, keyFile, clientId, version, timeout } = settings;
  return [url, username, passwordFile, caFile, certFile, keyFile, clientId, version, timeout];
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | Fault> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(abortedFault());
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then((outcome) => {
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    });
  });
}
