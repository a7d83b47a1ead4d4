import type { DriverHost } from '../../core/acquisition/driver.ts';
import { present } from '../../core/model/assert.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import type { Deadline } from './deadline.ts';
import type { SharedSession } from './endpoint-session.ts';
import { isFault, type PlannedPoint } from './point-plan.ts';
import { type ReadValue, readValues } from './read-values.ts';
import { Subscription } from './subscription.ts';

export interface WatchParts {
  readonly session: SharedSession;
  readonly settings: OpcUaConnectionSettings;
  readonly host: DriverHost;
  readonly periodMs: number;
  readonly onRequest: () => void;
}

/** How often in a row a subscription may go quiet before reading takes its place in this session. */
const QUIET_MAX = 3;

/**
 * Gives the values of points from a subscription. The server's clock is watched along with them: while it advances,
 * the server's sampling runs, and what it has not reported has not changed. Once it stands still, or a notification
 * is missing, the subscription is made anew and every value is read once, so that nothing that changed meanwhile is
 * missed. A server that cannot do it is read from instead.
 */
export class Watch {
  readonly #parts: WatchParts;
  #subscription: Subscription | undefined;
  #asked: readonly PlannedPoint[] = [];
  #quietInRow = 0;
  #isReadingInstead = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** One value or fault for each point, each with when the server last confirmed it. @throws ExchangeFailure */
  async values(asked: readonly PlannedPoint[], deadline: Deadline): Promise<readonly (ReadValue | Fault)[]> {
    if (this.#isReadingInstead || asked.length === 0) return this.#readAll(asked, deadline);
    const subscription = this.#subscription;
    const isSame = asked.length === this.#asked.length && asked.every((one, at) => one === this.#asked[at]);
    if (subscription === undefined || !isSame) return this.#begin(asked, deadline);
    const trouble = subscription.trouble(this.#parts.host.clock.monotonicMs());
    if (trouble === undefined) {
      this.#quietInRow = 0;
      await subscription.retryRefused(deadline);
      if (subscription.takeDoubt()) return this.#readBeside(subscription, asked, deadline);
      return asked.map((one) => subscription.valueOf(one));
    }
    this.#quietInRow = subscription.wasConfirmed ? 0 : this.#quietInRow + 1;
    const { endpoint } = this.#parts.settings;
    this.#parts.host.log.warn({ endpoint, trouble }, `the subscription at ${endpoint} ${trouble}: it is made anew`);
    if (this.#quietInRow >= QUIET_MAX) return this.#readInstead(asked, deadline, 'its subscriptions bring nothing');
    return this.#begin(asked, deadline);
  }

  async close(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.close();
  }

  async #begin(asked: readonly PlannedPoint[], deadline: Deadline): Promise<readonly (ReadValue | Fault)[]> {
    await this.close();
    this.#asked = asked;
    const { session, settings, host, periodMs, onRequest } = this.#parts;
    const intervalMs = settings.publishInterval ?? periodMs;
    const begun = await Subscription.begin({ session, settings, host, intervalMs, onRequest }, asked, deadline);
    if (begun.kind === 'unable') return this.#readInstead(asked, deadline, begun.why);
    this.#subscription = begun.subscription;
    return this.#readBeside(begun.subscription, asked, deadline);
  }

  /** Reads every value once, for what the subscription may have missed. */
  async #readBeside(
    subscription: Subscription,
    asked: readonly PlannedPoint[],
    deadline: Deadline,
  ): Promise<readonly ReadValue[]> {
    const values = await this.#readAll(asked, deadline);
    for (const [index, one] of asked.entries()) subscription.take(one, present(values[index], `value ${index}`));
    return values;
  }

  #readInstead(asked: readonly PlannedPoint[], deadline: Deadline, why: string): Promise<ReadValue[]> {
    const { endpoint } = this.#parts.settings;
    this.#isReadingInstead = true;
    this.#parts.host.log.warn({ endpoint, why }, `${endpoint} is read from at each poll, because ${why}`);
    void this.close();
    return this.#readAll(asked, deadline);
  }

  #readAll(asked: readonly PlannedPoint[], deadline: Deadline): Promise<ReadValue[]> {
    const { session, settings, host, onRequest } = this.#parts;
    const nodes = asked.flatMap(({ node }) => (isFault(node) ? [] : [node]));
    return readValues(nodes, { session, settings, deadline, clock: host.clock, onRequest });
  }
}
