import type { ReadableStore } from './handle.ts';

/** Bytes of the store's pages that hold something; free pages are used again before the file grows. */
export function usedBytes(store: ReadableStore): number {
  const row = store.get<{ bytes: number }>(
    `SELECT (page_count - freelist_count) * page_size AS bytes
     FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
  );
  return row?.bytes ?? 0;
}

/** Bytes of the store's file that hold nothing any more, of deleted raw samples: they are used before the file grows. */
export function unusedBytes(store: ReadableStore): number {
  const row = store.get<{ bytes: number }>(
    'SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size',
  );
  return row?.bytes ?? 0;
}
