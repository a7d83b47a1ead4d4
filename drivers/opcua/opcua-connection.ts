import type { Connection, ConnectionCounts, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { Lease } from '../../core/acquisition/shared.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import { type Deadline, ExchangeFailure } from './deadline.ts';
import type { EndpointSession, SharedSession } from './endpoint-session.ts';
import { closedByUsFault, linkFault } from './link-fault.ts';
import { deadlineOf } from './open-session.ts';
import { isFault, outcomeOf, type PlannedPoint, PointBook } from './point-plan.ts';
import { type ReadValue, readValues } from './read-values.ts';
import type { SentCounts } from './reading-client.ts';
import { Watch } from './watch.ts';

export interface ConnectionParts {
  readonly settings: OpcUaConnectionSettings;
  readonly periodMs: number;
  readonly host: DriverHost;
  readonly lease: Lease<EndpointSession>;
  readonly session: SharedSession;
  /** What the session had sent before this connection asked for it. */
  readonly sentBefore: SentCounts;
}

/** One device of an endpoint: reads through the shared session, or watches through a subscription of its own. */
export class OpcUaConnection implements Connection {
  readonly #parts: ConnectionParts;
  readonly #book = new PointBook();
  readonly #closing = new AbortController();
  #plan: { readonly of: readonly PointConfig[]; readonly points: readonly PlannedPoint[] } | undefined;
  #watch: Watch | undefined;
  readonly #sentBefore: SentCounts;
  #requests = 0;
  #timeouts = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#sentBefore = parts.sentBefore;
  }

  /** How far the server's clock is ahead of ours, as found at the latest question. */
  get clockOffset(): ClockOffset | undefined {
    return this.#parts.session.clock.latest;
  }

  async read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    if (points.length === 0) return [];
    const { settings, host, session } = this.#parts;
    if (this.#closing.signal.aborted) return this.#misses(points, closedByUsFault());
    if (session.spentBy !== undefined) return this.#misses(points, session.spentBy);
    const either = AbortSignal.any([signal, this.#closing.signal]);
    const deadline = deadlineOf({ settings, host, signal: either });
    const planned = this.#planOf(points);
    const values = new Map<PlannedPoint, ReadValue | Fault>();
    const asked = planned.filter((one) => {
      if (isFault(one.node)) values.set(one, one.node);
      return !isFault(one.node);
    });
    try {
      const found = await this.#valuesOf(asked, deadline);
      for (const [index, one] of asked.entries()) values.set(one, present(found[index], `the value ${index}`));
    } catch (error) {
      const fault = error instanceof ExchangeFailure ? error.fault : linkFault(error, settings);
      if (fault.policy === 'reconnect') session.spend(fault);
      if (fault.code === 'DRV_OPCUA_TIMEOUT') this.#timeouts += 1;
      return this.#misses(points, fault);
    }
    const nowMs = host.clock.wallMs();
    return planned.map((one): Outcome => {
      const value = present(values.get(one), 'what a point gave');
      if ('policy' in value) return { kind: 'miss', point: one.point.ref, fault: value, atMs: nowMs };
      return outcomeOf(one, value.dataValue, session.library, value.readAtMs);
    });
  }

  counts(): ConnectionCounts {
    const sent = this.#sent();
    return { requests: this.#requests, timeouts: this.#timeouts, strangers: 0, writes: 0, sent };
  }

  /** What the session sent since this connection began; other devices of the endpoint have their part in it. */
  #sent(): Record<string, number> {
    const since = [...this.#parts.lease.resource.sent].map(([service, count]) => {
      return [service, count - (this.#sentBefore.get(service) ?? 0)] as const;
    });
    return Object.fromEntries(since.filter(([, count]) => count > 0));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const watch = this.#watch;
    this.#watch = undefined;
    await watch?.close();
    await this.#parts.lease.release();
  }

  #valuesOf(asked: readonly PlannedPoint[], deadline: Deadline): Promise<readonly (ReadValue | Fault)[]> {
    const { settings, host, session, periodMs } = this.#parts;
    const onRequest = (): void => {
      this.#requests += 1;
    };
    if (settings.acquire === 'read') {
      const nodes = asked.flatMap(({ node }) => (isFault(node) ? [] : [node]));
      return readValues(nodes, { session, settings, deadline, clock: host.clock, onRequest });
    }
    this.#watch ??= new Watch({ session, settings, host, periodMs, onRequest });
    return this.#watch.values(asked, deadline);
  }

  #planOf(points: readonly PointConfig[]): readonly PlannedPoint[] {
    const kept = this.#plan;
    const isKept =
      kept !== undefined && kept.of.length === points.length && kept.of.every((one, at) => one === points[at]);
    if (isKept) return kept.points;
    const { session, settings } = this.#parts;
    this.#plan = { of: points, points: this.#book.plan(points, session, settings.endpoint) };
    return this.#plan.points;
  }

  #misses(points: readonly PointConfig[], fault: Fault): Outcome[] {
    const atMs = this.#parts.host.clock.wallMs();
    return points.map(({ ref }) => ({ kind: 'miss', point: ref, fault, atMs }));
  }
}
