import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Fault } from '../../core/model/fault.ts';
import { toIso } from '../../core/model/time.ts';
import type { Tolerable } from './connection-schema.ts';
import { shownThumbprint, type Thumbprints, thumbprintsOf } from './thumbprint.ts';

/** What a person needs to know of a certificate to trust it or not. */
export interface CertificateFacts extends Thumbprints {
  readonly subject: string;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** The application that it names; undefined when it names none. */
  readonly applicationUri?: string;
  readonly hosts: readonly string[];
}

const SUBJECT_LENGTH_MAX = 300;
const DAY_MS = 86_400_000;
/** How long before a certificate's end people are told. */
export const EXPIRY_WARNING_DAYS = 60;

/** The first certificate of a chain in DER, which is the server's own; undefined when the bytes hold none. */
export function firstCertificate(chain: Uint8Array | undefined | null): Buffer | undefined {
  if (chain === undefined || chain === null || chain.length < 4 || chain[0] !== 0x30) return undefined;
  const form = chain[1] ?? 0;
  const lengthBytes = form < 0x80 ? 0 : form & 0x7f;
  if (lengthBytes > 3) return undefined;
  let length = form < 0x80 ? form : 0;
  for (let index = 0; index < lengthBytes; index += 1) length = length * 256 + (chain[2 + index] ?? 0);
  const end = 2 + lengthBytes + length;
  return end > chain.length ? undefined : Buffer.from(chain.subarray(0, end));
}

/** The facts of a certificate in DER; undefined when it cannot be read. */
export function certificateFacts(certificate: Uint8Array): CertificateFacts | undefined {
  try {
    const parsed = new X509Certificate(certificate);
    const names = alternativeNames(parsed.subjectAltName ?? '');
    const applicationUri = names.find(({ kind }) => kind === 'URI')?.name;
    return {
      ...thumbprintsOf(certificate),
      subject: printable(parsed.subject.split('\n').join(', ')),
      validFromMs: Date.parse(parsed.validFrom),
      validToMs: Date.parse(parsed.validTo),
      ...(applicationUri === undefined ? {} : { applicationUri }),
      hosts: names.filter(({ kind }) => kind !== 'URI').map(({ name }) => printable(name)),
    };
  } catch {
    return undefined;
  }
}

/** What a stranger wrote, fit for a terminal: without control characters, and of a length that can be shown. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\uFFFD').slice(0, SUBJECT_LENGTH_MAX);
}

/** Node writes `URI:urn:a, DNS:b, IP Address:c`, with names that hold commas or quotes as JSON strings. */
function alternativeNames(text: string): { kind: string; name: string }[] {
  return [...text.matchAll(/(URI|DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, kind = '', written = '']) => {
    return { kind, name: written.startsWith('"') ? (JSON.parse(written) as string) : written };
  });
}

export interface CertificateExpectation {
  readonly endpoint: string;
  readonly host: string;
  /** What the server says of itself. */
  readonly applicationUri: string;
  readonly nowMs: number;
  readonly tolerate: readonly Tolerable[];
}

/** What is wrong with a certificate even if it is trusted; undefined when nothing is that is not tolerated. */
export function certificateFault(certificate: Uint8Array, expected: CertificateExpectation): Fault | undefined {
  const facts = certificateFacts(certificate);
  const { endpoint, host, nowMs, tolerate } = expected;
  if (facts === undefined) {
    const hint = 'Have the server make a new certificate';
    return misfit('DRV_OPCUA_CERTIFICATE_UNREADABLE', `The certificate of ${endpoint} cannot be read.`, hint);
  }
  const { validFromMs, validToMs } = facts;
  if (nowMs >= validToMs && !tolerate.includes('expired')) {
    return misfit(
      'DRV_OPCUA_CERTIFICATE_EXPIRED',
      `The certificate of ${endpoint} expired on ${dayOf(validToMs)}.`,
      'Renew the certificate in the server and trust the new one, or write tolerate: [expired] until then; check the date of this computer, too',
    );
  }
  if (nowMs < validFromMs && !tolerate.includes('not-yet-valid')) {
    return misfit(
      'DRV_OPCUA_CERTIFICATE_NOT_YET_VALID',
      `The certificate of ${endpoint} is valid only from ${dayOf(validFromMs)}.`,
      'Compare the clocks of this computer and of the server: one of them is wrong; set it and, if it is the server, make its certificate anew',
    );
  }
  if (facts.applicationUri !== expected.applicationUri && !tolerate.includes('application-uri')) {
    const named =
      facts.applicationUri === undefined ? 'names no application' : `is for ${printable(facts.applicationUri)}`;
    return misfit(
      'DRV_OPCUA_CERTIFICATE_URI',
      `The certificate of ${endpoint} ${named}, but the server calls itself ${printable(expected.applicationUri)}.`,
      "Have the server make a new certificate for itself: this one may be a copy of another server's; or write tolerate: [application-uri]",
    );
  }
  if (!isForHost(certificate, host) && !tolerate.includes('host-name')) {
    const names = facts.hosts.length === 0 ? 'no host' : facts.hosts.join(', ');
    return misfit(
      'DRV_OPCUA_CERTIFICATE_HOST',
      `The certificate of ${endpoint} is for ${names} and not for ${host}.`,
      'Write one of those names into "endpoint" if it leads to the server, or write tolerate: [host-name] once the thumbprint has been compared',
    );
  }
  return undefined;
}

function isForHost(certificate: Uint8Array, host: string): boolean {
  const parsed = new X509Certificate(certificate);
  return (isIP(host) === 0 ? parsed.checkHost(host) : parsed.checkIP(host)) !== undefined;
}

/** A sentence once the end of a certificate is near; undefined before that. */
export function expiryWarning(facts: CertificateFacts, endpoint: string, nowMs: number): string | undefined {
  const days = Math.floor((facts.validToMs - nowMs) / DAY_MS);
  if (days > EXPIRY_WARNING_DAYS) return undefined;
  if (days < 0) return `The certificate of ${endpoint} expired on ${dayOf(facts.validToMs)} and is tolerated.`;
  return `The certificate of ${endpoint} expires in ${days} days, on ${dayOf(facts.validToMs)}.`;
}

/** A certificate for a person to compare: thumbprint, subject and validity in one phrase. */
export function describeCertificate({ sha1, subject, validFromMs, validToMs }: CertificateFacts): string {
  return `thumbprint ${shownThumbprint(sha1)} (SHA-1), ${subject}, valid from ${dayOf(validFromMs)} to ${dayOf(validToMs)}`;
}

function dayOf(utcMs: number): string {
  return toIso(utcMs).slice(0, 'YYYY-MM-DD'.length);
}

/** Mended at the server or by a person's trust, not in plant.yaml alone: so it is looked at again soon. */
function misfit(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'reconnect', hint };
}
