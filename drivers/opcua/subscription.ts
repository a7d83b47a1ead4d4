import type { DataValue, MonitoredItemCreateRequestOptions, NotificationMessage } from 'node-opcua';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import { type Deadline, ExchangeFailure } from './deadline.ts';
import type { SharedSession } from './endpoint-session.ts';
import { namespacesMovedFault } from './link-fault.ts';
import { deadlineOf, namespacesOf, serverNode, step } from './open-session.ts';
import { timeOf } from './plain-data-value.ts';
import { isFault, type PlannedPoint } from './point-plan.ts';
import { type PublishPump, pumpOf } from './publish-pump.ts';
import type { ReadValue } from './read-values.ts';
import { statusFault } from './status-fault.ts';
import { itemOptions, subscriptionOptions } from './subscription-options.ts';

export interface SubscriptionParts {
  readonly session: SharedSession;
  readonly settings: OpcUaConnectionSettings;
  readonly host: DriverHost;
  readonly intervalMs: number;
  readonly onRequest: () => void;
}

export type Begun =
  | { readonly kind: 'begun'; readonly subscription: Subscription }
  | { readonly kind: 'unable'; readonly why: string };

interface Item {
  readonly handle: number;
  readonly planned: PlannedPoint;
  /** The value that came last, and when, on the monotonic clock: the wall clock may be set while it is held. */
  latest: { readonly dataValue: DataValue; readonly cameAtMs: number } | undefined;
  /** The value came from a read: an older one may still be on its way in a notification. */
  isRead: boolean;
  refused: { readonly fault: Fault; readonly retryAtMs: number } | undefined;
}

/** When a notification came, on both clocks. */
interface Came {
  readonly atMs: number;
  readonly atMonotonicMs: number;
}

/** Client handles of what is watched for its own sake; those of points follow. */
const HEARTBEAT = 1;
const NAMESPACES = 2;
const FIRST_POINT = 3;

const ITEMS_PER_REQUEST = 200;
/** Publishing intervals without a heartbeat until the subscription counts as quiet; never less than the minimum. */
const QUIET_INTERVALS = 3;
const QUIET_MS_MIN = 3000;
/** How long a refused node is left alone. Rare enough to cost nothing, soon enough after a repair. */
export const REFUSED_RETRY_MS = 5 * 60_000;
/** What ending it may take: a server that does not answer must not keep the next connection waiting. */
const CLOSE_MS_MAX = 2000;
const SEQUENCE_MAX = 0xffff_ffff;

/** One subscription at the server, with an item for each point and one for the server's own clock. */
export class Subscription {
  readonly #parts: SubscriptionParts;
  readonly #id: number;
  #quietAfterMs: number;
  readonly #pump: PublishPump;
  readonly #items = new Map<number, Item>();
  readonly #handles = new Map<PlannedPoint, Item>();
  #beatAtMs: number;
  /** When the server last confirmed all values, on the monotonic clock. */
  #confirmedAtMs: number | undefined;
  #beats = 0;
  /** A notification was passed over as older than what was read: by the server's clock, which may have been set. */
  #isUnsure = false;
  #serverMs = Number.NaN;
  #pendingBeat: number | undefined;
  #sequence: number | undefined;
  #trouble: string | undefined;

  private constructor(parts: SubscriptionParts, id: number, intervalMs: number) {
    const { session, host } = parts;
    this.#parts = parts;
    this.#id = id;
    this.#quietAfterMs = Math.max(QUIET_MS_MIN, QUIET_INTERVALS * intervalMs);
    this.#beatAtMs = host.clock.monotonicMs();
    this.#pump = pumpOf(session, host.clock);
  }

  /** Makes subscription and items. A node that the server refuses keeps none of the others from being watched. */
  static async begin(parts: SubscriptionParts, asked: readonly PlannedPoint[], deadline: Deadline): Promise<Begun> {
    const { session, settings, intervalMs } = parts;
    parts.onRequest();
    let id: number;
    let revisedMs: number;
    try {
      const made = await step(session.client.createSubscription(subscriptionOptions(intervalMs)), deadline, settings);
      id = made.subscriptionId;
      revisedMs = made.revisedPublishingInterval;
    } catch (error) {
      if (error instanceof ExchangeFailure && error.fault.code === 'DRV_OPCUA_LINK') {
        return { kind: 'unable', why: 'it makes no subscription' };
      }
      throw error;
    }
    const subscription = new Subscription(parts, id, revisedMs > 0 ? revisedMs : intervalMs);
    const isBeating = await subscription.#watchServer(deadline);
    if (!isBeating) {
      await subscription.close();
      return { kind: 'unable', why: 'its clock cannot be watched' };
    }
    for (const [index, planned] of asked.entries()) {
      const item: Item = { handle: FIRST_POINT + index, planned, latest: undefined, isRead: false, refused: undefined };
      subscription.#items.set(item.handle, item);
      subscription.#handles.set(planned, item);
    }
    await subscription.#createItems([...subscription.#items.values()], deadline);
    subscription.#pump.add(id, {
      onMessage: (message, more) => subscription.#onMessage(message, more),
      onLost: () => {
        subscription.#trouble ??= 'is not known to the server any more';
      },
    });
    return { kind: 'begun', subscription };
  }

  /** Whether the server's clock was seen to advance through this subscription: its first value alone shows nothing. */
  get wasConfirmed(): boolean {
    return this.#beats > 1;
  }

  /** Why its values are not to be relied on any more, as the end of a sentence. */
  trouble(monotonicMs: number): string | undefined {
    if (this.#trouble !== undefined) return this.#trouble;
    const quietMs = monotonicMs - this.#beatAtMs;
    return quietMs > this.#quietAfterMs ? `has been quiet for ${Math.round(quietMs)} ms` : undefined;
  }

  valueOf(planned: PlannedPoint): ReadValue | Fault {
    const item = this.#handles.get(planned);
    if (item?.refused !== undefined) return item.refused.fault;
    const latest = item?.latest;
    if (latest === undefined) return NOT_YET;
    const { clock } = this.#parts.host;
    const readAtMonotonicMs = Math.max(latest.cameAtMs, this.#confirmedAtMs ?? Number.NEGATIVE_INFINITY);
    const readAtMs = Math.floor(clock.wallMs() - (clock.monotonicMs() - readAtMonotonicMs));
    return { dataValue: latest.dataValue, readAtMs, readAtMonotonicMs };
  }

  /** Whether the values must be read once more; asking settles it. */
  takeDoubt(): boolean {
    const isUnsure = this.#isUnsure;
    this.#isUnsure = false;
    return isUnsure;
  }

  /** A value that was read beside the subscription. */
  take(planned: PlannedPoint, value: ReadValue | Fault): void {
    const item = this.#handles.get(planned);
    if (item === undefined || 'policy' in value) return;
    item.latest = { dataValue: value.dataValue, cameAtMs: value.readAtMonotonicMs };
    item.isRead = true;
  }

  /** Tries once more to watch what the server refused some time ago. */
  async retryRefused(deadline: Deadline): Promise<void> {
    const nowMs = this.#parts.host.clock.monotonicMs();
    const due = [...this.#items.values()].filter(({ refused }) => refused !== undefined && nowMs >= refused.retryAtMs);
    if (due.length > 0) await this.#createItems(due, deadline);
  }

  async close(): Promise<void> {
    const { session, settings, host } = this.#parts;
    this.#pump.remove(this.#id);
    this.#trouble ??= 'was closed';
    if (session.spentBy !== undefined) return;
    const usual = deadlineOf({ settings, host, signal: new AbortController().signal });
    const deadline = { ...usual, timeoutMs: Math.min(usual.timeoutMs, CLOSE_MS_MAX) };
    await step(session.client.deleteSubscription(this.#id), deadline, settings).catch(() => {
      // A server that does not answer forgets it by itself once nobody asks for its notifications.
    });
  }

  async #watchServer(deadline: Deadline): Promise<boolean> {
    const { session, settings, intervalMs, onRequest } = this.#parts;
    const { library, client } = session;
    onRequest();
    const items = [
      itemOptions(serverNode(library, 'currentTime'), HEARTBEAT, intervalMs, this.#parts),
      itemOptions(serverNode(library, 'namespaces'), NAMESPACES, intervalMs, this.#parts),
    ];
    const { results } = await step(client.createMonitoredItems(this.#request(items)), deadline, settings);
    const [clock] = results ?? [];
    if (clock?.statusCode.isGood() !== true) return false;
    // A server may look at its clock less often than it was asked to.
    this.#quietAfterMs = Math.max(this.#quietAfterMs, QUIET_INTERVALS * clock.revisedSamplingInterval);
    return true;
  }

  async #createItems(items: readonly Item[], deadline: Deadline): Promise<void> {
    const { session, settings, host, intervalMs, onRequest } = this.#parts;
    const watchable = items.filter(({ planned }) => !isFault(planned.node));
    for (let from = 0; from < watchable.length; from += ITEMS_PER_REQUEST) {
      const some = watchable.slice(from, from + ITEMS_PER_REQUEST);
      const options = some.flatMap(({ handle, planned: { node } }) =>
        isFault(node) ? [] : [itemOptions(node, handle, intervalMs, this.#parts)],
      );
      onRequest();
      const { results } = await step(session.client.createMonitoredItems(this.#request(options)), deadline, settings);
      for (const [index, item] of some.entries()) {
        const status = results?.[index]?.statusCode;
        const isGood = status?.isGood() === true;
        const fault = statusFault((status?.value ?? 0x8000_0000) >>> 0, item.planned.recipe.nodeId);
        item.refused = isGood ? undefined : { fault, retryAtMs: host.clock.monotonicMs() + REFUSED_RETRY_MS };
      }
    }
  }

  #request(itemsToCreate: MonitoredItemCreateRequestOptions[]) {
    const { TimestampsToReturn } = this.#parts.session.library;
    return { subscriptionId: this.#id, timestampsToReturn: TimestampsToReturn.Both, itemsToCreate };
  }

  #onMessage(message: NotificationMessage, more: 'more' | 'last'): void {
    const { library } = this.#parts.session;
    const data = message.notificationData ?? [];
    if (!this.#isNext(message.sequenceNumber, data.length > 0)) this.#trouble ??= 'has lost a notification';
    const { clock } = this.#parts.host;
    const came = { atMs: clock.wallMs(), atMonotonicMs: clock.monotonicMs() };
    for (const part of data) {
      if (part instanceof library.DataChangeNotification) {
        for (const { clientHandle, value } of part.monitoredItems ?? []) this.#onValue(clientHandle, value, came);
      } else if (part instanceof library.StatusChangeNotification) {
        this.#trouble ??= `was ended by the server (${part.status.name})`;
      }
    }
    // What is still to come may be newer than what is here: confirmed is only what the server had nothing to add to.
    if (more === 'more' || this.#pendingBeat === undefined) return;
    this.#confirmedAtMs = this.#pendingBeat;
    this.#beatAtMs = clock.monotonicMs();
    this.#beats += 1;
    // Whatever was on its way when values were read has come by now; from here on the latest to come is the newest.
    for (const item of this.#items.values()) item.isRead = false;
    this.#pendingBeat = undefined;
  }

  /** OPC 10000-4, clause 7.26: numbers count from 1, one by one; a message without data names the next one. */
  #isNext(sequence: number, holdsData: boolean): boolean {
    const before = this.#sequence;
    if (holdsData) this.#sequence = sequence;
    if (before === undefined || !holdsData) return true;
    return sequence === (before === SEQUENCE_MAX ? 1 : before + 1);
  }

  #onValue(handle: number, value: DataValue, came: Came): void {
    if (handle === HEARTBEAT) this.#onHeartbeat(value, came);
    if (handle === NAMESPACES) this.#onNamespaces(value);
    const item = this.#items.get(handle);
    if (item === undefined) return;
    if (item.isRead && isOlder(value, item.latest?.dataValue)) {
      this.#isUnsure = true;
      return;
    }
    item.latest = { dataValue: value, cameAtMs: came.atMonotonicMs };
    item.isRead = false;
  }

  #onHeartbeat({ value }: DataValue, { atMs, atMonotonicMs }: Came): void {
    const serverMs = timeOf(value?.value as Date | undefined);
    if (serverMs === undefined || serverMs === this.#serverMs) return;
    this.#serverMs = serverMs;
    this.#pendingBeat = atMonotonicMs;
    this.#parts.session.clock.note(serverMs, atMs - this.#parts.intervalMs, atMs);
  }

  #onNamespaces({ value }: DataValue): void {
    const { session, settings } = this.#parts;
    const uris = namespacesOf(value?.value);
    const isSame = uris.length === session.namespaces.length && uris.every((uri, at) => uri === session.namespaces[at]);
    if (!isSame) session.spend(namespacesMovedFault(settings));
  }
}

const NOT_YET: Fault = {
  code: 'DRV_OPCUA_WAITING',
  message: 'The server has not sent a value yet.',
  policy: 'wait',
  hint: 'Wait a minute after a start; if it stays, write acquire: read',
};

function isOlder(value: DataValue, known: DataValue | undefined): boolean {
  const valueMs = timeOf(value.serverTimestamp);
  const knownMs = timeOf(known?.serverTimestamp);
  return valueMs !== undefined && knownMs !== undefined && valueMs < knownMs;
}
