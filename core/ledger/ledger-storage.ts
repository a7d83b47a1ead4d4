import type { Entry, EntryKind } from './entry.ts';
import type { MerkleNode } from './merkle.ts';
import type { BatchRow, GapRow, PushRow, ReadingRow, ReceiptRow, ReviewRow, WaitingRow } from './projection.ts';

/** An entry as it lies in the store: `bytes` is the canonical form, exactly what was hashed. */
export interface StoredEntry {
  readonly index: number;
  readonly kind: EntryKind;
  readonly bytes: Uint8Array;
  readonly leafHash: Uint8Array;
  /** Why `bytes` are not there, where the store cannot give them any more. */
  readonly trouble?: string;
}

/** What is kept of a checkpoint; with the key's name it gives the signed note back byte for byte. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * A signature under a checkpoint besides the one by the key in force: of the key that was replaced with its last entry,
 * or of a witness. `signature` is what follows the key hash in the note.
 */
export interface StoredSignature {
  readonly size: number;
  readonly verifierKey: string;
  readonly signature: Uint8Array;
}

/** The text of verification settings under the digest (`sha256:` and hexadecimal) by which verdicts name them. */
export interface SettingsRow {
  readonly digest: string;
  readonly text: string;
}

/** The text of a unit's model, whose SHA-256 `digest` names as `sha256:` and lower-case hexadecimal. */
export interface ModelRow {
  readonly digest: string;
  readonly unitId: string;
  readonly text: string;
}

/** Everything one group adds to the ledger. The storage makes all of it durable or none. */
export interface LedgerGroup {
  readonly entries: readonly (StoredEntry & { readonly entry: Entry })[];
  /** The nodes above the leaves that the group completed, in the order in which they came to be. */
  readonly nodes: readonly MerkleNode[];
  readonly checkpoint: StoredCheckpoint;
  /** Signatures of other keys under the same checkpoint. */
  readonly alsoSigned: readonly StoredSignature[];
}

/** A run of entries, `from <= index < to`, that is checked by itself. */
export interface LedgerPart {
  readonly from: number;
  readonly to: number;
}

/** A run of entries without holes and what of the tree belongs to them, packed: what is hashed and compared in one go. */
export interface PackedRun {
  /** Canonical bytes, one entry after the other, and where each entry's end in them. */
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
  /** 32 bytes for each entry. */
  readonly leafHashes: Uint8Array;
  /** Hashes of the nodes that the entries complete, in the order in which they come to be. */
  readonly nodeHashes: Uint8Array;
  /** The checkpoints of which one of the entries is the last, ascending, and their roots. */
  readonly checkpointSizes: readonly number[];
  readonly checkpointRoots: Uint8Array;
}

/** What proofs and fsck read. Iterations are in ascending order and hold one row at a time. */
export interface LedgerReader {
  /** Number of entries. */
  size(): number;
  entry(index: number): StoredEntry | undefined;
  /** The entries with `from <= index < to` that exist; a hole shows as a missing index. */
  entries(from: number, to: number): Iterable<StoredEntry>;
  /** The entries with `from <= index < to`, packed; undefined where they have a hole or anything else is irregular. */
  packed(from: number, to: number): PackedRun | undefined;
  /** The hash of the complete subtree `(level, index)`; level 0 is the leaf hash. */
  nodeHash(level: number, index: number): Uint8Array | undefined;
  /** The stored nodes above the leaves, in the order in which they came to be. */
  nodes(): Iterable<MerkleNode>;
  latestCheckpoint(): StoredCheckpoint | undefined;
  /** The first checkpoint that covers at least `size` entries. */
  checkpointFrom(size: number): StoredCheckpoint | undefined;
  /** All checkpoints, ascending by size. */
  checkpoints(): Iterable<StoredCheckpoint>;
  /** Signatures besides the device's, ascending by size; of one size only when it is given. */
  signatures(size?: number): Iterable<StoredSignature>;
  /** The genesis entry and all `key` entries, ascending by index: they say which key signs what. */
  keyEntries(): Iterable<StoredEntry>;
  /** The entries of the kind `model`, ascending by index. */
  modelEntries(): Iterable<StoredEntry>;
  /** Rows of the projections, ascending by index. */
  readingRows(): Iterable<ReadingRow>;
  /** Those of the readings that were not approved as they came. */
  doubtedRows(): Iterable<ReadingRow>;
  gapRows(): Iterable<GapRow>;
  pushRows(): Iterable<PushRow>;
  /** All kept models, in any order. */
  models(): Iterable<ModelRow>;
  /** All kept verification settings, in any order. */
  settings(): Iterable<SettingsRow>;
  reviewRows(): Iterable<ReviewRow>;
  /** The `batch` and `receipt` entries, ascending by index; never limited to a part, like the two below. */
  outboxEntries(): Iterable<StoredEntry>;
  batchRows(): Iterable<BatchRow>;
  /** Deliveries that are ended, ascending by the index of their receipt; by that of their batch where one has none. */
  receiptRows(): Iterable<ReceiptRow>;
  /** The readings that wait for a person, ascending by index: as they stand at the end of the ledger. */
  waitingRows(): Iterable<WaitingRow>;
  /** What the storage itself finds wrong with its files (pages, indexes), in words; undefined when nothing is. */
  damage(): string | undefined;
  /** Runs `read` on one unchanging view, whatever a writer does meanwhile. */
  snapshot<T>(read: () => T): T;
}

/**
 * The port between the ledger and a store. `Write` is the store's own handle, given to whoever must write something
 * of theirs together with a group.
 */
export interface LedgerStorage<Write> extends LedgerReader {
  /**
   * Makes the group, its projections and whatever `alongside` writes durable in one write, or throws and leaves
   * everything as it was. When it returns, a power cut loses nothing of it.
   */
  writeGroup(group: LedgerGroup, alongside?: (write: Write) => void): void;
}

/** The tables for queries, as whoever computes them anew from the entries sees them. */
export interface ProjectionStore {
  /** Empties all of them. */
  clear(): void;
  /** Adds the rows that the entry gives. Entries come in the order of their indexes. */
  insert(entry: Entry): void;
  /** Makes everything that `work` does durable in one write, or nothing when it throws. */
  write<T>(work: () => T): T;
}
