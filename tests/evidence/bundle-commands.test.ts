import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EvidencePlant, openEvidencePlant } from '../fixtures/evidence-plant.ts';
import { damage } from '../fixtures/forged-bundle.ts';

const FOREBAY = fileURLToPath(new URL('../../appliance/forebay.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'forebay-bundle-commands-'));
const data = join(folder, 'data');
const out = join(folder, 'three-hours.zip');
let plant: EvidencePlant;

beforeAll(() => {
  // Stays open for writing: the commands work beside whoever records.
  plant = openEvidencePlant(folder, 17);
});
afterAll(() => {
  plant.store.close();
  rmSync(folder, { recursive: true, force: true });
});

function forebay(...words: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [FOREBAY, ...words], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const PERIOD = ['--from', '2026-06-01T03:00:00Z', '--to', '2026-06-01T06:00:00Z'];

test('bundle writes the file once, with the page in it, and verify says in words what it checked', () => {
  const built = forebay('bundle', '--data', data, ...PERIOD, '--out', out, '--samples');
  expect(built).toMatchObject({ code: 0, stderr: '' });
  expect(built.stdout).toContain('72 readings of the period, 72 blocks of raw samples');
  const again = forebay('bundle', '--data', data, ...PERIOD, '--out', out);
  expect(again).toMatchObject({ code: 2 });
  expect(again.stderr).toMatch(/^LED_BUNDLE_EXISTS: /);
  const key = join(folder, 'noted.txt');
  writeFileSync(key, `${plant.key.verifierKey}\n`);
  const verified = forebay('verify', out, '--key', key);
  expect(verified).toMatchObject({ code: 0, stderr: '' });
  expect(verified.stdout).toMatch(/^valid: .* is the evidence of /);
  expect(forebay('verify', out).stdout).toMatch(/^valid in itself: .* whose it is was not checked \(--key\)/);
  expect(verified.stdout).toContain('The device key is the one that you gave.');
  expect(verified.stdout).toContain('Not checked:');
});

test('--month takes the month of the plant, and stands alone', () => {
  const path = join(folder, 'june.zip');
  const bundle = (...words: string[]) => forebay('bundle', '--data', data, '--out', path, ...words);
  for (const words of [
    [],
    ['--from', '2026-06-01'],
    ['--month', '2026-13'],
    ['--month', '2026-06', '--to', '2026-07-01'],
  ])
    expect(bundle(...words)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^APP_USAGE: /) });
  const { code, stdout, stderr } = bundle('--month', '2026-06', '--json');
  expect(code).toBe(0);
  const [from, to] = ['2026-05-31T18:30:00.000Z', '2026-06-30T18:30:00.000Z'];
  expect(stderr).toContain(`2026-06 in Asia/Kolkata is from ${from} to ${to}.`);
  expect(JSON.parse(stdout).manifest.period).toMatchObject({ from, to });
});

test('a changed bundle ends with 1 and the first reason, another file with 2', () => {
  const changed = damage(out, join(folder, 'changed.zip'), (bytes) => void bytes.writeUInt8(7, 500));
  const refused = forebay('verify', changed);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^LED_BUNDLE_DIGEST: .*entries\.ndjson/);
  const text = join(folder, 'no.zip');
  writeFileSync(text, 'This is no ZIP, though it is long enough to be one.');
  expect(forebay('verify', text)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^LED_BUNDLE_UNREADABLE: /) });
  const absent = forebay('verify', join(folder, 'absent.zip'));
  const words = /^LED_BUNDLE_UNREADABLE: .*absent\.zip cannot be read: there is no such file\. \([^)]+\)\n$/;
  expect(absent).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
});

test('a bundle can be held against a ledger, and is told from a backup', () => {
  const same = forebay('ledger', 'compare', out, '--data', data);
  expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('and the ledger here are the same') });
  const changed = damage(out, join(folder, 'compared.zip'), (bytes) => void bytes.writeUInt8(7, 500));
  const refused = forebay('ledger', 'compare', changed, '--data', data);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^LED_BUNDLE_DIGEST: /) });
  const restored = forebay('restore', out, '--data', join(folder, 'restored'));
  expect(restored).toMatchObject({ code: 2, stderr: expect.stringMatching(/^STO_RESTORE_FILE: .*evidence bundle/) });
});

test('an empty period and a missing key are told, and leave nothing behind', () => {
  const path = join(folder, 'nothing.zip');
  const empty = forebay('bundle', '--data', data, '--from', '2025-01-01', '--to', '2025-02-01', '--out', path);
  expect(empty.code).toBe(2);
  expect(empty.stderr).toMatch(/^A date alone is midnight UTC, which is no midnight in Asia\/Kolkata: /);
  expect(empty.stderr).toMatch(/^LED_BUNDLE_NOTHING: .*the ledger holds readings from 2026-06-01/m);
  rmSync(join(data, 'keys', 'device.key'));
  const keyless = forebay('bundle', '--data', data, ...PERIOD, '--out', path);
  expect(keyless).toMatchObject({ code: 4, stderr: expect.stringMatching(/^LED_KEY_LOST: /) });
  expect(existsSync(path)).toBe(false);
});
