import { Failure } from '../model/failure.ts';
import type { LedgerReader } from './ledger-storage.ts';
import { consistencyProof, inclusionProof, type NodeSource, rootAt } from './merkle.ts';

export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  /** From the leaf upwards (RFC 9162 section 2.1.3). */
  readonly hashes: readonly Uint8Array[];
}

export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  /** RFC 9162 section 2.1.4. */
  readonly hashes: readonly Uint8Array[];
}

/**
 * Shows that entry `index` lies in the ledger of the given size (default: now). Reads O(log size) nodes.
 *
 * @throws Failure `LED_OUT_OF_RANGE` when there is no such entry or size, `LED_NODE_MISSING` on a damaged tree.
 */
export function proveInclusion(reader: LedgerReader, index: number, size?: number): InclusionProof {
  return reader.snapshot(() => {
    const treeSize = checkedSize(reader, size, 'size');
    if (!Number.isSafeInteger(index) || index < 0 || index >= treeSize) {
      throw outOfRange(`There is no entry ${index} in a ledger of ${treeSize} entries.`);
    }
    const node = nodesIn(reader);
    return {
      index,
      size: treeSize,
      leafHash: node(0, index),
      root: rootAt(treeSize, node),
      hashes: inclusionProof(index, treeSize, node),
    };
  });
}

/**
 * Shows that the ledger of size `from` is the beginning of the one of size `to` (default: now).
 *
 * @throws Failure `LED_OUT_OF_RANGE` when there is no such size, `LED_NODE_MISSING` on a damaged tree.
 */
export function proveConsistency(reader: LedgerReader, from: number, to?: number): ConsistencyProof {
  return reader.snapshot(() => {
    const toSize = checkedSize(reader, to, 'to');
    if (!Number.isSafeInteger(from) || from < 0 || from > toSize) {
      throw outOfRange(`A ledger of ${from} entries is no beginning of one of ${toSize}.`);
    }
    const node = nodesIn(reader);
    return {
      from,
      to: toSize,
      fromRoot: rootAt(from, node),
      toRoot: rootAt(toSize, node),
      hashes: consistencyProof(from, toSize, node),
    };
  });
}

function checkedSize(reader: LedgerReader, wanted: number | undefined, name: string): number {
  const size = reader.size();
  if (wanted === undefined) return size;
  if (Number.isSafeInteger(wanted) && wanted >= 0 && wanted <= size) return wanted;
  throw outOfRange(`${name} is ${wanted}, and the ledger has ${size} entries.`);
}

/** The tree as it is stored. A node that is missing throws `LED_NODE_MISSING`. */
export function nodesIn(reader: LedgerReader): NodeSource {
  return (level, index) => {
    const hash = reader.nodeHash(level, index);
    if (hash !== undefined) return hash;
    throw new Failure('LED_NODE_MISSING', `The ledger's tree has no node ${index} of level ${level}.`, {
      hint: 'run `forebay ledger fsck`',
      exitCode: 4,
    });
  };
}

function outOfRange(sentence: string): Failure {
  return new Failure('LED_OUT_OF_RANGE', sentence, { exitCode: 2 });
}
