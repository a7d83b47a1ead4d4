import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

test('a newest file that cannot be opened is left alone, and the next one begun', async () => {
  mkdirSync(join(folder, 'forebay.4.log'));
  await writeLines(['one'], 1_000_000);
  expect(linesOf(5)).toEqual(['one']);
});

test.each([
  ['at the start', 0],
  ['when a file is full', 1],
])('what cannot open a file %s says so once, goes on, and begins one as soon as it can', async (_, before) => {
  const logs = join(folder, 'logs');
  const away = join(folder, 'away');
  const takeAway = (): void => {
    if (before > 0) renameSync(logs, away);
    writeFileSync(logs, 'no folder');
  };
  if (before === 0) takeAway();
  const parts = { folder: logs, bytesMax: 10, filesMax: 4, mode: 0o640, waitingBytesMax: 1_000_000 };
  const file = openRollingFile(parts);
  const errors: Error[] = [];
  file.on('error', (error) => errors.push(error));
  const write = async (line: string): Promise<void> => {
    const done = new Promise((resolve) => file.once('drain', resolve));
    file.write(`${line}\n`);
    await done;
  };
  await write('one');
  if (before > 0) takeAway();
  for (const line of ['two, which fills it', 'three', 'four']) await write(line);
  expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(/EEXIST|ENOTDIR/)]);
  rmSync(logs);
  if (before > 0) renameSync(away, logs);
  for (const line of ['five', 'six']) await write(line);
  const closed = once(file, 'close');
  file.end();
  await closed;
  const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), 'utf8').trim().split('\n'));
  const all = ['one', 'two, which fills it', 'three', 'four', 'five', 'six'];
  expect(lines).toEqual(before > 0 ? all : ['six']);
  expect(errors).toHaveLength(1);
});
