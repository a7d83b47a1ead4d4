import { present } from '../model/assert.ts';
import { emptyRoot, half, type MerkleNode, type NodeSource, nodeHash } from './merkle.ts';

/**
 * The right edge of a growing tree: the roots of its complete subtrees, one for each bit of the size. Appending costs
 * one node on average, whatever the size. A frontier is a value of its own: `copy` before trying, keep what succeeded.
 */
export class Frontier {
  #size: number;
  /** By level; defined exactly where the size has its bit set. */
  readonly #peaks: (Uint8Array | undefined)[];

  private constructor(size: number, peaks: (Uint8Array | undefined)[]) {
    this.#size = size;
    this.#peaks = peaks;
  }

  static empty(): Frontier {
    return new Frontier(0, []);
  }

  /** The frontier of a tree whose complete nodes can be read: one read for each bit of `size`. */
  static of(size: number, node: NodeSource): Frontier {
    const peaks: (Uint8Array | undefined)[] = [];
    let level = 0;
    for (let rest = size; rest > 0; rest = half(rest), level += 1) {
      if (rest % 2 === 1) peaks[level] = node(level, rest - 1);
    }
    return new Frontier(size, peaks);
  }

  get size(): number {
    return this.#size;
  }

  copy(): Frontier {
    return new Frontier(this.#size, this.#peaks.slice());
  }

  /** Adds a leaf and returns the nodes above it that became complete, lowest first. */
  append(leaf: Uint8Array): MerkleNode[] {
    const completed: MerkleNode[] = [];
    let carried = leaf;
    let level = 0;
    let index = this.#size;
    while (index % 2 === 1) {
      carried = nodeHash(present(this.#peaks[level], `peak of level ${level}`), carried);
      this.#peaks[level] = undefined;
      level += 1;
      index = half(index);
      completed.push({ level, index, hash: carried });
    }
    this.#peaks[level] = carried;
    this.#size += 1;
    return completed;
  }

  /** What `Frontier.of` wants, for whoever keeps a frontier: by level, null where the size has no bit. */
  peaks(): readonly (Uint8Array | null)[] {
    return Array.from(this.#peaks, (peak) => peak ?? null);
  }

  root(): Uint8Array {
    let folded: Uint8Array | undefined;
    for (const peak of this.#peaks) {
      if (peak !== undefined) folded = folded === undefined ? peak : nodeHash(peak, folded);
    }
    return folded ?? emptyRoot();
  }
}
