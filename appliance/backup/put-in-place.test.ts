import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fsck } from '../../core/ledger/fsck.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { swapMarkOf } from '../../core/store/swap-mark.ts';
import { copyKeys, FIRST_MS, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { type DataFolder, dataFolderAt, openDataFolder } from '../data-folder.ts';
import { findDamage } from '../salvage/find-damage.ts';
import { makeBackup } from './make-backup.ts';
import { putInPlace, undoHalfSwap } from './put-in-place.ts';
import { restoreBackup } from './restore-backup.ts';

const IN_FILE = 51;
const IN_ALL = 91;
let base: string;
/** As a power cut leaves a folder: a store of 51 entries, and 40 more in its log only. */
let folder: DataFolder;
let fresh: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-swap-'));
  const live = openTestFolder(join(base, 'live'));
  live.recordGaps(0, IN_FILE - 1);
  live.store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  folder = openDataFolder(join(base, 'data'));
  copyKeys(live.folder, folder);
  makeBackup({ storePath: live.folder.storePath, out: join(base, 'b.db'), program: '0.1.0', nowMs: FIRST_MS });
  live.recordGaps(IN_FILE - 1, IN_ALL - IN_FILE);
  for (const suffix of ['', '-wal']) {
    copyFileSync(`${live.folder.storePath}${suffix}`, `${folder.storePath}${suffix}`);
  }
  live.store.close();
  fresh = `${folder.storePath}.restoring`;
  copyFileSync(join(base, 'b.db'), fresh);
});
afterEach(() => rmSync(base, { recursive: true }));

function sizeIn({ storePath }: DataFolder): number {
  const store = openStore(storePath, { access: 'write' });
  try {
    expect(fsck(ledgerReader(store)).ok).toBe(true);
    return ledgerReader(store).size();
  } finally {
    store.close();
  }
}

/** The folder as it is on the disk after each step, with the name of the step. */
function cuts(): readonly (readonly [string, DataFolder])[] {
  const found: (readonly [string, DataFolder])[] = [];
  putInPlace(fresh, folder.storePath, join(folder.root, 'aside'), (step) => {
    const root = join(base, `cut-${step}`);
    cpSync(folder.root, root, { recursive: true });
    found.push([step, dataFolderAt(root)]);
  });
  return found;
}

describe('a store put in the place of another', () => {
  it('keeps the former one aside with its log, and leaves no mark', () => {
    expect(putInPlace(fresh, folder.storePath, join(folder.root, 'aside'))).toBe(join(folder.root, 'aside'));
    expect(existsSync(swapMarkOf(folder.storePath))).toBe(false);
    expect(sizeIn(folder)).toBe(IN_FILE);
    expect(sizeIn({ ...folder, storePath: join(folder.root, 'aside', 'ledger.db') })).toBe(IN_ALL);
  });

  it('leaves nothing of a second copy that a power cut ended, where a file has one name only', () => {
    const [, cut = folder] = cuts().find(([step]) => step === 'marked') ?? [];
    writeFileSync(join(cut.root, 'aside', 'ledger.db.part'), 'SQLite format 3');
    undoHalfSwap(cut.storePath);
    expect(existsSync(join(cut.root, 'aside'))).toBe(false);
    expect(sizeIn(cut)).toBe(IN_ALL);
  });

  it('is opened by nobody while the exchange is half done, and has all its entries once it is taken back', () => {
    const at = cuts();
    expect(at.map(([step]) => step)).toEqual(['marked', 'kept', 'log-moved', 'shm-moved', 'synced', 'placed']);
    for (const [step, cut] of at) {
      for (const access of ['read', 'write'] as const) {
        const open = (): unknown => openStore(cut.storePath, { access: access as 'write' });
        expect(open, step).toThrow(expect.objectContaining({ code: 'STO_SWAP_UNFINISHED' }));
      }
      // As each start of the appliance does.
      expect(findDamage(cut), step).toBeUndefined();
      expect(sizeIn(cut), step).toBe(step === 'placed' ? IN_FILE : IN_ALL);
      expect(readdirSync(cut.root).includes('aside'), step).toBe(step === 'placed');
    }
  });

  it('is taken back just as well when the power goes again while it is taken back', () => {
    const cut = cuts().find(([step]) => step === 'synced')?.[1];
    if (cut === undefined) throw new Error('there is such a step');
    const mark = join(base, 'mark');
    copyFileSync(swapMarkOf(cut.storePath), mark);
    undoHalfSwap(cut.storePath);
    copyFileSync(mark, swapMarkOf(cut.storePath));
    undoHalfSwap(cut.storePath);
    expect(sizeIn(cut)).toBe(IN_ALL);
  });

  it('is restored over anew after a cut, from the whole former one', () => {
    for (const [step, cut] of cuts()) {
      const at = { clock: { wallMs: () => FIRST_MS }, by: 'asha', existing: 'set-aside' } as const;
      const { setAside = '' } = restoreBackup({ file: join(base, 'b.db'), dataFolder: cut.root, ...at });
      const former = sizeIn({ ...cut, storePath: join(setAside, basename(cut.storePath)) });
      expect(former, step).toBe(step === 'placed' ? IN_FILE : IN_ALL);
      expect(sizeIn(cut), step).toBe(IN_FILE + 1);
    }
  });

  it('is as before when a step fails', () => {
    const fail = (): never => {
      throw new Error('no room');
    };
    expect(() => putInPlace(fresh, folder.storePath, join(folder.root, 'aside'), fail)).toThrow('no room');
    expect(existsSync(fresh)).toBe(true);
    expect(sizeIn(folder)).toBe(IN_ALL);
  });

  it('is as before when the new file is gone', () => {
    rmSync(fresh);
    expect(() => putInPlace(fresh, folder.storePath, join(folder.root, 'aside'))).toThrow('ENOENT');
    expect(sizeIn(folder)).toBe(IN_ALL);
  });

  it('is known by its bytes where the disk knows one name for a file only', () => {
    for (const [step, cut] of cuts()) {
      const second = join(cut.root, 'aside', 'ledger.db');
      // The copies of the folder have no second names either: each is a file of its own.
      if (step !== 'marked') expect(statSync(second).ino, step).not.toBe(statSync(cut.storePath).ino);
      undoHalfSwap(cut.storePath);
      expect(existsSync(second), step).toBe(step === 'placed');
    }
  });

  it('never gets the log of a store that is gone', () => {
    rmSync(folder.storePath);
    writeFileSync(`${folder.storePath}-wal`, 'of a former store');
    putInPlace(fresh, folder.storePath, join(folder.root, 'aside'));
    expect(sizeIn(folder)).toBe(IN_FILE);
    expect(readdirSync(join(folder.root, 'aside'))).toEqual(['ledger.db-wal']);
  });
});
