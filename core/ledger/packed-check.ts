import { Failure } from '../model/failure.ts';
import type { Frontier } from './frontier.ts';
import type { KeyCheck } from './key-check.ts';
import type { LedgerReader, PackedRun } from './ledger-storage.ts';
import { HASH_BYTES, isEqual, leafHash } from './merkle.ts';

export interface PackedCheckParts {
  readonly reader: LedgerReader;
  /** The tree before the first entry that is looked at. Is grown. */
  readonly frontier: Frontier;
  /** Holds the keys of the entries before. Is given those that follow. */
  readonly keys: KeyCheck;
  readonly onProgress: (entries: number) => void;
}

export interface PackedCounts {
  readonly checkedNodes: number;
  readonly checkedCheckpoints: number;
}

/** Half a megabyte of readings at a time. */
const RUN_ENTRIES = 256;

/**
 * Hashes all entries that the reader gives from the frontier on and compares every node and the root of every
 * checkpoint, many at a time. Says only that everything holds: undefined where anything does not, and what that is
 * shows a walk over single rows.
 */
export function checkPacked({ reader, frontier, keys, onProgress }: PackedCheckParts): PackedCounts | undefined {
  const counts = { checkedNodes: 0, checkedCheckpoints: 0 };
  const keyIndexes = new Set(Array.from(reader.keyEntries(), ({ index }) => index)).add(0);
  try {
    for (;;) {
      const { size } = frontier;
      // Rows with numbers below zero belong to no entry.
      const run = reader.packed(size === 0 ? Number.MIN_SAFE_INTEGER : size, size + RUN_ENTRIES);
      if (run === undefined) return undefined;
      if (run.ends.length === 0) break;
      if (!new RunCheck(run, frontier).holds(keyIndexes, keys)) return undefined;
      counts.checkedNodes += run.nodeHashes.length / HASH_BYTES;
      counts.checkedCheckpoints += run.checkpointSizes.length;
      onProgress(frontier.size);
    }
    const beyond = reader.packed(frontier.size, Number.MAX_SAFE_INTEGER);
    return beyond !== undefined && isEmpty(beyond) ? counts : undefined;
  } catch (error) {
    // What the store says against it, the walk over single rows meets and names too.
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

class RunCheck {
  readonly #run: PackedRun;
  readonly #frontier: Frontier;
  readonly #first: number;
  #nodesEnd = 0;
  #checkpoints = 0;

  constructor(run: PackedRun, frontier: Frontier) {
    this.#run = run;
    this.#frontier = frontier;
    this.#first = frontier.size;
  }

  holds(keyIndexes: ReadonlySet<number>, keys: KeyCheck): boolean {
    const { bytes, ends, leafHashes, nodeHashes, checkpointSizes, checkpointRoots } = this.#run;
    let from = 0;
    for (const end of ends) {
      const entry = bytes.subarray(from, end);
      from = end;
      const leaf = leafHash(entry);
      if (!this.#isAt(leafHashes, this.#frontier.size - this.#first, leaf)) return false;
      if (keyIndexes.has(this.#frontier.size)) {
        // Only read where the bytes have the hash that was recorded.
        const parsed = JSON.parse(Buffer.from(entry).toString('utf8'));
        if (keys.check(parsed, () => this.#frontier.root()) !== undefined) return false;
      }
      if (!this.#takeNodes(leaf) || !this.#takeCheckpoint()) return false;
    }
    const isAllTaken =
      this.#nodesEnd * HASH_BYTES === nodeHashes.length && this.#checkpoints === checkpointSizes.length;
    return isAllTaken && checkpointRoots.length === checkpointSizes.length * HASH_BYTES && from === bytes.length;
  }

  #takeNodes(leaf: Uint8Array): boolean {
    for (const { hash } of this.#frontier.append(leaf)) {
      if (!this.#isAt(this.#run.nodeHashes, this.#nodesEnd, hash)) return false;
      this.#nodesEnd += 1;
    }
    return true;
  }

  #takeCheckpoint(): boolean {
    const { checkpointSizes, checkpointRoots } = this.#run;
    if (checkpointSizes[this.#checkpoints] !== this.#frontier.size) return true;
    const isSame = this.#isAt(checkpointRoots, this.#checkpoints, this.#frontier.root());
    this.#checkpoints += 1;
    return isSame;
  }

  #isAt(hashes: Uint8Array, place: number, hash: Uint8Array): boolean {
    return isEqual(hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES), hash);
  }
}

function isEmpty({ ends, nodeHashes, checkpointSizes }: PackedRun): boolean {
  return ends.length === 0 && nodeHashes.length === 0 && checkpointSizes.length === 0;
}
