import { toBase64 } from './bytes.ts';
import type { OpenBundle } from './open-bundle.ts';
import { hashLeaf, type Sha256, type TreeEdge } from './tree.ts';

/**
 * The roots (base64) of the ledger at these sizes, by size: one more walk over the entries of the range, which are known
 * to be the device's by then. Sizes are those that a receipt names, and it stands behind the entries that it is over.
 *
 * @param edge the edge of the tree before the range; is grown
 */
export async function rootsAgain(
  bundle: OpenBundle,
  sha256: Sha256,
  edge: TreeEdge,
  sizes: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  const roots = new Map<number, string>();
  for await (const lines of bundle.lineRuns('entries.ndjson')) {
    for (const { bytes } of lines) {
      edge.append(hashLeaf(sha256, bytes));
      if (sizes.has(edge.size)) roots.set(edge.size, toBase64(edge.root()));
    }
  }
  return roots;
}
