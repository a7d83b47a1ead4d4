import type { Cursor } from './cursor.ts';

/** The first thing that does not hold. */
export interface LedgerProblem {
  /** Index of the entry that it concerns: the changed one, or the last one that a node or checkpoint covers. */
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

/** Compares the next stored row with the one that the entry gives; an entry without one must not have one. */
export function checkRow<Row extends { readonly index: number }>(
  table: string,
  index: number,
  expected: Row | undefined,
  rows: Cursor<Row>,
): LedgerProblem | undefined {
  const stored = rows.peek();
  const code = 'LED_FSCK_PROJECTION';
  if (expected === undefined) {
    if (stored === undefined || stored.index > index) return undefined;
    return {
      index: stored.index,
      code,
      message: `A row of ${table} stands for entry ${stored.index}, which gives none.`,
    };
  }
  if (stored?.index !== index) return { index, code, message: `Entry ${index} has no row in ${table}.` };
  rows.take();
  for (const name of Object.keys(expected) as (keyof Row)[]) {
    if (stored[name] !== expected[name]) {
      const message = `The row of entry ${index} in ${table} has another ${String(name)} than the entry.`;
      return { index, code, message };
    }
  }
  return undefined;
}

/** Why the bytes of an entry are not there, as one sentence. */
export function lostInBlock({ index, trouble }: { readonly index: number; readonly trouble?: string }): string {
  return `Entry ${index} cannot be unpacked: ${trouble}.`;
}
