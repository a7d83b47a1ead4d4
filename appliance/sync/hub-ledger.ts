import { canonicalize } from '../../core/ledger/canonical.ts';
import { checkpointNote } from '../../core/ledger/checkpoint-note.ts';
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
    uploadOf: ({ id, message, size: sealedSize }, from, to) =>
      reader.snapshot(() => {
        const chain = present(readKeyChain(reader), 'the key of the ledger');
        const stored = present(reader.checkpointFrom(sealedSize), `the checkpoint of size ${sealedSize}`);
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
        const lines = [Buffer.from(`${canonicalize(head)}\n`, 'utf8')];
        for (const { bytes } of reader.entries(from, to)) lines.push(Buffer.from(bytes), LINE_FEED);
        return Buffer.concat(lines);
      }),
  };
}

const LINE_FEED = Buffer.from('\n');
