import { expect, test, vi } from 'vitest';
import { linkedAbort } from './linked-abort.ts';

test('aborts with the other, at once where that has aborted already', () => {
  const other = new AbortController();
  const linked = linkedAbort(other.signal);
  const heard = vi.fn();
  linked.signal.addEventListener('abort', heard);
  expect(linked.signal.aborted).toBe(false);
  other.abort();
  expect(linked.signal.aborted).toBe(true);
  expect(heard).toHaveBeenCalledOnce();
  expect(linkedAbort(other.signal).signal.aborted).toBe(true);
});

test('aborts by itself and leaves the other as it is', () => {
  const other = new AbortController();
  const linked = linkedAbort(other.signal);
  linked.abort();
  expect([linked.signal.aborted, other.signal.aborted]).toEqual([true, false]);
});

test('stays as it is once it has let go of the other', () => {
  const other = new AbortController();
  const linked = linkedAbort(other.signal);
  linked.letGo();
  other.abort();
  expect(linked.signal.aborted).toBe(false);
  linked.abort();
  expect(linked.signal.aborted).toBe(true);
});

test.each(['letGo', 'abort'] as const)('leaves nothing behind on the other after %s', (how) => {
  const other = new AbortController();
  const taken = vi.spyOn(other.signal, 'addEventListener');
  const given = vi.spyOn(other.signal, 'removeEventListener');
  linkedAbort(other.signal)[how]();
  expect(taken).toHaveBeenCalledOnce();
  expect(given.mock.calls.map(([, listener]) => listener)).toEqual(taken.mock.calls.map(([, listener]) => listener));
});
