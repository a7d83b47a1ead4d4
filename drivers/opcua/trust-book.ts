import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Fault } from '../../core/model/fault.ts';
import { ExchangeFailure } from './deadline.ts';
import type { CertificateFacts } from './server-certificate.ts';
import { isThumbprint, type Thumbprints } from './thumbprint.ts';

/** A certificate that a server has shown, or that a person has trusted. Times are UTC milliseconds. */
const certificateSchema = z.strictObject({
  sha1: z.string(),
  sha256: z.string(),
  subject: z.string(),
  validFromMs: z.number(),
  validToMs: z.number(),
  applicationUri: z.string().optional(),
  hosts: z.array(z.string()),
});

const trustedSchema = z.strictObject({
  /** As the person wrote it, in its normal form: 40 or 64 hexadecimal digits. */
  thumbprint: z.string(),
  atMs: z.number(),
  by: z.string(),
  certificate: certificateSchema.optional(),
});

const bookSchema = z.strictObject({
  v: z.literal(1),
  servers: z.record(
    z.string(),
    z.strictObject({
      /** What the server showed last. */
      seen: certificateSchema.extend({ atMs: z.number() }).optional(),
      trusted: trustedSchema.optional(),
    }),
  ),
});

type Book = z.infer<typeof bookSchema>;
export type SeenCertificate = CertificateFacts & { readonly atMs: number };
export interface TrustedCertificate {
  readonly thumbprint: string;
  readonly atMs: number;
  readonly by: string;
  readonly certificate?: CertificateFacts;
}

export interface ServerTrust {
  readonly seen?: SeenCertificate;
  readonly trusted?: TrustedCertificate;
}

const FILE = 'trust.json';

/**
 * Which certificate each server is trusted with, and which one it showed last. Kept in a file that survives restarts;
 * read at each question, so that what a person does takes effect at the next attempt. No file means that nobody is
 * trusted yet. A file that is there and cannot be read is a fault: whom it trusted is not known, so that nobody is
 * trusted in their place, and it is left as it is for a person to look at.
 */
export class TrustBook {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, FILE);
  }

  /** Why the book cannot be used; undefined for one that can, or that is not begun. */
  damage(): Fault | undefined {
    try {
      this.#read();
      return undefined;
    } catch (error) {
      if (error instanceof ExchangeFailure) return error.fault;
      throw error;
    }
  }

  /** @throws ExchangeFailure for a damaged book, as do all that follow. */
  of(endpoint: string): ServerTrust {
    return (this.#read().servers[endpoint] ?? {}) as ServerTrust;
  }

  /** Whether the certificate is the trusted one of that server. */
  isTrusted(endpoint: string, certificate: Thumbprints): boolean {
    const { trusted } = this.of(endpoint);
    if (trusted === undefined) return false;
    // A certificate that was on show when it was trusted is held to by the stronger digest.
    return trusted.certificate === undefined
      ? isThumbprint(trusted.thumbprint, certificate)
      : trusted.certificate.sha256 === certificate.sha256;
  }

  saw(endpoint: string, facts: CertificateFacts, atMs: number): void {
    const known = this.of(endpoint);
    if (known.seen?.sha256 === facts.sha256) return;
    this.#change(endpoint, { ...known, seen: { ...facts, atMs } });
  }

  trust(endpoint: string, trusted: TrustedCertificate): void {
    this.#change(endpoint, { ...this.of(endpoint), trusted });
  }

  #change(endpoint: string, server: ServerTrust): void {
    const book = this.#read();
    const servers = { ...book.servers, [endpoint]: server };
    const temporary = `${this.#path}.new`;
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(file, `${JSON.stringify({ v: 1, servers }, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, this.#path);
    syncFolder(dirname(this.#path));
  }

  #read(): Book {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { v: 1, servers: {} };
      throw new ExchangeFailure(damagedFault(this.#path, 'it cannot be read'));
    }
    const parsed = bookSchema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new ExchangeFailure(damagedFault(this.#path, 'what it holds is cut off or changed'));
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without it, a power cut could bring the former book back. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function damagedFault(path: string, what: string): Fault {
  return {
    code: 'DRV_OPCUA_TRUST_DAMAGED',
    message: `The list of trusted servers, ${path}, is damaged: ${what}.`,
    policy: 'reconnect',
    hint: 'Put the file back from a backup; or move it away, compare the thumbprint of each server and trust it anew',
  };
}
