import type { StoredCheckpoint, StoredEntry, StoredSignature } from '../../core/ledger/ledger-storage.ts';
import { findRows } from '../../core/store/found-rows.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { type PendingEntry, pendingIn } from '../backup/pending-entry.ts';
import {
  createPackedTables,
  insertEntry,
  isWhole,
  merged,
  packedEntry,
  packedFrom,
  takeDoubtful,
  takePacked,
} from './packed-rows.ts';

/** What of a ledger could be found, by place. Held in a store of its own, since it may be larger than memory. */
export interface CollectedRows {
  /** The entry with this index whose bytes give its hash. */
  entry(index: number): StoredEntry | undefined;
  /** Entries from this index on, ascending; holes show as missing indexes. */
  entriesFrom(index: number): Iterable<StoredEntry>;
  checkpoints(size: number): readonly StoredCheckpoint[];
  /** Largest size of any checkpoint that was found, whoever signed it. */
  sizes(): readonly number[];
  signatures(size: number): readonly StoredSignature[];
  model(digest: string): { readonly unitId: string; readonly text: string } | undefined;
  readonly counters: ReadonlyMap<string, readonly string[]>;
  /** What had happened to the store and was no entry yet; the same may be there more than once. */
  readonly pending: readonly PendingEntry[];
  close(): void;
}

/** Looks through the stores for rows whose hashes hold; the first store's rows have precedence, and its folder has the keys. */
export function collectRows(storePaths: readonly string[], workPath: string): CollectedRows {
  const store = openStore(workPath, { access: 'write' });
  store.run('PRAGMA synchronous = OFF');
  createTables(store);
  const models = new Map<string, { unitId: string; text: string }>();
  const counters = new Map<string, string[]>();
  const pending: PendingEntry[] = [];
  for (const path of storePaths) {
    store.write(() => {
      for (const found of findRows(path, storePaths[0])) {
        if (found.what === 'entry') takeEntry(store, found.row);
        if (found.what === 'packed') takePacked(store, found.row);
        if (found.what === 'checkpoint') insertCheckpoint(store, found.row);
        if (found.what === 'signature') insertSignature(store, found.row);
        if (found.what === 'model') models.set(found.row.digest, found.row);
        if (found.what === 'note' && path === storePaths[0])
          pending.push(...pendingIn(found.row.name, found.row.value));
        // Where a counter stands is only asked of the store that was recorded into.
        if (found.what === 'counter' && path === storePaths[0]) {
          counters.set(found.row.point, [...(counters.get(found.row.point) ?? []), found.row.state]);
        }
      }
    });
  }
  takeDoubtful(store);
  return { ...readers(store), model: (digest) => models.get(digest), counters, pending, close: () => store.close() };
}

function takeEntry(store: WritableStore, row: StoredEntry): void {
  if (isWhole(row)) insertEntry(store, row);
  // The row of a packed reading has no bytes, and says what they are by its hash.
  else if (row.bytes.length === 0) {
    store.run('INSERT INTO found_leaves VALUES (?, ?) ON CONFLICT DO NOTHING', row.index, row.leafHash);
  }
}

function createTables(store: WritableStore): void {
  store.run('CREATE TABLE found_entries (idx INTEGER PRIMARY KEY, kind TEXT, bytes BLOB, leaf_hash BLOB) STRICT');
  createPackedTables(store);
  store.run(
    'CREATE TABLE found_checkpoints (size INTEGER, root BLOB, signature BLOB, UNIQUE (size, signature)) STRICT',
  );
  store.run(
    'CREATE TABLE found_signatures (size INTEGER, key TEXT, signature BLOB, UNIQUE (size, key, signature)) STRICT',
  );
}

function insertCheckpoint(store: WritableStore, { size, root, signature }: StoredCheckpoint): void {
  store.run('INSERT INTO found_checkpoints VALUES (?, ?, ?) ON CONFLICT DO NOTHING', size, root, signature);
}

function insertSignature(store: WritableStore, { size, verifierKey, signature }: StoredSignature): void {
  store.run('INSERT INTO found_signatures VALUES (?, ?, ?) ON CONFLICT DO NOTHING', size, verifierKey, signature);
}

const SELECT_ENTRY = 'SELECT idx AS "index", kind, bytes, leaf_hash AS leafHash FROM found_entries';

function readers(
  store: WritableStore,
): Pick<CollectedRows, 'entry' | 'entriesFrom' | 'checkpoints' | 'sizes' | 'signatures'> {
  return {
    entry: (index) => store.get<StoredEntry>(`${SELECT_ENTRY} WHERE idx = ?`, index) ?? packedEntry(store, index),
    entriesFrom: (index) =>
      merged(store.rows<StoredEntry>(`${SELECT_ENTRY} WHERE idx >= ? ORDER BY idx`, index), packedFrom(store, index)),
    checkpoints: (size) =>
      store.all<StoredCheckpoint>('SELECT size, root, signature FROM found_checkpoints WHERE size = ?', size),
    sizes: () =>
      store
        .all<{ size: number }>('SELECT DISTINCT size FROM found_checkpoints ORDER BY size DESC')
        .map(({ size }) => size),
    signatures: (size) =>
      store.all<StoredSignature>(
        'SELECT size, key AS verifierKey, signature FROM found_signatures WHERE size = ? ORDER BY key',
        size,
      ),
  };
}
