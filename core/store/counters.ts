import type { ReadableStore, WritableStore } from './handle.ts';

/** Keeps what a point's counter stands at, as text of its owner's making. */
export function saveCounter(write: WritableStore, point: string, state: string): void {
  const sql =
    'INSERT INTO counters (point, state) VALUES (?, ?) ON CONFLICT (point) DO UPDATE SET state = excluded.state';
  write.run(sql, point, state);
}

export function loadCounter(store: ReadableStore, point: string): string | undefined {
  return store.get<{ state: string }>('SELECT state FROM counters WHERE point = ?', point)?.state;
}

/** Every counter's state by point. */
export function loadCounters(store: ReadableStore): ReadonlyMap<string, string> {
  const rows = store.all<{ point: string; state: string }>('SELECT point, state FROM counters ORDER BY point');
  return new Map(rows.map(({ point, state }) => [point, state]));
}
