import type { Fault } from '../../core/model/fault.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import { type CertificateFacts, describeCertificate } from './server-certificate.ts';
import { isThumbprint } from './thumbprint.ts';
import type { TrustBook } from './trust-book.ts';

/** Who is named when the configuration itself let the first certificate in. */
const FIRST = 'trust: accept-first';

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
 * certificate was trusted meanwhile.
 */
export function trustFirst(
  facts: CertificateFacts,
  { endpoint, trust }: Pick<OpcUaConnectionSettings, 'endpoint' | 'trust'>,
  book: TrustBook,
  nowMs: number,
): Fault | undefined {
  if (trust !== 'accept-first' || book.isTrusted(endpoint, facts)) return undefined;
  if (book.of(endpoint).trusted !== undefined) return changedFault(facts, endpoint, 'the trusted one');
  book.trust(endpoint, { thumbprint: facts.sha256, atMs: nowMs, by: FIRST, certificate: facts });
  return undefined;
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
