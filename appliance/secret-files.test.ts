import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretFiles } from './secret-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-secrets-'));
  mkdirSync(join(folder, 'secrets'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function secretAt(path: string, text: string, mode = 0o600): string {
  const file = join(folder, path);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function codeOf(file: string): string {
  const outcome = secretFiles([join(folder, 'secrets'), folder], {}).read(file);
  return outcome.kind === 'fault' ? outcome.fault.code : `the secret "${outcome.text}"`;
}

test('a file is read without its line end, from the first folder that has it or by its full path', () => {
  secretAt('secrets/opc.pwd', 'first \n');
  secretAt('opc.pwd', 'second');
  const full = secretAt('other.pwd', 'third\r\n');
  expect(codeOf('opc.pwd')).toBe('the secret "first "');
  expect(codeOf('other.pwd')).toBe('the secret "third"');
  expect(codeOf(full)).toBe('the secret "third"');
});

test('the environment serves where no file is wanted', () => {
  const secrets = secretFiles([folder], { FOREBAY_OPC: 'hunter2', EMPTY: '' });
  expect(secrets.read('env:FOREBAY_OPC')).toEqual({ kind: 'secret', text: 'hunter2' });
  for (const name of ['EMPTY', 'ABSENT']) {
    expect(secrets.read(`env:${name}`)).toMatchObject({ kind: 'fault', fault: { code: 'ACQ_SECRET_MISSING' } });
  }
});

test('a file that is absent, open to others, or no file is a fault that does not hold the secret', () => {
  secretAt('secrets/open.pwd', 'hunter2', 0o644);
  expect(codeOf('absent.pwd')).toBe('ACQ_SECRET_MISSING');
  expect(codeOf('open.pwd')).toBe('ACQ_SECRET_EXPOSED');
  expect(codeOf('secrets')).toBe('ACQ_SECRET_UNREADABLE');
  const outcome = secretFiles([join(folder, 'secrets')], {}).read('open.pwd');
  expect(JSON.stringify(outcome)).not.toContain('hunter2');
});

test('a certificate is no secret: others may read it, and it is looked for in the same folders', () => {
  secretAt('authority.crt', 'certificate', 0o644);
  const secrets = secretFiles([join(folder, 'secrets'), folder], {});
  expect(secrets.read('authority.crt', 'public')).toEqual({ kind: 'secret', text: 'certificate' });
  expect(secrets.read('authority.crt')).toMatchObject({ fault: { code: 'ACQ_SECRET_EXPOSED' } });
  expect(secrets.read('absent.crt', 'public')).toMatchObject({ fault: { code: 'ACQ_SECRET_MISSING' } });
});
