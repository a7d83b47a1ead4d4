import { z } from 'zod';

/** A consensus node as an address book has it. */
export interface BookNode {
  /** Its account, such as `0.0.3`. */
  readonly accountId: string;
  /** IPv4 addresses or names, without ports. */
  readonly hosts: readonly string[];
  /** SHA-384 of its TLS certificate in PEM form, hexadecimal; absent where the book has none. */
  readonly certificateHash?: string | undefined;
}

/** An address book that a mirror gave, as it is kept. */
export interface NodeBook {
  /** When it was taken, on our clock. */
  readonly takenMs: number;
  readonly mirrorUrl: string;
  readonly nodes: readonly BookNode[];
}

const node = z.object({
  accountId: z.string().regex(/^\d{1,19}\.\d{1,19}\.\d{1,19}$/),
  hosts: z
    // The SDK takes addresses of this computer for a network on it, and goes other ways then.
    .array(z.string().regex(/^(?!127\.|localhost)[a-z0-9][a-z0-9.-]{0,252}$/i, 'no host of a network'))
    .min(1)
    .max(20),
  certificateHash: z
    .string()
    .regex(/^[0-9a-f]{96}$/)
    .optional(),
});
const book = z.object({
  takenMs: z.number(),
  mirrorUrl: z.string(),
  nodes: z.array(node).min(1).max(1000),
});

/** What was kept; undefined for what is not of this form, as after a later version: then the one that came along counts. */
export function readNodeBook(text: string): NodeBook | undefined {
  try {
    return book.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Whether a new book can be that of the same network: most of its nodes are known by account and certificate, or by account
 * and all their hosts, and it has most of the accounts that were known, each account once. Who has neither the certificate nor
 * the host of a known node can pass for none of these. A network changes node by node; a book of strangers is another
 * network's, or somebody's who wants to be asked in its place.
 */
export function isSameNetwork(known: readonly BookNode[], fresh: readonly BookNode[]): boolean {
  const byAccount = new Map(known.map((each) => [each.accountId, each]));
  const familiar = fresh.filter((each) => isFamiliar(byAccount.get(each.accountId), each)).length;
  const accounts = new Set(fresh.map(({ accountId }) => accountId));
  const left = known.filter(({ accountId }) => accounts.has(accountId)).length;
  return accounts.size === fresh.length && 2 * familiar > fresh.length && 2 * left > known.length;
}

function isFamiliar(known: BookNode | undefined, { certificateHash, hosts }: BookNode): boolean {
  if (known === undefined) return false;
  const isSameCertificate = certificateHash !== undefined && certificateHash === known.certificateHash;
  return isSameCertificate || hosts.every((host) => known.hosts.includes(host));
}

/** Accounts of nodes that are new or were changed, and of those that are gone. */
export function bookChanges(
  known: readonly BookNode[],
  fresh: readonly BookNode[],
): { readonly changed: readonly string[]; readonly gone: readonly string[] } {
  const before = new Map(known.map((each) => [each.accountId, formOf(each)]));
  const after = new Set(fresh.map(({ accountId }) => accountId));
  return {
    changed: fresh.filter((each) => before.get(each.accountId) !== formOf(each)).map(({ accountId }) => accountId),
    gone: known.map(({ accountId }) => accountId).filter((accountId) => !after.has(accountId)),
  };
}

function formOf({ hosts, certificateHash }: BookNode): string {
  return JSON.stringify([hosts.toSorted(), certificateHash ?? null]);
}
