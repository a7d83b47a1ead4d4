import { keyInGenesis } from '../core/ledger/genesis.ts';
import { KeyChain } from '../core/ledger/key-chain.ts';
import { parseEntry, readEntry } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';

/** The keys of a ledger that was checked, in the order in which they were in force; undefined while it is empty. */
export function keyChainOf(store: ReadableStore): KeyChain | undefined {
  const first = keyInGenesis(readEntry(store, 0)?.body ?? {});
  if (first === undefined) return undefined;
  const chain = new KeyChain(first);
  const sql = "SELECT bytes FROM entries WHERE kind = 'key' AND kind <> 'reading' ORDER BY idx";
  for (const { bytes } of store.rows<{ bytes: Uint8Array }>(sql)) chain.take(parseEntry(bytes), undefined);
  return chain;
}
