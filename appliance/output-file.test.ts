import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { checkOutputFile, writeOutputFile } from './output-file.ts';

const base = mkdtempSync(join(tmpdir(), 'forebay-output-'));
afterAll(() => rmSync(base, { recursive: true }));
const [input, path] = [join(base, 'readings.csv'), join(base, 'verdicts.csv')];

beforeEach(() => {
  for (const name of readdirSync(base)) rmSync(join(base, name));
  writeFileSync(input, 'rowId,timestamp\n1,2\n');
});

function check(name: string): void {
  checkOutputFile({ path: name, inputs: [join(base, 'none.yaml'), input], begin: 'rowId,status\n', what: 'ours' });
}

test.each([
  ['its own name', () => input],
  ['a link', () => symlinkSync(input, path)],
  ['another name of the same file', () => linkSync(input, path)],
])('an input is never the output by %s', (_, make) => {
  expect(() => check(make() ?? path)).toThrow(
    expect.objectContaining({ code: 'APP_NOT_WRITTEN', message: expect.stringContaining(`is the file ${input}`) }),
  );
});

test('an earlier output and an empty file are replaced, another file is not, and nor is a folder', () => {
  check(path);
  for (const text of ['', 'rowId,status\n7,APPROVED\n']) {
    writeFileSync(path, text);
    check(path);
  }
  for (const text of ['rowId,statuses\n', 'rowId,status', 'a diary']) {
    writeFileSync(path, text);
    expect(() => check(path)).toThrow(expect.objectContaining({ message: expect.stringContaining('is not ours') }));
  }
  expect(() => check(base)).toThrow(expect.objectContaining({ message: expect.stringContaining('is a folder') }));
});

test('the output takes its place as a whole, behind a link too, and leaves no draft', () => {
  const link = join(base, 'link.csv');
  writeFileSync(path, 'old');
  symlinkSync(path, link);
  writeOutputFile(link, 'new');
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(readdirSync(base).sort()).toEqual(['link.csv', 'readings.csv', 'verdicts.csv']);
  const nowhere = join(base, 'none', 'verdicts.csv');
  expect(() => writeOutputFile(nowhere, 'new')).toThrow(expect.objectContaining({ code: 'APP_NOT_WRITTEN' }));
});
