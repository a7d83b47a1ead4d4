import { didKey } from '../core/ledger/did-key.ts';
import { readKeyChain } from '../core/ledger/read-key-chain.ts';
import { parseEntry } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { ledgerReader } from '../core/store/ledger-store.ts';

/** A key of the device, as the API and the command line show it. */
export interface KeyAnswer {
  readonly verifierKey: string;
  readonly did: string;
  /** `genesis`: the first. `rotated`: the key before names it. `lost`: it does not, so a person must vouch for it. */
  readonly how: 'genesis' | 'rotated' | 'lost';
  /** The entry that put it in force; it signs the readings after it and the checkpoints that cover it. */
  readonly entryIndex: number;
  readonly at: string;
  readonly reason: string | null;
  readonly by: string | null;
}

/** The keys of the ledger in the order in which they were in force; none while it is empty. */
export function keysAnswer(store: ReadableStore): readonly KeyAnswer[] {
  const reader = ledgerReader(store);
  return reader.snapshot(() =>
    (readKeyChain(reader)?.links ?? []).map(({ key, verifierKey, how, entryIndex, reason, by }) => {
      const bytes = reader.entry(entryIndex)?.bytes;
      const at = bytes === undefined ? '' : parseEntry(bytes).at;
      return { verifierKey, did: didKey(key.publicKey), how, entryIndex, at, reason, by };
    }),
  );
}
