import type { NotificationMessage } from 'node-opcua';
import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import type { SharedSession } from './endpoint-session.ts';
import { statusOf } from './link-fault.ts';
import type { Acknowledgement } from './reading-client.ts';

/** What a subscription is told. Called synchronously: be quick. */
export interface Subscriber {
  onMessage(message: NotificationMessage, more: 'more' | 'last'): void;
  /** The server does not know the subscription any more. */
  onLost(): void;
}

const PUBLISH_TIMEOUT_MS = 60_000;
/** After an answer that is no notification; otherwise a server that refuses at once would be asked without a pause. */
const REFUSED_PAUSE_MS = 500;

const pumps = new WeakMap<SharedSession, PublishPump>();

/** The pump of a session: publish answers belong to a session and not to the subscription that asked. */
export function pumpOf(session: SharedSession, clock: Clock): PublishPump {
  const pump = pumps.get(session) ?? new PublishPump(session, clock);
  pumps.set(session, pump);
  return pump;
}

/** Keeps publish requests waiting at the server for as long as there are subscriptions, and hands the answers out. */
export class PublishPump {
  readonly #session: SharedSession;
  readonly #clock: Clock;
  readonly #subscribers = new Map<number, Subscriber>();
  #acknowledgements: Acknowledgement[] = [];
  #waiting = 0;
  #cancelPause: CancelTimer | undefined;
  /** The most that the server lets wait; learned when it says so. */
  #waitingMax = Number.POSITIVE_INFINITY;

  constructor(session: SharedSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  add(subscriptionId: number, subscriber: Subscriber): void {
    this.#subscribers.set(subscriptionId, subscriber);
    this.#fill();
  }

  remove(subscriptionId: number): void {
    this.#subscribers.delete(subscriptionId);
    if (this.#subscribers.size === 0) this.#cancelPause?.();
  }

  #fill(): void {
    // One more than there are subscriptions, so that the server never has to wait for us.
    const wanted = Math.min(this.#waitingMax, this.#subscribers.size + 1);
    while (this.#subscribers.size > 0 && this.#session.spentBy === undefined && this.#waiting < wanted) this.#send();
  }

  #send(): void {
    this.#waiting += 1;
    const acknowledgements = this.#acknowledgements;
    this.#acknowledgements = [];
    this.#session.client
      .publish(acknowledgements, PUBLISH_TIMEOUT_MS)
      .then(({ subscriptionId, notificationMessage, moreNotifications }) => {
        this.#waiting -= 1;
        this.#deliver(subscriptionId, notificationMessage, moreNotifications ? 'more' : 'last');
        this.#fill();
      })
      .catch((error: unknown) => {
        this.#waiting -= 1;
        this.#refused(statusOf(error));
      });
  }

  #deliver(subscriptionId: number, message: NotificationMessage, more: 'more' | 'last'): void {
    if ((message.notificationData ?? []).length > 0) {
      this.#acknowledgements.push({ subscriptionId, sequenceNumber: message.sequenceNumber });
    }
    this.#subscribers.get(subscriptionId)?.onMessage(message, more);
  }

  #refused(status: string | undefined): void {
    if (status === 'BadTooManyPublishRequests') this.#waitingMax = Math.max(1, this.#waiting);
    if (status === 'BadNoSubscription') {
      for (const subscriber of this.#subscribers.values()) subscriber.onLost();
      this.#subscribers.clear();
    }
    if (this.#subscribers.size === 0 || this.#session.spentBy !== undefined) return;
    // What ails the session is found by whoever reads; here it is enough not to ask in a circle.
    this.#cancelPause?.();
    this.#cancelPause = this.#clock.after(REFUSED_PAUSE_MS, () => this.#fill());
  }
}
