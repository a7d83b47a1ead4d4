import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildBundle } from '../../appliance/bundle/build-bundle.ts';
import { withFileSource } from '../../appliance/bundle/file-source.ts';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { type BundleReport, type VerifyOptions, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { changeDeviceKey } from '../../core/ledger/change-device-key.ts';
import { type DeviceKey, loadOrCreateDeviceKey } from '../../core/ledger/device-key.ts';
import { makeGenesis } from '../../core/ledger/genesis.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { minuteReading } from '../bench/bundle.bench.ts';

const PYTHON = fileURLToPath(new URL('../peers/verify_figures.py', import.meta.url));
const clock = { wallMs: () => Date.UTC(2026, 9, 1, 12) };

let folder: string;
let store: WritableStore;
let count: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-bundle-keys-'));
  mkdirSync(join(folder, 'keys'));
  store = openStore(':memory:', { access: 'write' });
  count = 0;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function begin(): DeviceKey {
  const key = loadOrCreateDeviceKey(join(folder, 'keys'), { plantId: 'HP-001', disk: nodeKeyDisk });
  const genesis = makeGenesis({ plantId: 'HP-001', deviceKey: key.verifierKey, version: '0.1.0', origin: 'demo' });
  createRecorder({ storage: ledgerStorage(store), key, clock }).record([genesis]);
  return key;
}

function read(key: DeviceKey, times: number): void {
  const recorder = createRecorder({ storage: ledgerStorage(store), key, clock });
  for (let i = 0; i < times; i++) recorder.record([minuteReading(count++, key)]);
}

function change(event: 'rotated' | 'lost'): DeviceKey {
  const storage = ledgerStorage(store);
  const inForce = present(readKeyChain(storage)?.current.key, 'the key in force');
  const keys = join(folder, 'keys');
  if (event === 'lost') rmSync(join(keys, 'device.key'));
  const why = { reason: 'two years have passed', by: 'Asha Rawat' };
  return changeDeviceKey({ folder: keys, disk: nodeKeyDisk, storage, clock, inForce, event, ...why });
}

async function bundle(key: DeviceKey, fromMinute: number, toMinute: number): Promise<string> {
  const minute = (n: number): number => Date.UTC(2026, 9, 1) + n * 60_000;
  const path = join(folder, `${fromMinute}-${toMinute}.zip`);
  await buildBundle({
    store,
    fromMs: minute(fromMinute),
    toMs: minute(toMinute),
    path,
    withSamples: 'without-samples',
    keptSizes: [],
    key,
    verifyPage: '<!doctype html>\n',
    tool: 'forebay 0.1.0',
    createdAt: '2026-11-01T00:00:00.000Z',
    onProgress: () => {},
  });
  return path;
}

function verify(path: string, options?: VerifyOptions): Promise<BundleReport> {
  return withFileSource(path, (source) => verifyBundle(source, nodeMachine, options));
}

test('a bundle across a change of key holds both, whoever knows one of them can check it, and so can the second verifier', async () => {
  const old = begin();
  read(old, 8);
  const fresh = change('rotated');
  read(fresh, 8);
  // Before, across and after the change: the key entry stands beside the range, or within it.
  const paths = [await bundle(fresh, 0, 2), await bundle(fresh, 1, 3), await bundle(fresh, 3, 4)];
  for (const path of paths) {
    for (const key of [old, fresh]) {
      expect(await verify(path, { keys: [key.verifierKey] })).toMatchObject({
        outcome: 'valid',
        facts: { breaks: 0, manifest: { keys: [{ how: 'genesis' }, { how: 'rotated', from: 9 }] } },
      });
    }
  }
  expect(spawnSync('/usr/bin/python3', [PYTHON, ...paths], { encoding: 'utf8' }).stdout).toBe('valid\n'.repeat(3));
});

test('after a lost key a key of each stretch is needed, and without one the break is told', async () => {
  const old = begin();
  read(old, 8);
  const fresh = change('lost');
  read(fresh, 8);
  const path = await bundle(fresh, 1, 3);
  expect(await verify(path)).toMatchObject({ outcome: 'valid', facts: { breaks: 1, keysGiven: 0 } });
  for (const key of [old, fresh]) {
    expect(await verify(path, { keys: [key.verifierKey] })).toMatchObject({
      outcome: 'invalid',
      problem: { code: 'LED_BUNDLE_GIVEN_KEY' },
    });
  }
  expect(await verify(path, { keys: [old.verifierKey, fresh.verifierKey] })).toMatchObject({ outcome: 'valid' });
  expect(spawnSync('/usr/bin/python3', [PYTHON, path], { encoding: 'utf8' }).stdout).toBe('valid\n');
});

test('a bundle that the former key attests is refused', async () => {
  const old = begin();
  read(old, 8);
  change('rotated');
  await expect(bundle(old, 0, 2)).rejects.toMatchObject({ code: 'LED_BUNDLE_OTHER_KEY' });
});
