import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBackup } from '../../../appliance/backup/make-backup.ts';
import { readSealed } from '../../../appliance/salvage/sealed-lines.ts';
import { fsck } from '../../../core/ledger/fsck.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { readHead } from '../../../core/store/store-head.ts';
import { benchReading } from '../../bench/ledger-readings.ts';
import { FIRST_MS, openTestFolder } from '../../fixtures/data-folder.ts';
import { testStoreKey } from '../../fixtures/encrypted-folder.ts';
import { type ShimOptions, shimEnvironment } from './disk-shim.ts';
import { newWatchedFolder } from './power-cuts.ts';

const VICTIM = fileURLToPath(new URL('./small-disk-victim.ts', import.meta.url));
const READINGS = 30;
/** Beside the files themselves: a margin of 1 MiB, 2 % of the disk, and what the cipher adds. */
const MARGIN_BYTES = 1.2e6;

let made: string;
let base: string;
let data: string;
let storeBytes: number;
beforeAll(() => {
  made = newWatchedFolder();
  const { folder, store, recorder, recordGaps, key } = openTestFolder(join(made, 'data'));
  recorder.record(Array.from({ length: READINGS }, (_, n) => benchReading(n, key)));
  makeBackup({ storePath: folder.storePath, out: join(made, 'b.db'), program: '0', nowMs: FIRST_MS });
  recordGaps(0, 1);
  store.close();
  storeBytes = readFileSync(folder.storePath).length;
});
beforeEach(() => {
  base = newWatchedFolder();
  cpSync(made, base, { recursive: true });
  data = join(base, 'data');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));
afterAll(() => rmSync(made, { recursive: true, force: true }));

function run(work: string, shim: Omit<ShimOptions, 'folder'>): { status: number | null; err: string } {
  const env = { ...process.env, ...shimEnvironment({ folder: data, ...shim }) };
  const { status, stderr } = spawnSync(process.execPath, [VICTIM, work, data], { env, encoding: 'utf8' });
  return { status, err: stderr };
}

function expectUntouched(): void {
  expect(readHead(join(data, 'ledger.db'))).toEqual({ kind: 'plain' });
  expect(existsSync(join(data, 'encryption.json'))).toBe(false);
  const usual = /^(?:drivers|instance\.lock|keys|ledger\.db(?:-wal|-shm)?|logs|run|secrets)$/;
  expect(readdirSync(data).filter((name) => !usual.test(name))).toEqual([]);
  expect(sizeOf(join(data, 'ledger.db'))).toBe(READINGS + 2);
}

function sizeOf(path: string): number {
  const store = openStore(path, { access: 'read' });
  try {
    expect(fsck(ledgerReader(store)).ok).toBe(true);
    return ledgerReader(store).size();
  } finally {
    store.close();
  }
}

const CASES = [
  { work: 'encrypt', code: 'STO_ENCRYPTION_ROOM', marginBytes: MARGIN_BYTES },
  { work: 'restore', code: 'STO_RESTORE_ROOM', marginBytes: 10_000 },
] as const;

describe.each(CASES)('what puts another file in the place of the store ($work), on a disk with little room', (one) => {
  const { work, code, marginBytes } = one;

  it('takes one more file where a file may have two names, and says before it begins where it takes two', () => {
    const freeBytes = 1.5 * storeBytes + marginBytes;
    const refused = run(work, { freeBytes, hasNoLinks: true });
    expect(refused).toMatchObject({ status: 2, err: expect.stringMatching(`^${code}: .* one name for a file only`) });
    expectUntouched();
    expect(run(work, { freeBytes })).toEqual({ status: 0, err: '' });
    expect(sizeOf(join(data, 'ledger.db'))).toBeGreaterThan(READINGS);
  });

  it.each([
    ['in the middle of the new file', 0.5, {}],
    ['in the middle of the copy of the former one', 1.6, { hasNoLinks: true }],
  ])('leaves everything as it was where the disk fills up all the same, %s', (_when, files, shim) => {
    const answer = run(work, { roomBytes: Math.floor(files * storeBytes), ...shim });
    expect(answer).toMatchObject({ status: 2, err: expect.stringMatching(`^${code}: .* filled up`) });
    expectUntouched();
  });
});

describe('a disk that takes less of a write than it was given', () => {
  const writeBytesMax = 100;

  it('gets all of what seals, encrypts and restores', () => {
    expect(run('seal', { writeBytesMax })).toEqual({ status: 0, err: '' });
    const lines = [...readSealed(join(data, 'sealed'), () => testStoreKey())].join('').split('\n').filter(Boolean);
    expect(lines).toHaveLength(2000);
    expect(run('encrypt', { writeBytesMax, hasNoLinks: true })).toEqual({ status: 0, err: '' });
    expect(run('restore', { writeBytesMax, hasNoLinks: true })).toEqual({ status: 0, err: '' });
    expect(sizeOf(join(data, 'ledger.db'))).toBe(READINGS + 2);
    expect(readHead(join(data, 'ledger.db')).kind).toBe('encrypted');
  });
});
