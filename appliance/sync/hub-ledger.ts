import { canonicalize } from '../../core/ledger/canonical.ts';
import { soundEntries } from '../../core/ledger/check-tail.ts';
import { checkpointNote } from '../../core/ledger/checkpoint-note.ts';
import type { StoredEntry } from '../../core/ledger/ledger-storage.ts';
import { rootAt } from '../../core/ledger/merkle.ts';
import { nodesIn, proveConsistency } from '../../core/ledger/proof.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { present } from '../../core/model/assert.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import type { HubLedger } from '../../core/sync/targets/hub/hub-ledger.ts';

/** The ledger in the store as the hub target needs it. `origin` is the name of the device's key. */
export function hubLedger(store: ReadableStore, origin: string): HubLedger {
  const reader = ledgerReader(store);
  return {
    origin,
    size: () => reader.size(),
    rootOf: (size) => rootAt(size, nodesIn(reader)),
    uploadOf: ({ id, message }, { from, to: toMost, bytesMax }) =>
      reader.snapshot(() => {
        const { lines, to } = linesOf(soundEntries(reader, from, toMost), from, bytesMax);
        const chain = present(readKeyChain(reader), 'the key of the ledger');
        // The first one that covers them, not that of the batch: a hub knows no later key than that of the last entry it has.
        const stored = present(reader.checkpointFrom(to), `the checkpoint over ${to} entries`);
        const { size } = stored;
        const proof = (at: number): string[] =>
          proveConsistency(reader, at, size).hashes.map((hash) => Buffer.from(hash).toString('base64'));
        const head = {
          v: 1,
          format: 'forebay-upload',
          log: origin,
          from,
          to,
          size,
          checkpoint: checkpointNote(reader, chain, stored),
          fromProof: proof(from),
          toProof: proof(to),
          batch: { id, message },
        };
        return { bytes: Buffer.concat([Buffer.from(`${canonicalize(head)}\n`, 'utf8'), ...lines]), to };
      }),
  };
}

/** The entries as lines, as many as fit, and one at least. */
function linesOf(
  entries: Iterable<StoredEntry>,
  from: number,
  bytesMax: number,
): { readonly lines: readonly Uint8Array[]; readonly to: number } {
  const lines: Uint8Array[] = [];
  let rest = bytesMax;
  let to = from;
  for (const { bytes } of entries) {
    rest -= bytes.length + LINE_FEED.length;
    if (rest < 0 && to > from) break;
    lines.push(bytes, LINE_FEED);
    to += 1;
  }
  return { lines, to };
}

const LINE_FEED = Buffer.from('\n');
