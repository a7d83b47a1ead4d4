import { assert } from '../../core/model/assert.ts';

/**
 * How a device lays the bytes of one value over its registers, named by where the bytes A (most significant) to D
 * of a 32-bit value stand on the wire. The rule for any width: `CDAB` and `DCBA` send the low word first, `BADC` and
 * `DCBA` send the low byte of each word first.
 */
export const WORD_ORDERS = ['ABCD', 'BADC', 'CDAB', 'DCBA'] as const;
export type WordOrder = (typeof WORD_ORDERS)[number];

/**
 * For each byte of a value, most significant first, where it stands among the `length` bytes on the wire. Each order
 * is its own inverse: the same places lead from the value back to the wire.
 */
export function placesOf(order: WordOrder, length: number): readonly number[] {
  assert(length % 2 === 0, `${length} bytes are whole registers`);
  const lowWordFirst = order === 'CDAB' || order === 'DCBA';
  const lowByteFirst = order === 'BADC' || order === 'DCBA';
  return Array.from({ length }, (_, at) => {
    const word = lowWordFirst ? length / 2 - 1 - (at >> 1) : at >> 1;
    return word * 2 + (lowByteFirst ? 1 - (at & 1) : at & 1);
  });
}
