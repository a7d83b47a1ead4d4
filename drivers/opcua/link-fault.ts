import type { Fault } from '../../core/model/fault.ts';
import { hostOf, type OpcUaConnectionSettings } from './connection-schema.ts';

type Place = Pick<OpcUaConnectionSettings, 'endpoint' | 'timeout' | 'securityMode' | 'securityPolicy'>;

const UNREACHABLE = /EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL/;
const NAME_UNKNOWN = /ENOTFOUND|EAI_AGAIN|EAI_FAIL|EAI_NODATA/;
const BROKEN =
  /ECONNRESET|EPIPE|ECONNABORTED|disconnected by third party|Transport disconnected|Connection Break|socket|SecureChannel|premature disconnection|canceled|Connection aborted/i;
/** The code by which a request for fewer values is known to be worth a try. */
export const TOO_MUCH = 'DRV_OPCUA_TOO_MUCH';

const STATUS = /\b(Bad[A-Z][A-Za-z]+)/;

/** The status by which a server refused a service, from the library's error; undefined when it did not answer. */
export function statusOf(error: unknown): string | undefined {
  const { response, statusCode, message } = error as {
    response?: { responseHeader?: { serviceResult?: { name?: string } } };
    statusCode?: { name?: string };
    message?: unknown;
  };
  const named = response?.responseHeader?.serviceResult?.name ?? statusCode?.name;
  if (named?.startsWith('Bad')) return STATUS.exec(named)?.[1];
  return STATUS.exec(String(message))?.[1];
}

/** The fault for what the library or the operating system said while connecting or asking. */
export function linkFault(error: unknown, settings: Place): Fault {
  const { endpoint } = settings;
  const text = error instanceof Error ? error.message : String(error);
  const status = statusOf(error);
  const refusal = status === undefined ? undefined : REFUSALS.get(status);
  if (status !== undefined && refusal !== undefined) return refusal(settings, status);
  if (text.includes('ECONNREFUSED')) {
    return reconnect(
      'DRV_OPCUA_REFUSED',
      `The server at ${endpoint} refuses the connection: nothing listens on that port.`,
      'Check that the OPC UA server is running and switched on in the PLC, and its port number',
    );
  }
  if (UNREACHABLE.test(text)) {
    return reconnect(
      'DRV_OPCUA_UNREACHABLE',
      `There is no way through the network to ${endpoint}.`,
      'Check the cable, the switch, and that this computer has an address in the same network as the server',
    );
  }
  if (NAME_UNKNOWN.test(text)) {
    return reconnect(
      'DRV_OPCUA_NAME_UNKNOWN',
      `The name ${hostOf(endpoint)} has no address.`,
      "Check the spelling, or write the server's address in place of its name",
    );
  }
  if (/ETIMEDOUT|timeout/i.test(text)) return timeoutFault(settings);
  if (BROKEN.test(text)) return closedFault(settings);
  return reconnect(
    'DRV_OPCUA_LINK',
    `The connection to ${endpoint} failed: ${firstLine(text)}.`,
    'Check network and server; the words in this message say what this computer saw',
  );
}

type Refusal = (settings: Place, status: string) => Fault;

const tooManySessions: Refusal = ({ endpoint }, status) => ({
  code: 'DRV_OPCUA_TOO_MANY_SESSIONS',
  message: `The server at ${endpoint} serves no further client (${status}).`,
  policy: 'wait',
  hint: 'End a client that is not needed, or allow more sessions in the server',
});

const clientUntrusted: Refusal = ({ endpoint }, status) =>
  reconnect(
    'DRV_OPCUA_CLIENT_UNTRUSTED',
    `The server at ${endpoint} does not accept the certificate of this Forebay (${status}).`,
    "Trust Forebay's certificate in the server: it lies among the server's rejected ones since the last attempt",
  );

const endpointUnknown: Refusal = ({ endpoint }, status) => ({
  code: 'DRV_OPCUA_ENDPOINT_UNKNOWN',
  message: `The server does not know the address ${endpoint} as one of its own (${status}).`,
  policy: 'misconfigured',
  hint: 'Check the path after the port in "endpoint": "forebay probe" lists the addresses that the server offers',
});

const stopping: Refusal = (_settings, status) =>
  reconnect('DRV_OPCUA_STOPPING', `The server is shutting down (${status}).`, 'Wait until it has started again');

const tooMuch: Refusal = ({ endpoint }, status) => ({
  code: TOO_MUCH,
  message: `The server at ${endpoint} does not answer so much at once (${status}).`,
  policy: 'wait',
  hint: 'Nothing at first: Forebay asks for less; if it stays, divide the points among several devices',
});

const sessionLost: Refusal = ({ endpoint }, status) =>
  reconnect(
    'DRV_OPCUA_SESSION_LOST',
    `The server at ${endpoint} has ended our session (${status}).`,
    'Nothing, if it happens at restarts of the server; if it repeats, raise the session timeout in the server',
  );

const userRefused: Refusal = ({ endpoint }, status) => ({
  code: 'DRV_OPCUA_USER_REFUSED',
  message: `The server at ${endpoint} refuses the user name or its password (${status}).`,
  policy: 'reconnect',
  hint: 'Check "username" and the password file against the server; it is tried again when the file changes',
});

/** Results of services by which a server refuses a client (OPC 10000-4, clause 7.39.2). */
const REFUSALS: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ['BadTooManySessions', tooManySessions],
  ['BadMaxConnectionsReached', tooManySessions],
  ['BadTcpNotEnoughResources', tooManySessions],
  ['BadTcpServerTooBusy', tooManySessions],
  ['BadServerTooBusy', tooManySessions],
  ['BadIdentityTokenRejected', userRefused],
  ['BadIdentityTokenInvalid', userRefused],
  ['BadUserAccessDenied', userRefused],
  ['BadUserSignatureInvalid', userRefused],
  ['BadSecurityChecksFailed', clientUntrusted],
  ['BadCertificateUntrusted', clientUntrusted],
  ['BadCertificateChainIncomplete', clientUntrusted],
  ['BadCertificateInvalid', clientUntrusted],
  ['BadCertificateUseNotAllowed', clientUntrusted],
  ['BadCertificateTimeInvalid', clientUntrusted],
  ['BadCertificateUriInvalid', clientUntrusted],
  ['BadSecurityPolicyRejected', (settings) => policyFault(settings, [])],
  ['BadSecurityModeRejected', (settings) => policyFault(settings, [])],
  ['BadTcpEndpointUrlInvalid', endpointUnknown],
  ['BadSessionIdInvalid', sessionLost],
  ['BadSessionClosed', sessionLost],
  ['BadSessionNotActivated', sessionLost],
  ['BadSecureChannelIdInvalid', sessionLost],
  ['BadSecureChannelClosed', sessionLost],
  ['BadSecureChannelTokenUnknown', sessionLost],
  ['BadShutdown', stopping],
  ['BadServerHalted', stopping],
  ['BadTooManyOperations', tooMuch],
  ['BadResponseTooLarge', tooMuch],
  ['BadRequestTooLarge', tooMuch],
  ['BadEncodingLimitsExceeded', tooMuch],
  ['BadTcpMessageTooLarge', tooMuch],
  ['BadRequestTimeout', (settings) => timeoutFault(settings)],
  ['BadTimeout', (settings) => timeoutFault(settings)],
]);

export function timeoutFault({ endpoint, timeout }: Place): Fault {
  return reconnect(
    'DRV_OPCUA_TIMEOUT',
    `The server at ${endpoint} did not answer within ${timeout} ms.`,
    'Check cable and server, and that no firewall stands between; if the server is slow, raise "timeout"',
  );
}

export function closedFault({ endpoint }: Place): Fault {
  return reconnect(
    'DRV_OPCUA_CLOSED',
    `The server at ${endpoint} closed the connection.`,
    'Check whether the server restarted; its own log says why it closes connections',
  );
}

/** `offered` are the ways that the server does offer, such as `Sign/Basic256Sha256`. */
export function policyFault({ endpoint, securityMode, securityPolicy }: Place, offered: readonly string[]): Fault {
  const wanted = securityMode === 'None' ? 'connections without security' : `${securityMode} with ${securityPolicy}`;
  const list = offered.length === 0 ? '' : `; it offers ${offered.join(', ')}`;
  return {
    code: 'DRV_OPCUA_POLICY',
    message: `The server at ${endpoint} does not offer ${wanted}${list}.`,
    policy: 'reconnect',
    hint: 'Write one of the offered ways into "securityMode" and "securityPolicy", or switch this one on in the server',
  };
}

export function settingsDifferFault({ endpoint }: Place): Fault {
  return {
    code: 'DRV_OPCUA_SETTINGS_DIFFER',
    message: `Two devices name ${endpoint} with different security, user or trust.`,
    policy: 'misconfigured',
    hint: 'Write the same connection for both: they share one session',
  };
}

export function namespaceMissingFault(uri: string, endpoint: string): Fault {
  return {
    code: 'DRV_OPCUA_NAMESPACE_UNKNOWN',
    message: `The server at ${endpoint} has no namespace ${uri}, or has it twice.`,
    policy: 'isolate',
    hint: 'Compare the URI after nsu= letter by letter with the namespaces that "forebay probe" lists',
  };
}

export function namespacesMovedFault({ endpoint }: Place): Fault {
  return reconnect(
    'DRV_OPCUA_NAMESPACES_MOVED',
    `The server at ${endpoint} has changed its list of namespaces, so that every node must be found anew.`,
    'Nothing: this follows a change of the PLC program',
  );
}

export function abortedFault({ endpoint }: Place): Fault {
  return {
    code: 'DRV_OPCUA_ABORTED',
    message: `The poll of ${endpoint} was ended before it was answered.`,
    policy: 'retry',
  };
}

export function closedByUsFault(): Fault {
  return reconnect(
    'DRV_OPCUA_SHUT',
    'The connection to the server has been shut by Forebay.',
    'Nothing: it opens again by itself',
  );
}

function reconnect(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'reconnect', hint };
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 160).replace(/\.$/, '');
}
