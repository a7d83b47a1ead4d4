import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Resource } from '../../core/acquisition/shared.ts';
import type { CancelTimer } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import { attemptsAt } from './attempts.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import { ExchangeFailure } from './deadline.ts';
import { abortedFault, closedByUsFault, closedFault, linkFault, settingsDifferFault } from './link-fault.ts';
import {
  closeQuietly,
  deadlineOf,
  type OpenedSession,
  openSession,
  SESSION_TIMEOUT_MS,
  serverNode,
  step,
} from './open-session.ts';
import type { SentCounts } from './reading-client.ts';

/** An open session as the devices use it; spent once something has gone wrong with it as a whole. */
export interface SharedSession extends OpenedSession {
  /** Lowered when the server turns out to answer less at once than it says. */
  nodesPerRead: number;
  /** Why it cannot be used any more; undefined while it can. */
  readonly spentBy: Fault | undefined;
  spend(fault: Fault): void;
}

export type SessionOutcome =
  | { readonly kind: 'open'; readonly session: SharedSession }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Asked this often at least, so that the server keeps the session of a device that is read rarely. */
const KEEP_ALIVE_MS = SESSION_TIMEOUT_MS / 3;

/** The shared thing behind every device of one endpoint. */
export function endpointKey(endpoint: string): string {
  return `opcua ${endpoint}`;
}

/**
 * The one session to an endpoint, however many devices read through it. A spent session is closed before the next
 * one is opened, and all who ask at once wait for the same attempt.
 */
export class EndpointSession implements Resource {
  readonly sent: SentCounts = new Map();
  readonly #settings: OpcUaConnectionSettings;
  readonly #host: DriverHost;
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #opening: Promise<SessionOutcome> | undefined;
  #cancelKeepAlive: CancelTimer | undefined;

  constructor(settings: OpcUaConnectionSettings, host: DriverHost) {
    this.#settings = settings;
    this.#host = host;
  }

  /** The session, opened if there is none that can be used. Gives up waiting, not the attempt, when `signal` aborts. */
  async open(settings: OpcUaConnectionSettings, signal: AbortSignal): Promise<SessionOutcome> {
    if (!isSameWay(settings, this.#settings)) return { kind: 'fault', fault: settingsDifferFault(settings) };
    if (signal.aborted) return { kind: 'fault', fault: abortedFault(settings) };
    if (this.#session !== undefined && this.#session.spentBy === undefined)
      return { kind: 'open', session: this.#session };
    this.#opening ??= this.#openOnce().finally(() => {
      this.#opening = undefined;
    });
    return orAborted(this.#opening, signal, abortedFault(settings));
  }

  close(): Promise<void> {
    this.#closing.abort();
    const closed = Promise.resolve(this.#opening).then(() => this.#drop());
    attemptsAt(this.#host.shared, this.#settings.endpoint).closed = closed;
    return closed;
  }

  async #openOnce(): Promise<SessionOutcome> {
    const { clock, shared } = this.#host;
    const attempts = attemptsAt(shared, this.#settings.endpoint);
    const early = attempts.tooEarly(clock.monotonicMs(), closedFault(this.#settings));
    if (early !== undefined) return { kind: 'fault', fault: early };
    attempts.begun(clock.monotonicMs());
    await attempts.closed;
    await this.#drop();
    try {
      const { signal } = this.#closing;
      const parts = { settings: this.#settings, host: this.#host, attempts, sent: this.sent, signal };
      const session = new Session(await openSession(parts));
      attempts.succeeded();
      session.client.onClose(() => session.spend(closedFault(this.#settings)));
      this.#session = session;
      this.#armKeepAlive(session);
      return { kind: 'open', session };
    } catch (error) {
      const fault = error instanceof ExchangeFailure ? error.fault : linkFault(error, this.#settings);
      attempts.failed(fault, clock.monotonicMs());
      return { kind: 'fault', fault };
    }
  }

  async #drop(): Promise<void> {
    this.#cancelKeepAlive?.();
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    session.spend(closedByUsFault());
    await closeQuietly(session.client, this.#host);
  }

  #armKeepAlive(session: Session): void {
    this.#cancelKeepAlive = this.#host.clock.after(KEEP_ALIVE_MS, () => {
      if (session.spentBy !== undefined) return;
      void this.#askTime(session).then(() => {
        if (session.spentBy === undefined && this.#session === session) this.#armKeepAlive(session);
      });
    });
  }

  async #askTime(session: Session): Promise<void> {
    const deadline = deadlineOf({ settings: this.#settings, host: this.#host, signal: this.#closing.signal });
    try {
      await step(session.client.read([serverNode(session.library, 'currentTime')]), deadline, this.#settings);
    } catch (error) {
      if (error instanceof ExchangeFailure && !this.#closing.signal.aborted) session.spend(error.fault);
    }
  }
}

class Session implements SharedSession {
  readonly library: OpenedSession['library'];
  readonly client: OpenedSession['client'];
  readonly namespaces: OpenedSession['namespaces'];
  nodesPerRead: number;
  readonly clock: OpenedSession['clock'];
  #spentBy: Fault | undefined;

  constructor({ library, client, namespaces, nodesPerRead, clock }: OpenedSession) {
    this.library = library;
    this.client = client;
    this.namespaces = namespaces;
    this.nodesPerRead = nodesPerRead;
    this.clock = clock;
  }

  get spentBy(): Fault | undefined {
    return this.#spentBy;
  }

  spend(fault: Fault): void {
    this.#spentBy ??= fault;
  }
}

/** Whether one session can serve both: acquisition and timeouts are each device's own. */
function isSameWay(a: OpcUaConnectionSettings, b: OpcUaConnectionSettings): boolean {
  return (
    a.endpoint === b.endpoint &&
    a.securityMode === b.securityMode &&
    a.securityPolicy === b.securityPolicy &&
    a.username === b.username &&
    a.passwordFile === b.passwordFile &&
    a.trust === b.trust &&
    a.tolerate.join() === b.tolerate.join()
  );
}

async function orAborted(work: Promise<SessionOutcome>, signal: AbortSignal, fault: Fault): Promise<SessionOutcome> {
  let cleanUp = (): void => {};
  const aborted = new Promise<SessionOutcome>((resolve) => {
    const onAbort = (): void => resolve({ kind: 'fault', fault });
    signal.addEventListener('abort', onAbort, { once: true });
    cleanUp = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    cleanUp();
  }
}
