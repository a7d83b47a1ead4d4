import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { checkWhole } from '../ledger/check-whole.ts';
import { fsck } from '../ledger/fsck.ts';
import { DEFAULT_SETTINGS, settingsDigest, settingsText } from '../verification/settings.ts';
import type { WritableStore } from './handle.ts';
import { ledgerReader } from './ledger-store.ts';
import { openStore } from './open-store.ts';
import { keepSettings, soundSettingsText } from './settings-texts.ts';

let folder: string;
let store: WritableStore;
const digest = settingsDigest(DEFAULT_SETTINGS);
const text = settingsText(DEFAULT_SETTINGS);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-settings-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  testRecorder(store).record([testGenesis]);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function problems(): unknown[] {
  const report = fsck(ledgerReader(store), { verifierKey: testKey.verifierKey });
  return [report.firstBad, checkWhole(ledgerReader(store))];
}

test('settings are kept once under their digest, and the first text stays', () => {
  expect(soundSettingsText(store, digest)).toBeUndefined();
  keepSettings(store, { digest, text });
  keepSettings(store, { digest, text: 'another' });
  expect(soundSettingsText(store, digest)).toBe(text);
  expect(problems()).toEqual([undefined, undefined]);
});

test('settings that were changed are not handed out, and fsck tells of them', () => {
  keepSettings(store, { digest, text: text.replace('0.3', '0.4') });
  expect(soundSettingsText(store, digest)).toBeUndefined();
  const problem = { code: 'LED_FSCK_SETTINGS', message: expect.stringContaining(digest) };
  expect(problems()).toMatchObject([problem, problem]);
});
