import type { Reading } from '../../core/acquisition/reading.ts';
import { SampleLosses } from '../../core/evidence/sample-losses.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { storedEntries } from '../../core/store/stored-entries.ts';

/** What became of the blocks of raw samples that readings name. */
export interface SampleLookUp {
  readonly kept: number;
  /** Not there, and an entry says why: deleted by rule, or not kept for want of room. */
  readonly explained: number;
  /** Not there, and nothing says why. */
  readonly unexplained: number;
  /** The first of these. */
  readonly firstUnexplained?: { readonly index: number; readonly unitId: string; readonly from: string };
}

const MARK = '"samples":[';
const PAGE_ENTRIES = 5000;

/** Looks every block up by its digest; what is in the blocks is for whoever uses them to hold against it. */
export function lookUpSamples(store: ReadableStore, onProgress: (entries: number) => void = () => {}): SampleLookUp {
  const losses = new SampleLosses();
  for (const entry of entriesOfKinds(store, ['samples'])) losses.take(entry);
  const counts = { kept: 0, explained: 0, unexplained: 0 };
  let first: SampleLookUp['firstUnexplained'];
  let seen = 0;
  for (const { bytes } of storedEntries(store, 0, Number.MAX_SAFE_INTEGER)) {
    seen += 1;
    if (seen % PAGE_ENTRIES === 0) onProgress(seen);
    const text = textOf(bytes);
    for (const digest of digestsIn(text)) {
      if (isKept(store, digest)) {
        counts.kept += 1;
        continue;
      }
      const { index, body } = JSON.parse(text) as { index: number; body: { reading: Reading } };
      const { unitId, from, to } = body.reading;
      const isExplained = losses.explain({ fromMs: Date.parse(from), toMs: Date.parse(to) }) !== undefined;
      counts[isExplained ? 'explained' : 'unexplained'] += 1;
      if (!isExplained) first ??= { index, unitId, from };
    }
  }
  return { ...counts, ...(first === undefined ? {} : { firstUnexplained: first }) };
}

/** Of a reading's entry, without understanding the rest of it; no other kind has such a list. */
function digestsIn(text: string): readonly string[] {
  const at = text.startsWith('"reading"', text.indexOf('{', 1) + 1) ? text.indexOf(MARK) : -1;
  if (at === -1) return [];
  const from = at + MARK.length - 1;
  const references = JSON.parse(text.slice(from, text.indexOf(']', from) + 1)) as { digest: string }[];
  return references.map(({ digest }) => digest);
}

function isKept(store: ReadableStore, digest: string): boolean {
  return store.get('SELECT 1 FROM sample_blocks WHERE digest = ?', Buffer.from(digest, 'hex')) !== undefined;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
