import { Failure } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import type { WrittenPart } from './canonical.ts';

/**
 * One record of the ledger. Its canonical bytes (RFC 8785) are the leaf of the Merkle tree; never changed, never
 * deleted. A change of a body's meaning raises `v`.
 */
export interface Entry {
  readonly v: 1;
  readonly index: number;
  readonly kind: EntryKind;
  /** When it was recorded, ISO 8601 UTC. */
  readonly at: string;
  readonly body: JsonObject;
}

/**
 * - `genesis`: index 0; plant id, device public key, when and by which version the ledger was begun
 * - `configuration`: plant.yaml in force, text and SHA-256 digest, validated, without secrets
 * - `reading`: `{ reading, signature, verdict }`; the signature is the device key's over the reading's canonical bytes
 * - `gap`: a stretch of a unit without a usable value, with what became of its energy (docs/ledger.md)
 * - `meter`: a person's word that a meter was exchanged or its register set (docs/ledger.md)
 * - `model`: a model of a unit's hydraulic twin was put in force, named by its digest (docs/ledger.md)
 * - `review`: a person's decision on a reading (docs/ledger.md)
 * - `start`, `stop`: the appliance came up or was stopped
 * - `clock`: the wall clock was stepped
 * - `key`: another device key signs from here on, `{ v, event, statement, newSignature, oldSignature }` (docs/ledger.md)
 * - `restore`: a backup took the place of the ledger; what was signed after it may exist elsewhere (docs/ledger.md)
 * - `salvage`: the store was damaged, and the ledger goes on from what could be saved (docs/ledger.md)
 * - `samples`: raw samples were given up by rule, or are not kept for want of room (docs/ledger.md)
 * - `batch`: a run of entries was sealed under a checkpoint, with the message that states it (docs/ledger.md)
 * - `receipt`: a target holds a batch, with what proves it (docs/ledger.md)
 * - `received`: whoever receives the carried disks holds the ledger up to a size, by a signed receipt (docs/ledger.md)
 * - `topic`: a topic was made for the plant on a public network, with our key as its submit key (docs/ledger.md)
 * - `month-closed`: a person closed a month; its figures, as of a size of the ledger (docs/ledger.md)
 * - `confirmation`: a person confirmed what costs money and cannot be taken back (docs/ledger.md)
 * - `mint-approved`: a person approved that certificates are minted for energy of a closed month, or took that back
 * - `token`: the token that the plant mints on a network (docs/ledger.md)
 * - `token-minted`: certificates were minted, with what proves it (docs/ledger.md)
 * - `trust`: somebody trusted a device's server with a certificate, `{ device, endpoint, thumbprint, subject, validTo, by }`
 */
export const ENTRY_KINDS = [
  'genesis',
  'configuration',
  'reading',
  'gap',
  'start',
  'stop',
  'clock',
  'trust',
  'meter',
  'model',
  'review',
  'key',
  'restore',
  'samples',
  'salvage',
  'batch',
  'receipt',
  'received',
  'topic',
  'did',
  'month-closed',
  'confirmation',
  'mint-approved',
  'token',
  'token-minted',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** What a stage hands to the recorder; the recorder gives it index and time. */
export interface NewEntry {
  readonly kind: EntryKind;
  readonly body: JsonObject;
  /** A part of the body whose canonical form is known already, such as a reading that was signed. */
  readonly written?: WrittenPart;
}

/** Versions of each kind's body that this program reads: all that were ever written. Their forms are `ENTRY_SCHEMAS`. */
export const KNOWN_VERSIONS: Readonly<Record<EntryKind, readonly number[]>> = {
  genesis: [1],
  configuration: [1],
  reading: [1],
  gap: [1, 2],
  start: [1],
  stop: [1],
  clock: [1],
  trust: [1],
  meter: [1, 2],
  model: [1],
  review: [1],
  key: [1],
  restore: [1],
  samples: [1],
  salvage: [1],
  batch: [1, 2],
  receipt: [1],
  received: [1],
  topic: [1],
  did: [1],
  'month-closed': [1],
  confirmation: [1],
  'mint-approved': [1],
  token: [1],
  'token-minted': [1],
};

/** The version of an entry's body: its `v`, for a reading that of `reading`. Without one it is the first. */
export function bodyVersion({ kind, body }: Pick<Entry, 'kind' | 'body'>): unknown {
  const { reading } = body;
  const versioned = kind === 'reading' && typeof reading === 'object' && reading !== null ? reading : body;
  return (versioned as JsonObject).v ?? 1;
}

/**
 * Why this program cannot know what an entry means: its form, its kind or the version of its body is not among those
 * that it reads, so a later Forebay wrote it. Undefined when it can.
 */
export function futureOf(entry: Entry): string | undefined {
  if (entry.v !== 1) return `is an entry of version ${JSON.stringify(entry.v)}`;
  const known: readonly number[] | undefined = Object.hasOwn(KNOWN_VERSIONS, entry.kind)
    ? KNOWN_VERSIONS[entry.kind]
    : undefined;
  if (known === undefined) return `is of the unknown kind ${JSON.stringify(entry.kind)}`;
  const version = bodyVersion(entry);
  return known.some((one) => one === version) ? undefined : `is a ${entry.kind} of version ${JSON.stringify(version)}`;
}

/** @throws Failure `LED_FROM_FUTURE` for an entry that a later Forebay wrote: nothing is skipped, nothing guessed. */
export function refuseFuture(entry: Entry): void {
  const future = futureOf(entry);
  if (future === undefined) return;
  throw new Failure('LED_FROM_FUTURE', `Entry ${entry.index} ${future}, which this Forebay does not know.`, {
    hint: 'a newer Forebay wrote it: use that version, or a newer one still',
    exitCode: 4,
  });
}
