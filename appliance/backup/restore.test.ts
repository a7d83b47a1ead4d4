import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fsck } from '../../core/ledger/fsck.ts';
import { latestEntry } from '../../core/store/entries.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { copyKeys, FIRST_MS, type OpenFolder, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { dataFolderAt, openDataFolder } from '../data-folder.ts';
import { readDeviceKey } from '../open-device-key.ts';
import { manifestPathOf } from './backup-manifest.ts';
import { type MadeBackup, makeBackup } from './make-backup.ts';
import { pendingEntries } from './pending-entry.ts';
import { type RestoreJob, restoreBackup } from './restore-backup.ts';

const GAPS = 20;
let base: string;
let plant: OpenFolder;
let backup: MadeBackup;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-restore-'));
  plant = openTestFolder(join(base, 'data'));
  plant.recordGaps(0, GAPS);
  backup = backUp(plant, 'backup.db');
});
afterEach(() => {
  plant.store.close();
  rmSync(base, { recursive: true });
});

function backUp({ folder }: OpenFolder, name: string): MadeBackup {
  const { storePath } = folder;
  return makeBackup({ storePath, out: join(base, name), program: '0.1.0', nowMs: FIRST_MS });
}

function restore(to: string, more: Partial<RestoreJob> = {}) {
  const clock = { wallMs: () => FIRST_MS + 3_600_000 };
  const given = { file: backup.path, dataFolder: join(base, to), by: 'asha', clock, existing: 'refuse' } as const;
  return restoreBackup({ ...given, ...more });
}

function look(to: string) {
  const store = openStore(dataFolderAt(join(base, to)).storePath, { access: 'read' });
  try {
    const report = fsck(ledgerReader(store), { verifierKey: plant.verifierKey });
    const pending = pendingEntries(store);
    return { report, entry: latestEntry(store, 'restore'), pending, indexes: ledgerReader(store).size() };
  } finally {
    store.close();
  }
}

function failure(code: string): unknown {
  return expect.objectContaining({ code });
}

describe('a restore', () => {
  it('brings the ledger back with its key and says so in it', () => {
    copyKeys(plant.folder, openDataFolder(join(base, 'new')));
    expect(restore('new')).toMatchObject({ size: GAPS + 1, setAside: undefined, hasManifest: true, entry: 'recorded' });
    const { report, entry, pending } = look('new');
    expect(report).toMatchObject({ ok: true, entries: GAPS + 2 });
    expect(pending).toEqual([]);
    expect(entry).toMatchObject({
      index: GAPS + 1,
      body: {
        v: 1,
        by: 'asha',
        restoredAt: '2026-11-01T01:00:00.000Z',
        backup: `sha256:${backup.manifest.sha256}`,
        size: GAPS + 1,
        root: backup.manifest.root,
        replaced: null,
      },
    });
  });

  it('keeps what is to be recorded until the key is there, and nothing is signed by a new one', () => {
    expect(restore('new')).toMatchObject({ entry: 'no-key' });
    const { report, entry, pending } = look('new');
    expect(report).toMatchObject({ ok: true, entries: GAPS + 1 });
    expect(entry).toBeUndefined();
    expect(pending).toMatchObject([{ kind: 'restore', body: { by: 'asha', size: GAPS + 1 } }]);
    const folder = dataFolderAt(join(base, 'new'));
    const store = openStore(folder.storePath, { access: 'read' });
    expect(() => readDeviceKey(folder, store)).toThrow(failure('LED_KEY_LOST'));
    copyKeys(plant.folder, dataFolderAt(join(base, 'new')));
    expect(() => readDeviceKey(folder, store)).not.toThrow();
    store.close();
  });

  it('signs nothing with a key that is not the one in force', () => {
    openTestFolder(join(base, 'stranger')).store.close();
    copyKeys(dataFolderAt(join(base, 'stranger')), openDataFolder(join(base, 'new')));
    expect(restore('new')).toMatchObject({ entry: 'other-key' });
    expect(look('new')).toMatchObject({ indexes: GAPS + 1, pending: [{ kind: 'restore' }] });
  });

  it('takes the place of a ledger that is its beginning, and keeps that one', () => {
    plant.recordGaps(GAPS, 5);
    const newer = backUp(plant, 'newer.db');
    // Without the key, so that nothing was added to it.
    restore('old');
    const { setAside } = restore('old', { file: newer.path });
    expect(look('old').report).toMatchObject({ ok: true, entries: GAPS + 6 });
    // The first restore is no entry yet, and is not forgotten with its file.
    expect(look('old').pending).toMatchObject([
      { body: { replaced: null } },
      { body: { replaced: { state: 'sound', size: GAPS + 1 } } },
    ]);
    const kept = openStore(join(String(setAside), 'ledger.db'), { access: 'read' });
    expect(ledgerReader(kept).size()).toBe(GAPS + 1);
    kept.close();
  });

  it('refuses while the ledger there is newer or the same, also under a running appliance', () => {
    expect(() => restore('data')).toThrow(failure('STO_RESTORE_NEWER'));
    plant.recordGaps(GAPS, 1);
    expect(() => restore('data')).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/here 22 entries, root .+ in the backup 21 entries/) }),
    );
    expect(plant.recorder.head().size).toBe(GAPS + 2);
  });

  it('refuses another history under the same key, and another ledger, whichever is longer', () => {
    for (const [count, name] of [
      [3, 'short'],
      [GAPS + 9, 'long'],
    ] as const) {
      const other = openTestFolder(join(base, name), plant.folder);
      other.recordGaps(500, count);
      other.store.close();
      expect(() => restore(name)).toThrow(failure('STO_RESTORE_OTHER'));
    }
    copyKeys(plant.folder, openDataFolder(join(base, 'fork')));
    restore('fork');
    const fork = openTestFolder(join(base, 'fork'));
    fork.recordGaps(700, 1);
    fork.store.close();
    plant.recordGaps(GAPS, 9);
    expect(() => restore('fork', { file: backUp(plant, 'later.db').path })).toThrow(failure('STO_RESTORE_OTHER'));
  });

  it('sets aside what it is told to, byte for byte, and names it in the entry', () => {
    plant.recordGaps(GAPS, 4);
    plant.store.run('PRAGMA wal_checkpoint(TRUNCATE)');
    plant.store.close();
    const before = readFileSync(plant.folder.storePath);
    const { setAside, entry } = restore('data', { existing: 'set-aside' });
    expect(entry).toBe('recorded');
    expect(readFileSync(join(String(setAside), 'ledger.db')).equals(before)).toBe(true);
    expect(look('data').entry?.body.replaced).toMatchObject({ state: 'sound', size: GAPS + 5 });
    expect(look('data').report).toMatchObject({ ok: true, entries: GAPS + 2 });
  });

  it('asks before a damaged ledger is set aside', () => {
    plant.store.close();
    writeFileSync(plant.folder.storePath, Buffer.alloc(50_000, 0x5a));
    expect(() => restore('data')).toThrow(failure('STO_RESTORE_OVER_DAMAGE'));
    restore('data', { existing: 'set-aside' });
    expect(look('data').entry?.body.replaced).toEqual({ state: 'damaged' });
  });

  it.each([1000, 90_000, -1])('refuses a file of which one byte was changed (at %i)', (at) => {
    const bytes = readFileSync(backup.path);
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(backup.path, bytes);
    expect(() => restore('new')).toThrow(failure('STO_RESTORE_CHANGED'));
  });

  it('recomputes the ledger where the manifest was lost, and refuses what does not hold', () => {
    rmSync(manifestPathOf(backup.path));
    expect(restore('new')).toMatchObject({ hasManifest: false, size: GAPS + 1 });
    const database = new Database(backup.path);
    database.exec('DROP TRIGGER checkpoints_refuse_update');
    database.exec('UPDATE checkpoints SET signature = zeroblob(64) WHERE size = 9');
    database.close();
    expect(() => restore('third')).toThrow(failure('STO_BACKUP_UNSOUND'));
  });

  it('takes nothing for a backup that was never finished', () => {
    writeFileSync(join(base, 'b.db.part'), readFileSync(backup.path));
    expect(() => restore('new', { file: join(base, 'b.db.part') })).toThrow(failure('STO_RESTORE_FILE'));
    expect(() => restore('new', { file: join(base, 'none.db') })).toThrow(failure('STO_RESTORE_FILE'));
  });
});
