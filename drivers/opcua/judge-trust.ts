import type { DriverHost } from '../../core/acquisition/driver.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Fault } from '../../core/model/fault.ts';
import { toIso } from '../../core/model/time.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import { type CertificateFacts, describeCertificate } from './server-certificate.ts';
import { isThumbprint } from './thumbprint.ts';
import type { TrustBook } from './trust-book.ts';

/** Who is named when the configuration itself let the first certificate in. */
const FIRST = 'accept-first';

/**
 * Whether a connection may be tried with the certificate that the server shows; the fault says why not. No certificate
 * is ever exchanged for another without a person, and none is taken for the first one when the book is damaged.
 */
export function judgeTrust(
  facts: CertificateFacts,
  { endpoint, trust }: Pick<OpcUaConnectionSettings, 'endpoint' | 'trust'>,
  book: TrustBook,
  nowMs: number,
): Fault | undefined {
  const damage = book.damage();
  if (damage === undefined) book.saw(endpoint, facts, nowMs);
  if (trust !== 'prompt' && trust !== 'accept-first') {
    return isThumbprint(trust, facts) ? undefined : changedFault(facts, endpoint, 'the one that plant.yaml names');
  }
  if (damage !== undefined) return damage;
  if (book.isTrusted(endpoint, facts)) return undefined;
  if (book.of(endpoint).trusted !== undefined) return changedFault(facts, endpoint, 'the trusted one');
  return trust === 'prompt' ? untrustedFault(facts, endpoint) : undefined;
}

/**
 * With `accept-first`: remembers the first certificate, once a session stands and so its holder has shown that the key
 * is theirs. The list of endpoints alone, which anybody can send, makes nobody trusted. The fault says that another
 * certificate was trusted meanwhile, or that the trust could not be recorded. Where nothing is recorded, as in a dry run,
 * nothing is remembered either.
 */
export function trustFirst(
  facts: CertificateFacts,
  { endpoint, trust }: Pick<OpcUaConnectionSettings, 'endpoint' | 'trust'>,
  book: TrustBook,
  { clock, recordTrust }: Pick<DriverHost, 'clock' | 'recordTrust'>,
): Fault | undefined {
  if (trust !== 'accept-first' || book.isTrusted(endpoint, facts)) return undefined;
  if (book.of(endpoint).trusted !== undefined) return changedFault(facts, endpoint, 'the trusted one');
  if (recordTrust === undefined) return undefined;
  const { sha256: thumbprint, subject, validToMs } = facts;
  try {
    recordTrust({ endpoint, thumbprint, subject, validTo: toIso(validToMs), by: FIRST });
  } catch (error) {
    if (error instanceof Failure) return unrecordedFault(endpoint, error);
    throw error;
  }
  book.trust(endpoint, { thumbprint, atMs: clock.wallMs(), by: FIRST, certificate: facts });
  return undefined;
}

function unrecordedFault(endpoint: string, { code, hint }: Failure): Fault {
  return {
    code: 'DRV_OPCUA_TRUST_UNRECORDED',
    message: `That ${endpoint} is trusted at first contact could not be recorded (${code}), so it is not trusted.`,
    policy: 'reconnect',
    hint: hint ?? 'See in docs/errors.md what to do about that code; it is tried again by itself',
  };
}

function untrustedFault(facts: CertificateFacts, endpoint: string): Fault {
  return {
    code: 'DRV_OPCUA_UNTRUSTED',
    message: `Nobody has trusted the certificate of ${endpoint} yet: ${describeCertificate(facts)}.`,
    policy: 'reconnect',
    hint: 'Compare the thumbprint with the one that the server shows, then trust it on the Devices page or with "forebay trust"',
  };
}

function changedFault(facts: CertificateFacts, endpoint: string, expected: string): Fault {
  return {
    code: 'DRV_OPCUA_CERTIFICATE_CHANGED',
    message: `The server at ${endpoint} shows another certificate than ${expected}: ${describeCertificate(facts)}.`,
    policy: 'reconnect',
    hint: 'Ask who renewed the certificate; only if somebody did, compare the thumbprint and trust the new one',
  };
}
