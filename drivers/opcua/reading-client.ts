import type {
  BrowseDescriptionOptions,
  BrowseResponse,
  BrowseResult,
  CreateMonitoredItemsRequestOptions,
  CreateMonitoredItemsResponse,
  CreateSubscriptionRequestOptions,
  CreateSubscriptionResponse,
  DataValue,
  EndpointDescription,
  NodeId,
  OPCUAClient,
  PublishResponse,
  ReadResponse,
} from 'node-opcua';
import type { SecurityMode, SecurityPolicy } from './connection-schema.ts';
import type { Library } from './library.ts';
import type { OwnCertificate } from './own-certificate.ts';

/**
 * Every service that this driver can send. None of them changes anything in a server's address space: Write, Call,
 * HistoryUpdate and the services that add or delete nodes are not among them, and what is not among them is refused
 * before it is encoded.
 */
export const SERVICES = [
  'GetEndpoints',
  'CreateSession',
  'ActivateSession',
  'CloseSession',
  'Read',
  'Browse',
  'BrowseNext',
  'CreateSubscription',
  'CreateMonitoredItems',
  'Publish',
  'DeleteSubscriptions',
] as const;

const LINE_TIMEOUT_MS = 60_000;

const ALLOWED: ReadonlySet<string> = new Set(SERVICES);

/** What was sent, by service. */
export type SentCounts = Map<string, number>;

export interface ReadingClientOptions {
  readonly endpoint: string;
  readonly securityMode: SecurityMode;
  readonly securityPolicy: SecurityPolicy;
  readonly own: OwnCertificate;
  /** The certificate in DER that the server must hold the key of; absent where nothing is protected. */
  readonly serverCertificate?: Buffer;
  readonly timeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly sent: SentCounts;
}

export interface Acknowledgement {
  readonly subscriptionId: number;
  readonly sequenceNumber: number;
}

export interface User {
  readonly name: string;
  readonly password: string;
}

/** A request as the library knows it, as far as it is touched here. */
interface AnyRequest {
  readonly schema: { readonly name: string };
  readonly requestHeader: { authenticationToken: NodeId; timeoutHint: number };
}

/** The library's session, as far as it is touched here. */
interface OpenSession {
  readonly authenticationToken: NodeId;
  close(deleteSubscriptions: boolean): Promise<void>;
}

type Answer<Response> = (error: Error | null, response?: Response) => void;

/** The one door of the library through which every request of client and session goes. */
interface Door {
  performMessageTransaction(request: AnyRequest, answer: Answer<never>): void;
}

/**
 * A client that can read, browse and subscribe, and nothing else: the library's client stays inside. It never
 * reconnects and never makes a session anew by itself: after either, the same node id could mean another node, and
 * another certificate could have been taken.
 */
export class ReadingClient {
  readonly #library: Library;
  readonly #client: OPCUAClient;
  readonly #door: Door['performMessageTransaction'];
  readonly #options: ReadingClientOptions;
  #session: OpenSession | undefined;

  constructor(library: Library, options: ReadingClientOptions) {
    const { own, serverCertificate, securityMode, securityPolicy } = options;
    this.#library = library;
    this.#options = options;
    const isPlain = securityMode === 'None';
    this.#client = library.OPCUAClient.create({
      applicationName: 'Forebay',
      applicationUri: own.applicationUri,
      clientName: 'Forebay',
      endpointMustExist: false,
      securityMode: library.MessageSecurityMode[securityMode],
      securityPolicy: isPlain ? library.SecurityPolicy.None : library.SecurityPolicy[securityPolicy],
      ...(serverCertificate === undefined ? {} : { serverCertificate }),
      // Kept in memory: without these the library makes folders, keys and watches of its own in the user's home.
      certificateKeyPairProvider: new library.InMemoryCertificateKeyPairProvider([own.certificate], {
        hidden: own.privateKey,
      }),
      clientCertificateManager: new library.InMemoryCertificateStore(),
      connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 100 },
      keepSessionAlive: false,
      requestedSessionTimeout: options.sessionTimeoutMs,
      // Of a line on which nothing moves at all; single steps have their own, shorter deadlines.
      transportTimeout: LINE_TIMEOUT_MS,
    });
    this.#door = guard(this.#client as unknown as Door, options.sent);
  }

  /** Calls `listener` once the connection is gone, whoever ended it. */
  onClose(listener: () => void): void {
    this.#client.once('close', listener);
    this.#client.once('connection_lost', listener);
  }

  connect(): Promise<void> {
    return this.#client.connect(this.#options.endpoint);
  }

  endpoints(): Promise<EndpointDescription[]> {
    return this.#client.getEndpoints();
  }

  async openSession(user: User | undefined): Promise<void> {
    const { UserTokenType } = this.#library;
    const session = await (user === undefined
      ? this.#client.createSession({ type: UserTokenType.Anonymous })
      : this.#client.createSession({ type: UserTokenType.UserName, userName: user.name, password: user.password }));
    this.#session = session as unknown as OpenSession;
  }

  /** The values of nodes as they are now, with status and both times, in the order asked. */
  async read(nodeIds: readonly NodeId[], attributeId?: number): Promise<DataValue[]> {
    const { ReadRequest, TimestampsToReturn, AttributeIds } = this.#library;
    const attribute = attributeId ?? AttributeIds.Value;
    const nodesToRead = nodeIds.map((nodeId) => ({ nodeId, attributeId: attribute }));
    const request = new ReadRequest({ maxAge: 0, timestampsToReturn: TimestampsToReturn.Both, nodesToRead });
    const { results } = await this.#ask<ReadResponse>(request);
    return exactly(results, nodeIds.length, 'Read');
  }

  async browse(nodes: readonly BrowseDescriptionOptions[], referencesMax: number): Promise<BrowseResult[]> {
    const request = new this.#library.BrowseRequest({
      requestedMaxReferencesPerNode: referencesMax,
      nodesToBrowse: [...nodes],
    });
    const { results } = await this.#ask<BrowseResponse>(request);
    return exactly(results, nodes.length, 'Browse');
  }

  async browseNext(continuationPoint: Buffer, choice: 'more' | 'release'): Promise<BrowseResult[]> {
    const request = new this.#library.BrowseNextRequest({
      continuationPoints: [continuationPoint],
      releaseContinuationPoints: choice === 'release',
    });
    const { results } = await this.#ask<BrowseResponse>(request);
    return exactly(results, 1, 'BrowseNext');
  }

  createSubscription(options: CreateSubscriptionRequestOptions): Promise<CreateSubscriptionResponse> {
    return this.#ask(new this.#library.CreateSubscriptionRequest(options));
  }

  async createMonitoredItems(options: CreateMonitoredItemsRequestOptions): Promise<CreateMonitoredItemsResponse> {
    return this.#ask<CreateMonitoredItemsResponse>(new this.#library.CreateMonitoredItemsRequest(options));
  }

  /** Resolves with the next notification, which may take as long as `timeoutMs`. */
  publish(acknowledge: readonly Acknowledgement[], timeoutMs: number): Promise<PublishResponse> {
    const request = new this.#library.PublishRequest({ subscriptionAcknowledgements: [...acknowledge] });
    return this.#ask(request, timeoutMs);
  }

  deleteSubscription(subscriptionId: number): Promise<unknown> {
    return this.#ask(new this.#library.DeleteSubscriptionsRequest({ subscriptionIds: [subscriptionId] }));
  }

  /** Ends the session at the server, so that it does not count among its sessions any longer. */
  async closeSession(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close(true);
  }

  disconnect(): Promise<void> {
    return this.#client.disconnect();
  }

  /**
   * Not through the library's session: that one would make a new session when the server has lost ours, and ask the
   * same question again with namespace indexes of the old one.
   */
  #ask<Response>(request: unknown, timeoutMs = this.#options.timeoutMs): Promise<Response> {
    const message = request as AnyRequest;
    const session = this.#session;
    if (session === undefined) return Promise.reject(new Error('BadSessionClosed'));
    message.requestHeader.authenticationToken = session.authenticationToken;
    message.requestHeader.timeoutHint = timeoutMs;
    return new Promise<Response>((resolve, reject) => {
      const answer: Answer<Response> = (error, response) => {
        if (error !== null && error !== undefined) reject(error);
        else if (response === undefined) reject(new Error('the library gave no response'));
        else resolve(response);
      };
      this.#door(message, answer as Answer<never>);
    });
  }
}

/** Puts the list of services before the client's only way out, and counts what passes. */
function guard(client: Door, sent: SentCounts): Door['performMessageTransaction'] {
  const send = client.performMessageTransaction.bind(client);
  const guarded: Door['performMessageTransaction'] = (request, answer) => {
    const service = request.schema.name.replace(/Request$/, '');
    if (!ALLOWED.has(service)) return answer(new Error(`${service} is no service that reads, and is not sent`));
    sent.set(service, (sent.get(service) ?? 0) + 1);
    send(request, answer);
  };
  client.performMessageTransaction = guarded;
  return guarded;
}

function exactly<T>(results: readonly T[] | null | undefined, count: number, service: string): T[] {
  if (results?.length !== count)
    throw new Error(`${service} gave ${results?.length ?? 0} results for ${count} questions`);
  return [...results];
}
