import { canonicalize } from '../../core/ledger/canonical.ts';
import { soundEntries } from '../../core/ledger/check-tail.ts';
import { checkpointNote } from '../../core/ledger/checkpoint-note.ts';
import type { LedgerReader } from '../../core/ledger/ledger-storage.ts';
import { proveConsistency } from '../../core/ledger/proof.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { present } from '../../core/model/assert.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import type { Batch } from '../../core/sync/batch.ts';

/**
 * A batch as a private target is given it: one line that says what it is, with the checkpoint and the proof that the
 * ledger of `first` entries is its beginning, and then the sealed entries, a line each, in canonical form. The same bytes
 * each time.
 *
 * @throws Failure `LED_FSCK_HOLE`, `LED_FSCK_ENTRY`, `LED_FSCK_BLOCK` where an entry is not what was recorded
 */
export function batchContent(store: ReadableStore, batch: Batch): Uint8Array {
  const reader = ledgerReader(store);
  return reader.snapshot(() => {
    const { id, message, first, end, size } = batch;
    const chain = present(readKeyChain(reader), 'the key of the ledger');
    const stored = present(reader.checkpointFrom(size), `the checkpoint of size ${size}`);
    const consistency = proof(reader, first, size);
    // Where the run ends before its checkpoint, a proof of its own ties its end to it, so that each file holds by itself.
    const onward = end === size ? {} : { onward: proof(reader, end, size) };
    const checkpoint = checkpointNote(reader, chain, stored);
    const head = { v: 1, format: 'forebay-batch', id, message, first, end, size, checkpoint, consistency, ...onward };
    const lines = [Buffer.from(`${canonicalize(head)}\n`, 'utf8')];
    for (const { bytes } of soundEntries(reader, first, end)) lines.push(Buffer.from(bytes), LINE_FEED);
    return Buffer.concat(lines);
  });
}

function proof(reader: LedgerReader, from: number, to: number): string[] {
  return proveConsistency(reader, from, to).hashes.map((hash) => Buffer.from(hash).toString('base64'));
}

const LINE_FEED = Buffer.from('\n');
