import type { LedgerGroup } from '../ledger/ledger-storage.ts';

type Node = LedgerGroup['nodes'][number];

/**
 * Tree nodes above the leaves lie in the order in which they come to be. Leaf i completes one node for each trailing
 * 1 bit of i, lowest level first, so n leaves have completed n - popcount(n) nodes, without holes.
 */
export function nodesBefore(leaves: number): number {
  return leaves - popcount(leaves);
}

/** Where the node `(level, index)` lies; `level` is at least 1. */
export function nodePosition(level: number, index: number): number {
  const lastLeaf = (index + 1) * 2 ** level - 1;
  return nodesBefore(lastLeaf) + level - 1;
}

interface NodeRow {
  readonly position: number;
  readonly hash: Uint8Array;
}

/** The stored rows by level and index. Rows in unbroken order are named by counting, any other by search. */
export function* nodesOf(rows: Iterable<NodeRow>): Generator<Node> {
  let last = { position: -1, leaf: 0, level: 0 };
  for (const { position, hash } of rows) {
    last = position === last.position + 1 ? nodeAfter(last) : placeOf(position);
    yield { level: last.level, index: (last.leaf + 1) / 2 ** last.level - 1, hash };
  }
}

/** A node by its position and by the leaf that completed it. */
interface Place {
  readonly position: number;
  readonly leaf: number;
  readonly level: number;
}

function nodeAfter({ position, leaf, level }: Place): Place {
  if ((leaf + 1) % 2 ** (level + 1) === 0) return { position: position + 1, leaf, level: level + 1 };
  // Every second leaf completes at least the node above itself and its left neighbour.
  const nextOdd = leaf % 2 === 0 ? leaf + 1 : leaf + 2;
  return { position: position + 1, leaf: nextOdd, level: 1 };
}

function placeOf(position: number): Place {
  let low = 0;
  let high = 2 * position + 2;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (nodesBefore(middle + 1) > position) high = middle;
    else low = middle + 1;
  }
  return { position, leaf: low, level: position - nodesBefore(low) + 1 };
}

function popcount(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
