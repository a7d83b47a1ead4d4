import { X509Certificate } from 'node:crypto';
import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { createSecureContext, type SecureContext, connect as tlsConnect } from 'node:tls';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Fault } from '../../core/model/fault.ts';
import { addressOf, type BrokerAddress, type BrokerSettings } from './broker-schema.ts';
import {
  abortedFault,
  badKeyFault,
  codeOf,
  connectTimeoutFault,
  lostFault,
  noTlsFault,
  socketFault,
} from './link-fault.ts';

export type SocketOutcome =
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'fault'; readonly fault: Fault };

type ContextOutcome = { readonly context: SecureContext } | { readonly fault: Fault };

/**
 * Opens the way to the broker, TLS included, before a word of MQTT is said: what fails here has its own faults. With
 * TLS the broker's certificate must come from a trusted authority and carry the name of the url; nothing switches that
 * off. Never rejects.
 */
export function openSocket(settings: BrokerSettings, host: DriverHost, signal: AbortSignal): Promise<SocketOutcome> {
  const address = addressOf(settings.url);
  if (typeof address === 'string') return faulty(badAddressFault(address));
  if (signal.aborted) return faulty(abortedFault());
  if (!address.isTls)
    return waitFor(tcpConnect({ host: address.host, port: address.port }), 'connect', { settings, host, signal });
  const secured = secureContext(settings, host);
  if ('fault' in secured) return faulty(secured.fault);
  const socket = tlsConnect({
    host: address.host,
    port: address.port,
    secureContext: secured.context,
    rejectUnauthorized: true,
    ...serverName(address),
  });
  return waitFor(socket, 'secureConnect', { settings, host, signal });
}

interface Waiting {
  readonly settings: BrokerSettings;
  readonly host: DriverHost;
  readonly signal: AbortSignal;
}

function waitFor(socket: Socket, event: 'connect' | 'secureConnect', waiting: Waiting): Promise<SocketOutcome> {
  const { settings, host, signal } = waiting;
  return new Promise((resolve) => {
    const settle = (outcome: SocketOutcome): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('close', onClose);
      resolve(outcome);
    };
    const giveUp = (fault: Fault): void => {
      settle({ kind: 'fault', fault });
      socket.on('error', () => undefined);
      socket.destroy();
    };
    const onAbort = (): void => giveUp(abortedFault());
    const onError = (error: Error): void => giveUp(openFault(error, event, settings));
    const onClose = (): void => giveUp(event === 'connect' ? lostFault(settings, 'closed') : noTlsFault(settings));
    const cancel = host.clock.after(settings.timeout, () => giveUp(connectTimeoutFault(settings)));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.once(event, () => {
      socket.setNoDelay(true);
      settle({ kind: 'open', socket });
    });
  });
}

/** A port that speaks without TLS mostly hangs up on a TLS greeting, with no word that says why. */
function openFault(error: Error, event: 'connect' | 'secureConnect', settings: BrokerSettings): Fault {
  return event === 'secureConnect' && codeOf(error) === 'ECONNRESET'
    ? noTlsFault(settings)
    : socketFault(error, settings);
}

/** An address has no name that the server could choose its certificate by. */
function serverName({ host }: BrokerAddress): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

function secureContext(settings: BrokerSettings, host: DriverHost): ContextOutcome {
  const texts: { ca?: string; cert?: string; key?: string } = {};
  const files = [
    ['ca', settings.caFile, 'public'],
    ['cert', settings.certFile, 'public'],
    ['key', settings.keyFile, 'secret'],
  ] as const;
  for (const [name, file, kind] of files) {
    if (file === undefined) continue;
    const outcome = host.secrets.read(file, kind);
    if (outcome.kind === 'fault') return outcome;
    texts[name] = outcome.text;
  }
  try {
    if (texts.ca !== undefined) new X509Certificate(texts.ca);
    if (texts.cert !== undefined) checkOwn(new X509Certificate(texts.cert), host.clock.wallMs());
    return { context: createSecureContext({ ...texts, minVersion: 'TLSv1.2' }) };
  } catch (error) {
    return { fault: badKeyFault(wordsOf(error)) };
  }
}

function checkOwn(certificate: X509Certificate, nowMs: number): void {
  if (Date.parse(certificate.validTo) < nowMs) throw new Error(`the one in certFile expired on ${certificate.validTo}`);
}

/** What the TLS library says of a file, and nothing of its content. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown form';
  const code = codeOf(error);
  return code === '' ? error.message : code;
}

function badAddressFault(message: string): Fault {
  return {
    code: 'DRV_MQTT_ADDRESS',
    message: `The address of the broker cannot be used: ${message}.`,
    policy: 'misconfigured',
  };
}

function faulty(fault: Fault): Promise<SocketOutcome> {
  return Promise.resolve({ kind: 'fault', fault });
}
