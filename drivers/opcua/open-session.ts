import type { EndpointDescription, NodeId } from 'node-opcua';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Attempts } from './attempts.ts';
import { ClockOffsetWatch } from './clock-offset.ts';
import { hostOf, type OpcUaConnectionSettings } from './connection-schema.ts';
import { type Deadline, ExchangeFailure, within } from './deadline.ts';
import { judgeTrust, trustFirst } from './judge-trust.ts';
import { type Library, loadLibrary } from './library.ts';
import { abortedFault, linkFault, policyFault, timeoutFault } from './link-fault.ts';
import { type OwnCertificate, ownCertificate } from './own-certificate.ts';
import { timeOf } from './plain-data-value.ts';
import { ReadingClient, type SentCounts, type User } from './reading-client.ts';
import {
  type CertificateFacts,
  certificateFacts,
  certificateFault,
  expiryWarning,
  firstCertificate,
} from './server-certificate.ts';
import { TrustBook } from './trust-book.ts';
import { checkUserToken, readUser } from './user.ts';

/** A session that stands, and what was learned of its server. */
export interface OpenedSession {
  readonly library: Library;
  readonly client: ReadingClient;
  readonly namespaces: readonly string[];
  /** The most nodes that the server reads in one request. */
  readonly nodesPerRead: number;
  readonly clock: ClockOffsetWatch;
}

/** A server that nobody reads from for so long forgets the session; kept short, so that a lost one does not linger. */
export const SESSION_TIMEOUT_MS = 30_000;
const NODES_PER_READ_MAX = 500;
const CLOSE_TIMEOUT_MS = 2000;

/** Numbers of the standard's own nodes (OPC 10000-6, annex A.3). */
const SERVER_NODE = { namespaces: 2255, currentTime: 2258, nodesPerRead: 11_705 } as const;

export interface OpeningParts {
  readonly settings: OpcUaConnectionSettings;
  readonly host: DriverHost;
  readonly attempts: Attempts;
  readonly sent: SentCounts;
  readonly signal: AbortSignal;
}

/** The node of the server's own list of namespaces, and of its clock. */
export function serverNode(library: Library, name: keyof typeof SERVER_NODE): NodeId {
  return new library.NodeId(library.NodeIdType.NUMERIC, SERVER_NODE[name], 0);
}

/**
 * Opens a session: asks for the endpoints, judges the certificate, connects to the holder of exactly that one, signs
 * the user in and reads what the server says of itself. Every step has its deadline; what was opened is closed again
 * when a later step fails.
 *
 * @throws ExchangeFailure
 */
export async function openSession(parts: OpeningParts): Promise<OpenedSession> {
  const { settings, host, attempts, sent } = parts;
  const deadline = deadlineOf(parts);
  const library = await loadLibrary(host.log);
  const own = await ownCertificate(host.stateFolder(), host.clock.wallMs());
  const offered = await discover(library, own, parts);
  const endpoint = chooseEndpoint(library, offered, settings);
  const shown = settings.securityMode === 'None' ? undefined : judgeCertificate(endpoint, parts);
  checkUserToken(library, endpoint, settings);
  const user = readUser(settings, host.secrets);
  const refusal = user === undefined ? undefined : attempts.refusal(user, host.clock.monotonicMs());
  if (refusal !== undefined) throw new ExchangeFailure(refusal);
  const client = new ReadingClient(library, {
    ...clientOptions(settings, own, sent),
    ...(shown === undefined ? {} : { serverCertificate: shown.certificate }),
  });
  try {
    await step(client.connect(), deadline, settings);
    await signIn(client, user, parts);
    const opened = await learn(library, client, parts);
    const book = new TrustBook(host.stateFolder());
    const fault = shown === undefined ? undefined : trustFirst(shown.facts, settings, book, host);
    if (fault !== undefined) throw new ExchangeFailure(fault);
    return opened;
  } catch (error) {
    await closeQuietly(client, host);
    throw error;
  }
}

/** Ends the session at the server and the connection; gives up on a server that does not answer. */
export async function closeQuietly(
  client: ReadingClient,
  { clock, log }: Pick<DriverHost, 'clock' | 'log'>,
): Promise<void> {
  const late: Fault = { code: 'DRV_OPCUA_TIMEOUT', message: 'The server did not answer.', policy: 'reconnect' };
  const deadline = { clock, timeoutMs: CLOSE_TIMEOUT_MS, signal: new AbortController().signal, late, aborted: late };
  for (const close of [() => client.closeSession(), () => client.disconnect()]) {
    try {
      await within(close(), deadline);
    } catch (error) {
      log.debug({ detail: String(error) }, 'closing an OPC UA session');
    }
  }
}

export function deadlineOf({ settings, host, signal }: Pick<OpeningParts, 'settings' | 'host' | 'signal'>): Deadline {
  const late = timeoutFault(settings);
  return { clock: host.clock, timeoutMs: settings.timeout, signal, late, aborted: abortedFault(settings) };
}

/** Waits for one step of an exchange and gives whatever goes wrong as a fault. */
export async function step<T>(work: Promise<T>, deadline: Deadline, settings: OpcUaConnectionSettings): Promise<T> {
  try {
    return await within(work, deadline);
  } catch (error) {
    throw error instanceof ExchangeFailure ? error : new ExchangeFailure(linkFault(error, settings));
  }
}

/** The ways into the server, asked without security as the standard has it; nothing of it is believed unchecked. */
export async function discover(
  library: Library,
  own: OwnCertificate,
  parts: Omit<OpeningParts, 'attempts'>,
): Promise<EndpointDescription[]> {
  const { settings, host, sent } = parts;
  const deadline = deadlineOf(parts);
  const client = new ReadingClient(library, { ...clientOptions(settings, own, sent), securityMode: 'None' });
  try {
    await step(client.connect(), deadline, settings);
    return await step(client.endpoints(), deadline, settings);
  } finally {
    await closeQuietly(client, host);
  }
}

export function clientOptions(settings: OpcUaConnectionSettings, own: OwnCertificate, sent: SentCounts) {
  return {
    endpoint: settings.endpoint,
    securityMode: settings.securityMode,
    securityPolicy: settings.securityPolicy,
    own,
    timeoutMs: settings.timeout,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    sent,
  };
}

function chooseEndpoint(
  library: Library,
  offered: readonly EndpointDescription[],
  settings: OpcUaConnectionSettings,
): EndpointDescription {
  const { securityMode, securityPolicy } = settings;
  const mode = library.MessageSecurityMode[securityMode];
  const policy = securityMode === 'None' ? library.SecurityPolicy.None : library.SecurityPolicy[securityPolicy];
  const fit = offered.find((one) => one.securityMode === mode && one.securityPolicyUri === policy);
  if (fit !== undefined) return fit;
  throw new ExchangeFailure(policyFault(settings, offeredWays(library, offered)));
}

/** Such as `SignAndEncrypt with Basic256Sha256`, each once. */
export function offeredWays(library: Library, offered: readonly EndpointDescription[]): string[] {
  const ways = offered.map(({ securityMode, securityPolicyUri }) => {
    const mode = library.MessageSecurityMode[securityMode];
    return mode === 'None' ? mode : `${mode} with ${securityPolicyUri?.split('#')[1] ?? 'an unnamed policy'}`;
  });
  return [...new Set(ways)];
}

interface ShownCertificate {
  /** In DER. */
  readonly certificate: Buffer;
  readonly facts: CertificateFacts;
}

function judgeCertificate(endpoint: EndpointDescription, { settings, host }: OpeningParts): ShownCertificate {
  const certificate = firstCertificate(endpoint.serverCertificate);
  const facts = certificate === undefined ? undefined : certificateFacts(certificate);
  const nowMs = host.clock.wallMs();
  const misfit = certificateFault(certificate ?? Buffer.alloc(0), {
    endpoint: settings.endpoint,
    host: hostOf(settings.endpoint),
    applicationUri: endpoint.server.applicationUri ?? '',
    nowMs,
    tolerate: settings.tolerate,
  });
  if (certificate === undefined || facts === undefined) throw new ExchangeFailure(misfit ?? policyFault(settings, []));
  const book = new TrustBook(host.stateFolder());
  // The first certificate that comes is taken only if nothing is wrong with it.
  const isFirst = settings.trust === 'accept-first' && book.of(settings.endpoint).trusted === undefined;
  if (isFirst && misfit !== undefined) throw new ExchangeFailure(misfit);
  const fault = judgeTrust(facts, settings, book, nowMs) ?? misfit;
  if (fault !== undefined) throw new ExchangeFailure(fault);
  const warning = expiryWarning(facts, settings.endpoint, nowMs);
  if (warning !== undefined) host.log.warn({ endpoint: settings.endpoint, validToMs: facts.validToMs }, warning);
  return { certificate, facts };
}

async function signIn(client: ReadingClient, user: User | undefined, parts: OpeningParts): Promise<void> {
  try {
    await step(client.openSession(user), deadlineOf(parts), parts.settings);
  } catch (error) {
    const isRefused = error instanceof ExchangeFailure && error.fault.code === 'DRV_OPCUA_USER_REFUSED';
    if (isRefused && user !== undefined) parts.attempts.refuse(user, error.fault, parts.host.clock.monotonicMs());
    throw error;
  }
}

/** What a server says of itself at the beginning of a session. */
export async function learn(
  library: Library,
  client: ReadingClient,
  parts: Omit<OpeningParts, 'attempts'>,
): Promise<OpenedSession> {
  const { settings, host } = parts;
  const nodes = [
    serverNode(library, 'namespaces'),
    serverNode(library, 'currentTime'),
    serverNode(library, 'nodesPerRead'),
  ];
  const askedMs = host.clock.wallMs();
  const [names, time, most] = await step(client.read(nodes), deadlineOf(parts), settings);
  const answeredMs = host.clock.wallMs();
  const clock = new ClockOffsetWatch(settings.endpoint, host.log);
  const serverMs = timeOf(time?.value?.value as Date | undefined);
  if (serverMs !== undefined) clock.note(serverMs, askedMs, answeredMs);
  const limit = Number(most?.value?.value ?? 0);
  return {
    library,
    client,
    namespaces: namespacesOf(names?.value?.value),
    nodesPerRead: limit >= 1 && limit <= NODES_PER_READ_MAX ? limit : NODES_PER_READ_MAX,
    clock,
  };
}

/** A list of namespaces as read; empty where the server gives none, so that only namespace 0 can be meant. */
export function namespacesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
