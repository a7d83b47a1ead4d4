import { expect, it } from 'vitest';
import { chooseSeed } from './seed.ts';

it('takes the named seed, else the commit, else 1', () => {
  expect(chooseSeed('42', 'ff00ff00aaaa')).toBe(42);
  expect(chooseSeed(undefined, '00000010aaaa\n')).toBe(16);
  expect(chooseSeed('', 'ffffffff0000')).toBe(4294967295);
  expect(chooseSeed('many', undefined)).toBe(1);
});
