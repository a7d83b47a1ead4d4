import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdInstanceLock } from './instance-lock.ts';

test('one holder per folder; the next may hold it after', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-lock-'));
  const held = holdInstanceLock(folder);
  expect(() => holdInstanceLock(folder)).toThrow(expect.objectContaining({ code: 'STO_IN_USE', exitCode: 2 }));
  expect(() => holdInstanceLock(folder)).toThrow(folder);
  const elsewhere = holdInstanceLock(join(folder, 'other'));
  elsewhere.release();
  held.release();
  holdInstanceLock(folder).release();
  rmSync(folder, { recursive: true });
});

test('a folder that cannot be written is said so', () => {
  expect(() => holdInstanceLock('/proc/forebay')).toThrow(expect.objectContaining({ code: 'STO_NOT_WRITABLE' }));
});
