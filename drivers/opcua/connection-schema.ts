import { z } from 'zod';
import { parseDuration } from '../../core/model/time.ts';
import { normalThumbprint } from './thumbprint.ts';

const TIMEOUT_MS_MIN = 100;
const TIMEOUT_MS_MAX = 15_000;
const PUBLISH_MS_MIN = 50;
const PUBLISH_MS_MAX = 60_000;
const DEFAULT_PORT = '4840';

export const SECURITY_MODES = ['None', 'Sign', 'SignAndEncrypt'] as const;
export const SECURITY_POLICIES = ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'] as const;
export type SecurityMode = (typeof SECURITY_MODES)[number];
export type SecurityPolicy = (typeof SECURITY_POLICIES)[number];

/** What may be wrong with a certificate that a person has trusted all the same. */
export const TOLERABLE = ['expired', 'not-yet-valid', 'host-name', 'application-uri'] as const;
export type Tolerable = (typeof TOLERABLE)[number];

/**
 * `connection` of an opcua device in plant.yaml.
 *
 * - `securityMode`: `None` only when it is written; nothing is protected then
 * - `trust`: `prompt` waits until a person has trusted the server's certificate, `accept-first` takes the first one
 *   that the server shows, a thumbprint (SHA-1 or SHA-256, hexadecimal) takes that one and no other
 * - `tolerate`: what may be wrong with a trusted certificate, for servers that nobody can mend
 * - `timeout`: how long the answer to one request may take
 * - `acquire`: `read` asks for all values at each poll; `subscribe` lets the server send what changes
 * - `publishInterval`: how often the server sends in a subscription; the device's period when left out
 */
export const opcuaConnectionSchema = z
  .strictObject({
    endpoint: z.string('such as opc.tcp://192.168.1.20:4840').transform((text, context) => {
      const endpoint = normalEndpoint(text);
      if (endpoint !== undefined) return endpoint;
      context.addIssue({
        code: 'custom',
        message: `expected an address such as opc.tcp://192.168.1.20:4840, found "${text}"`,
      });
      return z.NEVER;
    }),
    securityMode: z.enum(SECURITY_MODES).default('SignAndEncrypt'),
    securityPolicy: z.enum(SECURITY_POLICIES).optional(),
    username: z.string().min(1).max(200).optional(),
    passwordFile: z.string().min(1).optional(),
    trust: z
      .string('prompt, accept-first or a thumbprint')
      .default('prompt')
      .transform((text, context) => {
        if (text === 'prompt' || text === 'accept-first') return text;
        const thumbprint = normalThumbprint(text);
        if (thumbprint !== undefined) return thumbprint;
        const message = `expected prompt, accept-first or a thumbprint of 40 or 64 hexadecimal digits, found "${text}"`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }),
    tolerate: z.array(z.enum(TOLERABLE)).max(TOLERABLE.length).default([]),
    timeout: duration(TIMEOUT_MS_MIN, TIMEOUT_MS_MAX).prefault('5s'),
    acquire: z.enum(['read', 'subscribe']).default('read'),
    publishInterval: duration(PUBLISH_MS_MIN, PUBLISH_MS_MAX).optional(),
  })
  .transform((connection, context) => {
    for (const { key, message } of complaintsOf(connection)) context.addIssue({ code: 'custom', path: [key], message });
    return { ...connection, securityPolicy: connection.securityPolicy ?? 'Basic256Sha256' };
  });

/** The parsed connection; `timeout` and `publishInterval` are milliseconds. */
export type OpcUaConnectionSettings = z.output<typeof opcuaConnectionSchema>;

interface Candidate {
  readonly securityMode: SecurityMode;
  readonly securityPolicy?: SecurityPolicy | undefined;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly trust: string;
  readonly tolerate: readonly string[];
  readonly acquire: 'read' | 'subscribe';
  readonly publishInterval?: number | undefined;
}

function complaintsOf(connection: Candidate): { key: string; message: string }[] {
  const { securityMode, securityPolicy, username, passwordFile, trust, tolerate, acquire } = connection;
  const complaints: { key: string; message: string }[] = [];
  const complain = (key: string, message: string): void => {
    complaints.push({ key, message });
  };
  if (username !== undefined && passwordFile === undefined) complain('passwordFile', 'a username needs "passwordFile"');
  if (passwordFile !== undefined && username === undefined) complain('username', 'a passwordFile needs "username"');
  if (securityMode === 'None') {
    const without = 'securityMode None';
    if (securityPolicy !== undefined) complain('securityPolicy', `leave it out with ${without}: nothing is protected`);
    if (trust !== 'prompt') complain('trust', `leave it out with ${without}: no certificate is looked at`);
    if (tolerate.length > 0) complain('tolerate', `leave it out with ${without}: no certificate is looked at`);
  }
  if (connection.publishInterval !== undefined && acquire !== 'subscribe') {
    complain('publishInterval', '"publishInterval" goes with acquire: subscribe');
  }
  return complaints;
}

/** One way to write an address, so that two devices that mean one server are found to do so. */
export function normalEndpoint(text: string): string | undefined {
  const match = /^opc\.tcp:\/\/(\[[0-9a-f:.]+\]|[^\s/:?#@[\]]+)(?::(\d{1,5}))?(\/[^\s?#]*)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, host = '', port = DEFAULT_PORT, path = ''] = match;
  if (Number(port) < 1 || Number(port) > 65_535) return undefined;
  return `opc.tcp://${host.toLowerCase()}:${Number(port)}${path === '/' ? '' : path}`;
}

/** The host of a normal endpoint, without the brackets of an IPv6 address. */
export function hostOf(endpoint: string): string {
  return (
    /^opc\.tcp:\/\/(?:\[([^\]]+)\]|([^:/]+))/
      .exec(endpoint)
      ?.slice(1)
      .find((part) => part !== undefined) ?? ''
  );
}

function duration(minMs: number, maxMs: number) {
  const expected = `a duration such as 250ms or 2s, ${minMs} ms to ${maxMs / 1000} s`;
  return z.string(expected).transform((text, context) => {
    const durationMs = parseDuration(text);
    if (durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs) return durationMs;
    context.addIssue({ code: 'custom', message: `expected ${expected}, found "${text}"` });
    return z.NEVER;
  });
}
