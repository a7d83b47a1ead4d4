import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type KeyedCertificate, makeCertificate, makeKey } from './make-certificate.ts';
import { certificateFacts } from './server-certificate.ts';

export interface OwnCertificate extends KeyedCertificate {
  readonly applicationUri: string;
  readonly validToMs: number;
}

const DAY_MS = 86_400_000;
const VALID_MS = 3 * 365 * DAY_MS;
/** Set back a day, so that a server whose clock is a little behind does not find it not yet valid. */
const BACKDATED_MS = DAY_MS;
/** Renewed this long before its end, so that there is time to trust the new one in every server. */
export const RENEW_BEFORE_MS = 90 * DAY_MS;

const CERTIFICATE_FILE = 'forebay.crt';
const KEY_FILE = 'forebay.key';
const OWNER_ONLY = 0o600;
const PUBLIC = 0o644;
const URI = /^urn:forebay:[0-9a-f]{16}$/;

/**
 * The application instance certificate of this installation, from `folder`: made at the first use, and made anew for
 * the same key and application when its end comes near. It is asked for at each connection, so a renewal needs no
 * restart. The key never leaves the folder and is its owner's alone.
 */
export async function ownCertificate(folder: string, nowMs: number): Promise<OwnCertificate> {
  const kept = read(folder);
  const isFresh = kept !== undefined && nowMs < kept.validToMs - RENEW_BEFORE_MS && nowMs >= kept.validFromMs;
  if (isFresh) return kept;
  const privateKey = kept?.privateKey ?? (await makeKey());
  const applicationUri = kept?.applicationUri ?? `urn:forebay:${randomBytes(8).toString('hex')}`;
  const validToMs = nowMs + VALID_MS;
  const made = await makeCertificate(
    {
      commonName: `Forebay on ${hostname()}`,
      organization: 'Forebay',
      applicationUri,
      hosts: hostNames(),
      validFromMs: nowMs - BACKDATED_MS,
      validToMs,
    },
    privateKey,
  );
  // Should the power fail between the two, they do not fit each other and both are made anew.
  if (kept === undefined) writeDurably(join(folder, KEY_FILE), exported(privateKey), OWNER_ONLY);
  writeDurably(join(folder, CERTIFICATE_FILE), new X509Certificate(made.certificate).toString(), PUBLIC);
  return { ...made, applicationUri, validToMs };
}

function read(folder: string): (OwnCertificate & { readonly validFromMs: number }) | undefined {
  try {
    const privateKey = createPrivateKey(readFileSync(join(folder, KEY_FILE)));
    const parsed = new X509Certificate(readFileSync(join(folder, CERTIFICATE_FILE)));
    const facts = certificateFacts(parsed.raw);
    if (facts?.applicationUri === undefined || !URI.test(facts.applicationUri)) return undefined;
    if (!parsed.checkPrivateKey(privateKey)) return undefined;
    const { applicationUri, validFromMs, validToMs } = facts;
    return { certificate: parsed.raw, privateKey, applicationUri, validFromMs, validToMs };
  } catch {
    // Absent at the first use, or damaged: a new one is made, and the servers have to trust it.
    return undefined;
  }
}

function exported(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** Names that a certificate may carry: those of DNS. */
function hostNames(): string[] {
  const name = hostname();
  return /^[A-Za-z0-9.-]{1,253}$/.test(name) ? [name] : [];
}

function writeDurably(path: string, text: string, mode: number): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
