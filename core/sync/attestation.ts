import type { JsonObject } from '../model/json.ts';
import { toIso } from '../model/time.ts';

/** The most a message on a Hedera topic may hold (`consensus.message.maxBytesAllowed`); more would go in chunks. */
export const MESSAGE_BYTES_MAX = 1024;

/** How the verdicts of the sealed readings were spread. */
export interface VerdictCounts {
  readonly approved: number;
  readonly flagged: number;
  readonly rejected: number;
}

/** From the earliest beginning of some readings to their latest end. */
export interface ReadingSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The form of message that is written. In form 1 the period was that which the run was sealed for. */
export const MESSAGE_FORM = 2;

/**
 * What a plant states in public of one sealed run of entries `[first, end)`. It names the ledger's checkpoint, so whoever
 * holds an evidence bundle can hold every entry against it, and says no more of the plant than the sums.
 */
export interface Attestation {
  readonly plantId: string;
  /** `did:key` of the device that signs. */
  readonly did: string;
  /** Origin of the checkpoint, its size and its root. `size` is `end`, but where each reading is attested alone. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly first: number;
  readonly end: number;
  /** The time that the readings of the run span; null in a run without any. */
  readonly span: ReadingSpan | null;
  readonly counts: VerdictCounts;
  /** Credited energy of the readings in the run, as it stood at the checkpoint; whole watt-hours. */
  readonly creditedWh: number;
  /** What decisions of persons in the run changed in the credited energy of earlier runs; may be negative. */
  readonly reviewedWh: number;
  /** Versions of the rules that judged the readings, ascending, and the digest over the models that they used. */
  readonly rules: readonly string[];
  readonly models: string | null;
  readonly methodology: string | null;
}

/** The members of a message, without the signature, as docs/sync.md has them. */
export function attestationBody(attestation: Attestation): JsonObject {
  const { counts, span } = attestation;
  return {
    forebay: MESSAGE_FORM,
    plant: attestation.plantId,
    did: attestation.did,
    log: attestation.origin,
    size: attestation.size,
    root: Buffer.from(attestation.root).toString('base64'),
    first: attestation.first,
    end: attestation.end,
    from: span === null ? null : toIso(span.fromMs),
    to: span === null ? null : toIso(span.toMs),
    approved: counts.approved,
    flagged: counts.flagged,
    rejected: counts.rejected,
    creditedWh: attestation.creditedWh,
    reviewedWh: attestation.reviewedWh,
    rules: attestation.rules.join(' '),
    models: attestation.models,
    methodology: attestation.methodology,
  };
}
