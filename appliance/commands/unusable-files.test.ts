import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unusableFiles } from './unusable-files.ts';

const TEXT = 'sync:\n  hub:\n    tokenFile: hub.token\n    caFile: ca.pem\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-unusable-'));
  mkdirSync(join(folder, 'data', 'secrets'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true }));

function look(data?: string): readonly string[] {
  const issues = unusableFiles(TEXT, { file: join(folder, 'plant.yaml'), data });
  return issues.map(({ code, path, line, message, hint }) => `${code} ${path} ${line}: ${message} (${hint})`);
}

test('what is not there is said with its line, and where it may lie all the same', () => {
  const [token = '', ca = ''] = look();
  expect(token).toMatch(/^ACQ_SECRET_MISSING sync\.hub\.tokenFile 3: The secret file hub\.token is not there\./);
  expect(token).toContain('look there with --data DIR');
  expect(ca).toMatch(/^ACQ_SECRET_MISSING sync\.hub\.caFile 4: The file ca\.pem is not there\./);
});

test('files beside plant.yaml and in the secrets of the data folder are found', () => {
  writeFileSync(join(folder, 'ca.pem'), 'a certificate');
  writeFileSync(join(folder, 'data', 'secrets', 'hub.token'), 'abc', { mode: 0o600 });
  expect(look(join(folder, 'data'))).toEqual([]);
  expect(look()).toHaveLength(1);
});

test('a folder in place of a file, and a secret that others can read, are told apart', () => {
  mkdirSync(join(folder, 'ca.pem'));
  writeFileSync(join(folder, 'hub.token'), 'abc');
  chmodSync(join(folder, 'hub.token'), 0o644);
  const [token = '', ca = ''] = look();
  expect(token).toMatch(process.platform === 'win32' ? /./ : /^ACQ_SECRET_EXPOSED sync\.hub\.tokenFile 3: /);
  expect(ca).toMatch(/^ACQ_SECRET_UNREADABLE sync\.hub\.caFile 4: The file .*ca\.pem cannot be read: it is a folder/);
});
