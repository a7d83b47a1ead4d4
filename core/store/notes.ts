import type { ReadableStore, WritableStore } from './handle.ts';

/** Small facts about the store itself, outside of the ledger, by name. */
export function readNote(store: ReadableStore, name: string): string | undefined {
  return store.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', name)?.value;
}

export function writeNote(write: WritableStore, name: string, value: string): void {
  const sql = 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
  write.run(sql, name, value);
}

export function removeNote(write: WritableStore, name: string): void {
  write.run('DELETE FROM meta WHERE key = ?', name);
}
