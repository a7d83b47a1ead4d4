import { z } from 'zod';
import { parseDuration } from '../../core/model/time.ts';

const TIMEOUT_MS_MIN = 100;
/** Connecting and the subscription together stay below the 15 s that a poller allows. */
const TIMEOUT_MS_MAX = 7000;
const TEXT_MAX = 1000;
const PORT_PLAIN = 1883;
const PORT_TLS = 8883;
/** MQTT 3.1.1, clause 3.1.3.1: these a broker must take; longer ones it may refuse. */
const CLIENT_ID = /^[A-Za-z0-9_.:-]{1,64}$/;

const file = (what: string) => z.string(what).trim().min(1, what).max(TEXT_MAX, what);

/**
 * The broker in `connection` of plant.yaml, the same for mqtt and sparkplug-b.
 *
 * - `url`: `mqtt://host` (port 1883) or `mqtts://host` (TLS, port 8883); never with a password in it
 * - `username`, `passwordFile`: the login; the file is one that only its owner can read, or `env:NAME`
 * - `caFile`: certificates of the authorities to trust in place of the usual public ones, in PEM
 * - `certFile`, `keyFile`: our own certificate and its key, where the broker asks for them
 * - `clientId`: by which the broker knows us; made and kept by Forebay when absent
 * - `version`: of MQTT; 3.1.1 for brokers that know nothing newer
 * - `timeout`: how long connecting and the login, and then the answer to a subscription, may take
 */
export const brokerShape = {
  url: z.string('an address such as mqtt://192.168.1.20').trim().max(TEXT_MAX),
  username: z.string('a user name').min(1, 'a user name').max(TEXT_MAX).optional(),
  passwordFile: file('the path of a file with the password').optional(),
  caFile: file('the path of a certificate').optional(),
  certFile: file('the path of a certificate').optional(),
  keyFile: file('the path of a key').optional(),
  clientId: z
    .string('a client id')
    .regex(CLIENT_ID, '1 to 64 letters, digits, "_", ".", ":" or "-", which no other client of the broker has')
    .optional(),
  version: z.enum(['5', '3.1.1']).default('5'),
  timeout: duration(TIMEOUT_MS_MIN, TIMEOUT_MS_MAX).prefault('5s'),
};

const brokerSchema = z.object(brokerShape);
/** The parsed settings; `timeout` is milliseconds. */
export type BrokerSettings = z.output<typeof brokerSchema>;

/** What no single key shows. For `superRefine` of a schema that is made of `brokerShape`. */
export function refineBroker(settings: BrokerSettings, context: z.RefinementCtx): void {
  const complain = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
  const address = addressOf(settings.url);
  if (typeof address === 'string') complain('url', address);
  if (settings.passwordFile !== undefined && settings.username === undefined) {
    complain('passwordFile', 'a password goes with a user name: add "username"');
  }
  if ((settings.certFile === undefined) !== (settings.keyFile === undefined)) {
    complain(settings.certFile === undefined ? 'keyFile' : 'certFile', 'certFile and keyFile go together');
  }
  for (const key of ['caFile', 'certFile'] as const) {
    if (settings[key] === undefined || typeof address === 'string' || address.isTls) continue;
    complain(key, `${key} goes with mqtts://, and the url says mqtt://`);
  }
}

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** Where the broker is, or what is wrong with the url. */
export function addressOf(text: string): BrokerAddress | string {
  const url = URL.parse(text);
  if (url === null) return `expected an address such as mqtt://192.168.1.20, found "${withoutLogin(text)}"`;
  const isTls = url.protocol === 'mqtts:';
  if (!isTls && url.protocol !== 'mqtt:') {
    return `expected mqtt:// or mqtts://, found "${url.protocol}//": websockets and other ways are not supported`;
  }
  if (url.username !== '' || url.password !== '') {
    return 'a login in the address would be recorded: use username and passwordFile';
  }
  if (url.hostname === '') return 'expected a host name or address, such as mqtt://192.168.1.20';
  if (url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) {
    return 'the address ends after host and port: topics belong to the points';
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? (isTls ? PORT_TLS : PORT_PLAIN) : Number(url.port), isTls };
}

/** The address for a sentence. */
export function placeOf(settings: BrokerSettings): string {
  const address = addressOf(settings.url);
  return typeof address === 'string' ? 'the broker' : `${address.host}:${address.port}`;
}

function withoutLogin(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//');
}

export function duration(minMs: number, maxMs: number) {
  const written = maxMs % 3_600_000 === 0 ? `${maxMs / 3_600_000} h` : `${maxMs / 1000} s`;
  const expected = `a duration such as 5s or 2m, ${minMs} ms to ${written}`;
  return z.string(expected).transform((text, context) => {
    const durationMs = parseDuration(text);
    if (durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs) return durationMs;
    context.addIssue({ code: 'custom', message: `expected ${expected}, found "${text}"` });
    return z.NEVER;
  });
}
