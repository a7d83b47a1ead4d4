import type { JsonObject } from '../model/json.ts';

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
 * - `samples`: raw samples were given up by rule, or are not kept for want of room (docs/ledger.md)
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
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** What a stage hands to the recorder; the recorder gives it index and time. */
export interface NewEntry {
  readonly kind: EntryKind;
  readonly body: JsonObject;
}
