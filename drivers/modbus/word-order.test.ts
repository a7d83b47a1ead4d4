import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { placesOf, WORD_ORDERS, type WordOrder } from './word-order.ts';

const seed = announceSeed('word order');

function reorder(bytes: Uint8Array, order: WordOrder): Uint8Array {
  return Uint8Array.from(placesOf(order, bytes.length), (place) => bytes[place] ?? Number.NaN);
}

test.each<[WordOrder, number[]]>([
  ['ABCD', [1, 2, 3, 4]],
  ['BADC', [2, 1, 4, 3]],
  ['CDAB', [3, 4, 1, 2]],
  ['DCBA', [4, 3, 2, 1]],
])('%s puts four bytes right', (order, wire) => {
  expect([...reorder(Uint8Array.from(wire), order)]).toEqual([1, 2, 3, 4]);
});

test.each<[WordOrder, number[]]>([
  ['ABCD', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['BADC', [2, 1, 4, 3, 6, 5, 8, 7]],
  ['CDAB', [7, 8, 5, 6, 3, 4, 1, 2]],
  ['DCBA', [8, 7, 6, 5, 4, 3, 2, 1]],
])('%s puts eight bytes right', (order, wire) => {
  expect([...reorder(Uint8Array.from(wire), order)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('one register has two orders', () => {
  expect([...reorder(Uint8Array.of(1, 2), 'CDAB')]).toEqual([1, 2]);
  expect([...reorder(Uint8Array.of(2, 1), 'BADC')]).toEqual([1, 2]);
  expect([...reorder(Uint8Array.of(2, 1), 'DCBA')]).toEqual([1, 2]);
});

test('every order is its own inverse', () => {
  const words = fc.constantFrom(2, 4, 8).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
  fc.assert(
    fc.property(words, fc.constantFrom(...WORD_ORDERS), (bytes, order) => {
      expect([...reorder(reorder(bytes, order), order)]).toEqual([...bytes]);
    }),
    { seed },
  );
});
