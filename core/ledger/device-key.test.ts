import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeKeyDisk } from '../store/node-key-disk.ts';
import { loadOrCreateDeviceKey, readVerifierKey } from './device-key.ts';
import { parseVerifierKey, signatureChecker } from './verifier-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-key-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = { plantId: 'HP-001', disk: nodeKeyDisk };
const message = Buffer.from('42 kWh');

test('creates a key once, readable by the owner only, and finds the same one again', () => {
  const made = loadOrCreateDeviceKey(folder, options);
  expect(made.name).toMatch(/^forebay\/HP-001\/[0-9a-f]{8}$/);
  expect(made.publicKey).toHaveLength(32);
  expect(statSync(join(folder, 'device.key')).mode & 0o777).toBe(0o600);
  expect(existsSync(join(folder, 'device.key.new'))).toBe(false);
  expect(readVerifierKey(folder, nodeKeyDisk)).toBe(made.verifierKey);
  const again = loadOrCreateDeviceKey(folder, options);
  expect(again.verifierKey).toBe(made.verifierKey);
  expect(signatureChecker(made.publicKey)(message, again.sign(message))).toBe(true);
  expect(signatureChecker(made.publicKey)(Buffer.from('43 kWh'), again.sign(message))).toBe(false);
});

test('a key keeps the name it was given when the plant is named anew', () => {
  const { name } = loadOrCreateDeviceKey(folder, options);
  expect(loadOrCreateDeviceKey(folder, { ...options, plantId: 'HP-002' }).name).toBe(name);
});

test('the public half is written again when it is lost', () => {
  const { verifierKey } = loadOrCreateDeviceKey(folder, options);
  rmSync(join(folder, 'device.pub'));
  expect(loadOrCreateDeviceKey(folder, options).verifierKey).toBe(verifierKey);
  expect(readFileSync(join(folder, 'device.pub'), 'utf8')).toBe(`${verifierKey}\n`);
});

test('refuses a key that others may read', () => {
  loadOrCreateDeviceKey(folder, options);
  chmodSync(join(folder, 'device.key'), 0o640);
  expect(() => loadOrCreateDeviceKey(folder, options)).toThrow(
    expect.objectContaining({ code: 'LED_KEY_EXPOSED', exitCode: 2 }),
  );
});

test('refuses what is no key, and a public half of another key', () => {
  loadOrCreateDeviceKey(folder, options);
  const path = join(folder, 'device.key');
  const pem = readFileSync(path, 'utf8');
  writeFileSync(path, pem.slice(0, 60));
  expect(() => loadOrCreateDeviceKey(folder, options)).toThrow(expect.objectContaining({ code: 'LED_KEY_UNREADABLE' }));
  rmSync(path);
  expect(() => loadOrCreateDeviceKey(folder, options)).toThrow(expect.objectContaining({ code: 'LED_KEY_MISMATCH' }));
});

test('a leftover of a crash while creating does no harm and gets no looser mode', () => {
  writeFileSync(join(folder, 'device.key.new'), 'half a k', { mode: 0o666 });
  loadOrCreateDeviceKey(folder, options);
  expect(statSync(join(folder, 'device.key')).mode & 0o777).toBe(0o600);
});

test('a verifier key with any character changed is not parsed as the same key', () => {
  const { verifierKey } = loadOrCreateDeviceKey(folder, options);
  const key = parseVerifierKey(verifierKey);
  for (let i = 0; i < verifierKey.length; i++) {
    const changed = verifierKey.slice(0, i) + (verifierKey[i] === 'A' ? 'B' : 'A') + verifierKey.slice(i + 1);
    expect(parseVerifierKey(changed)).not.toEqual(key);
  }
});
