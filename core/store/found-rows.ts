import { existsSync } from 'node:fs';
import type { EntryKind } from '../ledger/entry.ts';
import { ENTRY_KINDS } from '../ledger/entry.ts';
import type { ModelRow, StoredCheckpoint, StoredEntry, StoredSignature } from '../ledger/ledger-storage.ts';
import type { BlockRow } from './entry-blocks.ts';
import type { CompressedBlock } from './samples.ts';
import { type ScannedRow, scanPages } from './scan-pages.ts';
import { formOf } from './store-form.ts';

/** What a row that was found on a page looks like. Looks prove nothing: hashes and signatures do. */
export type FoundRow =
  | { readonly what: 'entry'; readonly row: StoredEntry }
  | { readonly what: 'packed'; readonly row: BlockRow }
  | { readonly what: 'checkpoint'; readonly row: StoredCheckpoint }
  | { readonly what: 'signature'; readonly row: StoredSignature }
  | { readonly what: 'model'; readonly row: ModelRow }
  | { readonly what: 'block'; readonly row: CompressedBlock }
  | { readonly what: 'note'; readonly row: { readonly name: string; readonly value: string } }
  | { readonly what: 'counter'; readonly row: { readonly point: string; readonly state: string } };

const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;

/**
 * Everything of ours that can still be found in a store's file and in its log, the file first. The key of an encrypted one
 * is looked for in the folder of `keysOf`.
 *
 * @throws Failure about the key, as `formOf`.
 */
export function* findRows(storePath: string, keysOf: string = storePath): Generator<FoundRow> {
  const form = formOf(storePath, keysOf);
  for (const path of [storePath, `${storePath}-wal`]) {
    if (!existsSync(path)) continue;
    for (const row of scanPages(path, form)) {
      const found = recognize(row);
      if (found !== undefined) yield found;
    }
  }
}

function recognize({ rowId, values }: ScannedRow): FoundRow | undefined {
  return rowId === undefined ? recognizeKeyed(values) : recognizeNumbered(rowId, values);
}

/** Rows of tables with a row id, which stands as null where it is the first column. */
function recognizeNumbered(rowId: number, values: ScannedRow['values']): FoundRow | undefined {
  const [first, a, b, c, d, e, f] = values;
  if (first !== null) return undefined;
  if (values.length === 4 && isKind(a) && isBytes(b) && isBytes(c, HASH_BYTES)) {
    return { what: 'entry', row: { index: rowId, kind: a, bytes: b, leafHash: c } };
  }
  if (values.length === 3 && isBytes(a, HASH_BYTES) && isBytes(b, SIGNATURE_BYTES)) {
    return { what: 'checkpoint', row: { size: rowId, root: a, signature: b } };
  }
  if (values.length === 5 && isCount(a) && isCount(b) && isBytes(c, HASH_BYTES) && isBytes(d)) {
    return { what: 'packed', row: { first: rowId, end: a, rawBytes: b, digest: c, bytes: d } };
  }
  const isBlock = values.length === 7 && isBytes(a, HASH_BYTES) && typeof b === 'string' && isBytes(f);
  if (!isBlock || typeof c !== 'number' || typeof d !== 'number' || typeof e !== 'number') return undefined;
  return { what: 'block', row: { digest: a, deviceId: b, fromMs: c, toMs: d, outcomes: e, bytes: f } };
}

function recognizeKeyed(values: ScannedRow['values']): FoundRow | undefined {
  const [a, b, c] = values;
  if (values.length === 3 && typeof a === 'number' && typeof b === 'string' && isBytes(c)) {
    return { what: 'signature', row: { size: a, verifierKey: b, signature: c } };
  }
  if (values.length === 3 && typeof a === 'string' && typeof b === 'string' && typeof c === 'string') {
    return a.startsWith('sha256:') ? { what: 'model', row: { digest: a, unitId: b, text: c } } : undefined;
  }
  if (values.length !== 2 || typeof a !== 'string' || typeof b !== 'string') return undefined;
  if (b.startsWith('[')) return { what: 'note', row: { name: a, value: b } };
  return a.includes('/') && b.startsWith('{') ? { what: 'counter', row: { point: a, state: b } } : undefined;
}

function isBytes(value: unknown, length?: number): value is Uint8Array {
  return value instanceof Uint8Array && (length === undefined || value.length === length);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function isKind(value: unknown): value is EntryKind {
  return ENTRY_KINDS.some((kind) => kind === value);
}
