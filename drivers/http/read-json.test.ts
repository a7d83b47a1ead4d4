import { afterEach, expect, test, vi } from 'vitest';
import { readJson } from './read-json.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const read = (text: string) => readJson(Buffer.from(text, 'utf8'));

test('a text that is no JSON is never searched for keys: each quote of a text that never ends would begin anew', () => {
  const search = vi.spyOn(String.prototype, 'matchAll');
  const neverClosed = '\\"'.repeat(32 * 1024);
  for (const text of [`"${neverClosed}`, `{"a":"${neverClosed}`, neverClosed, `[${'"'.repeat(65_535)}`]) {
    expect(read(text)).toMatchObject({ kind: 'problem', message: expect.stringMatching(/^The body is not JSON: /) });
  }
  expect(search).not.toHaveBeenCalled();
  expect(read(`{"a":"${neverClosed}"}`).kind).toBe('json');
  expect(search).toHaveBeenCalledTimes(1);
});

test('what is nested too deeply is said to be, however deep', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}1.5${']'.repeat(depth)}`;
  expect(read(nested(12)).kind).toBe('json');
  for (const depth of [13, 1000, 30_000]) {
    expect(read(nested(depth)), String(depth)).toMatchObject({ message: 'The body is nested too deeply.' });
  }
});
