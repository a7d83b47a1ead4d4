import { expect, test } from 'vitest';
import { NumberColumn } from './number-column.ts';

test('numbers come back from every piece, and there are none beyond the end', () => {
  const column = new NumberColumn(Float64Array);
  expect(column.at(0)).toBeUndefined();
  for (let n = 0; n < 10_000; n++) column.push(n * 3_000_000_000);
  expect(column.length).toBe(10_000);
  for (const n of [0, 1, 4095, 4096, 8192, 9999]) expect(column.at(n)).toBe(n * 3_000_000_000);
  expect(column.at(10_000)).toBeUndefined();
});

test('a column of signed numbers keeps what is below zero', () => {
  const column = new NumberColumn(Int32Array);
  column.push(-1);
  expect(column.at(0)).toBe(-1);
});
