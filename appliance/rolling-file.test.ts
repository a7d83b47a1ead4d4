import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRollingFile } from './rolling-file.ts';

const AT_ONCE = 8;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-rolling-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Several at once, as a busy moment gives them, and then until they are on the disk. */
async function writeLines(lines: readonly string[], bytesMax: number): Promise<void> {
  const file = openRollingFile({ folder, bytesMax, filesMax: 4, mode: 0o640, waitingBytesMax: 1_000_000 });
  for (let at = 0; at < lines.length; at += AT_ONCE) {
    const drained = once(file, 'drain');
    for (const line of lines.slice(at, at + AT_ONCE)) file.write(`${line}\n`);
    await drained;
  }
  const closed = once(file, 'close');
  file.end();
  await closed;
}

const linesOf = (number: number): string[] =>
  readFileSync(join(folder, `forebay.${number}.log`), 'utf8')
    .trimEnd()
    .split('\n');

test('goes on in the newest file and parts no line, whatever is waiting when one is full', async () => {
  writeFileSync(join(folder, 'forebay.9.log'), 'older\n');
  writeFileSync(join(folder, 'forebay.10.log'), 'newest\n');
  // More at once than is written in one go, and lines longer than that.
  const lines = Array.from({ length: 60 }, (_, n) => `${n} ${'x'.repeat(n % 7 === 0 ? 40_000 : 900)}`);
  await writeLines(lines, 50_000);
  const numbers = readdirSync(folder).map((name) => Number(name.split('.')[1]));
  const newest = Math.max(...numbers);
  expect(newest).toBeGreaterThan(12);
  expect(numbers.sort((a, b) => a - b)).toEqual([newest - 3, newest - 2, newest - 1, newest]);
  const kept = numbers.flatMap(linesOf);
  expect(kept).toEqual(lines.slice(-kept.length));
});

test('a file that is full is not gone on with after a start, and nothing else is touched', async () => {
  writeFileSync(join(folder, 'forebay.3.log'), `${'y'.repeat(200)}\n`);
  for (const name of ['forebay.log', 'forebay.3.log.gz', 'notes.txt']) writeFileSync(join(folder, name), 'theirs');
  await writeLines(['one'], 100);
  await writeLines(['two', 'three'], 100);
  expect(linesOf(3)).toHaveLength(1);
  expect(linesOf(4)).toEqual(['one', 'two', 'three']);
  for (const name of ['forebay.log', 'forebay.3.log.gz', 'notes.txt']) {
    expect(readFileSync(join(folder, name), 'utf8')).toBe('theirs');
  }
});
