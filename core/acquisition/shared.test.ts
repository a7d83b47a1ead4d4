import { expect, test } from 'vitest';
import { Shared } from './shared.ts';

function line(closed: string[], name: string) {
  return { name, close: async () => void closed.push(name) };
}

test('the holders of one key have one resource, closed after the last of them', async () => {
  const shared = new Shared();
  const closed: string[] = [];
  const first = shared.acquire('a', () => line(closed, 'line a'));
  const second = shared.acquire('a', () => line(closed, 'never made'));
  const other = shared.acquire('b', () => line(closed, 'line b'));
  expect(second.resource).toBe(first.resource);
  expect(other.resource.name).toBe('line b');
  await first.release();
  await first.release();
  expect(closed).toEqual([]);
  await second.release();
  expect(closed).toEqual(['line a']);
  await other.release();
  expect(closed).toEqual(['line a', 'line b']);
});

test('after the last holder let go, the next one has a new resource', async () => {
  const shared = new Shared();
  const closed: string[] = [];
  const first = shared.acquire('a', () => line(closed, 'first'));
  const closing = first.release();
  const second = shared.acquire('a', () => line(closed, 'second'));
  await closing;
  expect(second.resource.name).toBe('second');
  await first.release();
  expect(closed).toEqual(['first']);
  await second.release();
  expect(closed).toEqual(['first', 'second']);
});
