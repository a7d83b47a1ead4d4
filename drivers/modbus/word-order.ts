import { assert } from '../../core/model/assert.ts';

/**
 * How a device lays the bytes of one value over its registers, named by where the bytes A (most significant) to D
 * of a 32-bit value stand on the wire. The rule for any width: `CDAB` and `DCBA` send the low word first, `BADC` and
 * `DCBA` send the low byte of each word first.
 */
export const WORD_ORDERS = ['ABCD', 'BADC', 'CDAB', 'DCBA'] as const;
export type WordOrder = (typeof WORD_ORDERS)[number];

/** The bytes with the most significant first. The orders are their own inverse: the same call goes back. */
export function reorder(bytes: Uint8Array, order: WordOrder): Uint8Array {
  assert(bytes.length % 2 === 0, `${bytes.length} bytes are whole registers`);
  const ordered = new Uint8Array(bytes);
  if (order === 'ABCD') return ordered;
  if (order === 'DCBA') return ordered.reverse();
  const lastWord = bytes.length / 2 - 1;
  for (let word = 0; word <= lastWord; word += 1) {
    const from = order === 'CDAB' ? lastWord - word : word;
    const swap = order === 'BADC' ? 1 : 0;
    ordered[word * 2] = bytes[from * 2 + swap] ?? 0;
    ordered[word * 2 + 1] = bytes[from * 2 + 1 - swap] ?? 0;
  }
  return ordered;
}
