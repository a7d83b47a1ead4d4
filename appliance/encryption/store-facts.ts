import { fsck } from '../../core/ledger/fsck.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { rootOf } from '../backup/compare-ledgers.ts';

/** What a copy of a store must have in common with it. */
export interface StoreFacts {
  readonly size: number;
  /** base64 */
  readonly root: string;
  /** Rows of each table. */
  readonly rows: ReadonlyMap<string, number>;
  /** The first thing that does not hold; only looked for where all of it is asked for. */
  readonly trouble: string | undefined;
}

/** With `all` every page is read, and every hash and signature of the ledger is computed again. */
export function storeFacts(path: string, depth: 'facts' | 'all'): StoreFacts {
  const store = openStore(path, { access: 'read' });
  try {
    const reader = ledgerReader(store);
    const size = reader.size();
    const names = store.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    const rows = names.map(({ name }) => {
      const row = store.get<{ rows: number }>(`SELECT count(*) AS rows FROM "${name}"`);
      return [name, row?.rows ?? 0] as const;
    });
    const trouble = depth === 'facts' ? undefined : troubleIn(store, size);
    return { size, root: rootOf(reader, size), rows: new Map(rows), trouble };
  } finally {
    store.close();
  }
}

function troubleIn(store: ReadableStore, size: number): string | undefined {
  const first = store.get<{ integrity_check: string }>('PRAGMA integrity_check(1)')?.integrity_check;
  if (first !== 'ok') return String(first);
  // An empty ledger has nothing to hold.
  return size === 0 ? undefined : fsck(ledgerReader(store)).firstBad?.message;
}
