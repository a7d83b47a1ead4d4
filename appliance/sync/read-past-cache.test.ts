import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readPastCache } from './read-past-cache.ts';

const folder = mkdtempSync(join(tmpdir(), 'forebay-past-cache-'));

afterAll(() => rmSync(folder, { recursive: true }));

it.each([0, 1, 511, 4096, 1_048_575, 1_048_576, 1_048_577, 3_000_001])(
  'gives all %d bytes of a file',
  async (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff));
    const path = join(folder, `${length}`);
    writeFileSync(path, bytes);
    expect(Buffer.from((await readPastCache(path, length)) ?? 'nothing').equals(bytes)).toBe(true);
  },
);

it('says that a file is not there', async () => {
  await expect(readPastCache(join(folder, 'absent'), 1)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('reads no more than it is told', async () => {
  const path = join(folder, 'long');
  writeFileSync(path, 'one byte too many');
  expect(await readPastCache(path, 16)).toBeUndefined();
});

it.each<[string, (path: string) => void]>([
  ['a link to a file', (path) => symlinkSync(join(folder, 'long'), path)],
  ['a link to what never ends', (path) => symlinkSync('/dev/zero', path)],
  ['a pipe that nobody writes to', (path) => void execFileSync('mkfifo', [path])],
  ['a folder', (path) => mkdirSync(path)],
])('takes %s for no file', async (what, make) => {
  const path = join(folder, what.replaceAll(' ', '-'));
  make(path);
  expect(await readPastCache(path, 1_000_000)).toBeUndefined();
});
