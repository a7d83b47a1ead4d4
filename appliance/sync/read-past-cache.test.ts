import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
    expect(Buffer.from(await readPastCache(path)).equals(bytes)).toBe(true);
  },
);

it('says that a file is not there', async () => {
  await expect(readPastCache(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
});
