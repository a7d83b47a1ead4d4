import type { SyncFault } from '../../core/sync/target.ts';
import { isProxied, type ProxySettings } from './proxy-settings.ts';
import { brokenOff, timedOut } from './reply-fault.ts';

/** An error of Node's sockets, of TLS or of the tunnel through a proxy. */
interface WebError extends NodeJS.ErrnoException {
  readonly hostname?: string;
  readonly port?: number;
  readonly statusCode?: number;
  readonly proxyTunnelTimeout?: number;
  /** Of a name with several addresses, one for each. */
  readonly errors?: readonly WebError[];
}

/** How far it had come: to a server that was spoken to, through the proxy's tunnel and over TLS where there is one. */
export type WebStage = 'connecting' | 'connected';

/** Why there was no reply, for a person at the plant. */
export function webFault(error: WebError, url: URL, proxy: ProxySettings, stage: WebStage): SyncFault {
  const { code = '' } = error;
  if (code === 'ERR_PROXY_TUNNEL') return tunnelFault(error, url, proxy);
  if (NO_SERVER.has(code) && isProxys(error, url, proxy)) return proxyAbsent(proxy);
  const host = url.host;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return nameless(url.hostname);
  if (code === 'ECONNREFUSED') {
    const hint = 'compare the address in plant.yaml with what you were given; the server may be off';
    return { code: 'SYN_WEB_REFUSED', message: `Nothing takes connections at ${host}.`, hint };
  }
  if (NO_ROUTE.has(code)) {
    const hint = 'look at the cable, the modem and the router; what waits is sent when the link is back';
    return { code: 'SYN_WEB_UNREACHABLE', message: `There is no way to ${host}: the link is down.`, hint };
  }
  if (code === 'ETIMEDOUT' || code === 'ESOCKETTIMEDOUT') return timedOut(host);
  const tls = certificateFault(code, host) ?? handshakeFault(error, url, proxy, stage);
  return tls ?? brokenOff(host);
}

const NO_ROUTE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL']);
const NO_SERVER = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', ...NO_ROUTE]);

function nameless(name: string): SyncFault {
  const hint = 'look at the link and the name server of this computer; what waits is sent when the link is back';
  return { code: 'SYN_WEB_NAME', message: `The name ${name} cannot be resolved.`, hint };
}

/** Whether the error is of the connection to the proxy and not to the server. */
function isProxys(error: WebError, url: URL, { environment }: ProxySettings): boolean {
  const text = url.protocol === 'https:' ? environment.HTTPS_PROXY : environment.HTTP_PROXY;
  if (text === undefined || !URL.canParse(text)) return false;
  const proxy = new URL(text);
  if (error.hostname !== undefined) return error.hostname === proxy.hostname && proxy.hostname !== url.hostname;
  const port = error.port ?? error.errors?.[0]?.port;
  return port === portOf(proxy) && (proxy.hostname !== url.hostname || portOf(url) !== port);
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function proxyAbsent({ shown }: ProxySettings): SyncFault {
  const hint = 'compare sync.proxy in plant.yaml, or HTTPS_PROXY, with what the network has';
  return { code: 'SYN_WEB_PROXY_ABSENT', message: `The proxy ${shown ?? ''} cannot be reached.`, hint };
}

function tunnelFault({ statusCode, proxyTunnelTimeout }: WebError, url: URL, proxy: ProxySettings): SyncFault {
  const name = `The proxy ${proxy.shown ?? ''}`;
  if (proxyTunnelTimeout !== undefined) {
    const hint = 'it is tried again; if it stays, tell those who run the proxy';
    return { code: 'SYN_WEB_PROXY_SILENT', message: `${name} did not answer in time.`, hint };
  }
  if (statusCode === 407) {
    const hint = 'give sync.proxy a username and a passwordFile; the password may have been changed';
    return { code: 'SYN_WEB_PROXY_PASSWORD', message: `${name} wants a user and a password that it knows.`, hint };
  }
  if (statusCode !== undefined) {
    const hint = 'ask those who run the proxy to let this computer connect there';
    const message = `${name} does not let us connect to ${url.host} (status ${statusCode}).`;
    return { code: 'SYN_WEB_PROXY_REFUSED', message, hint };
  }
  return noTunnel(proxy);
}

function noTunnel({ shown }: ProxySettings): SyncFault {
  return {
    code: 'SYN_WEB_PROXY_NO_TUNNEL',
    message: `The proxy ${shown ?? ''} answered with a page or broke off in place of a connection.`,
    hint: 'it may want a sign-in with a browser, or be no proxy for HTTPS; ask those who run it',
  };
}

const UNKNOWN_ISSUER = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);

function certificateFault(code: string, host: string): SyncFault | undefined {
  if (UNKNOWN_ISSUER.has(code)) {
    const message = `The certificate of ${host} is of an authority that this computer does not trust: something between may read along.`;
    const hint = 'give the certificate of the authority as caFile only if those who run the network confirm it';
    return { code: 'SYN_WEB_ISSUER', message, hint };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const message = `What answers as ${host} has a certificate for another name.`;
    const hint = 'use the name that the certificate has; if nothing was changed, something else answers there';
    return { code: 'SYN_WEB_HOSTNAME', message, hint };
  }
  if (code === 'CERT_HAS_EXPIRED') {
    const message = `The certificate of ${host} has expired, by the clock of this computer.`;
    const hint = 'look at the date of this computer first; if it is right, those who run the server must renew it';
    return { code: 'SYN_WEB_EXPIRED', message, hint };
  }
  if (code === 'CERT_NOT_YET_VALID') {
    const message = `The certificate of ${host} is not valid yet: the clock of this computer is behind.`;
    return { code: 'SYN_WEB_CLOCK', message, hint: 'set the date and time of this computer' };
  }
  return undefined;
}

/** Alerts of a server to which the certificate of the client, or its lack, is not right. */
const CLIENT_ALERT = /ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;
/** A tunnel that breaks off while it is made, or before anything came through it, is the proxy's. */
const BREAKS: readonly string[] = ['ECONNRESET', 'EPIPE'];

function handshakeFault(
  { code = '' }: WebError,
  url: URL,
  proxy: ProxySettings,
  stage: WebStage,
): SyncFault | undefined {
  if (CLIENT_ALERT.test(code)) {
    const hint = 'look at certificateFile and keyFile; the certificate may have expired or be of another authority';
    return {
      code: 'SYN_WEB_CLIENT_CERTIFICATE',
      message: `The server ${url.host} does not accept our certificate.`,
      hint,
    };
  }
  const isSecure = url.protocol === 'https:';
  if (isSecure && stage === 'connecting' && BREAKS.includes(code) && isProxied(url, proxy)) return noTunnel(proxy);
  if (!isSecure || !(code === 'EPROTO' || code.startsWith('ERR_SSL_'))) return undefined;
  if (isProxied(url, proxy)) return noTunnel(proxy);
  return {
    code: 'SYN_WEB_NO_TLS',
    message: `No secure connection with ${url.host} could be agreed on: something else may answer there.`,
    hint: 'compare address and port in plant.yaml with what you were given; a log-in page of a network does the same',
  };
}
