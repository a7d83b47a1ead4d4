import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { apikeyCreate } from './apikey.ts';
import { isWithin } from './backup.ts';
import type { Output } from './output.ts';

const base = mkdtempSync(join(tmpdir(), 'forebay-said-'));
afterAll(() => rmSync(base, { recursive: true }));

async function notesOfKey(data: string): Promise<readonly string[]> {
  const notes: string[] = [];
  const output: Output = {
    line: () => undefined,
    json: () => undefined,
    table: () => undefined,
    note: (text) => void notes.push(text),
    width: 100,
    isTerminal: false,
    isResultOnTerminal: false,
  };
  await apikeyCreate.run({ texts: { data, role: 'viewer', name: 'SCADA' }, flags: new Set(), operands: [], output });
  return notes;
}

test('a key in a folder that was not there says that the folder is new, and only then', async () => {
  const data = join(base, 'tpyo');
  expect((await notesOfKey(data))[0]).toContain(`A new data folder was made: ${data}.`);
  expect((await notesOfKey(data)).join(' ')).not.toContain('new data folder');
});

test.each([
  ['/plant/data/backup.db', true],
  ['/plant/data/backups/b.db', true],
  ['/plant/data/..b.db', true],
  ['/plant/data-copy/b.db', false],
  ['/media/usb/b.db', false],
])('%s lies in /plant/data: %s', (path, expected) => {
  expect(isWithin(path, '/plant/data')).toBe(expected);
});
