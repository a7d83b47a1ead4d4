import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlantConfig } from '../../core/config/plant.ts';
import { Failure } from '../../core/model/failure.ts';
import { silentLog } from '../../core/model/log.ts';
import { writeNote } from '../../core/store/notes.ts';
import { copyKeys, FIRST_MS, type OpenFolder, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { scriptedPlant } from '../../tests/fixtures/scripted-driver.ts';
import { openDataFolder } from '../data-folder.ts';
import { type BackupManifest, manifestPathOf } from './backup-manifest.ts';
import { backupInProcess } from './backup-process.ts';
import type { BackupSchedule } from './backup-schedule.ts';
import { ageInWords, backupStatus, LAST_GOOD_NOTE, lastGoodNoted } from './backup-status.ts';
import { makeBackup } from './make-backup.ts';
import { restoreBackup } from './restore-backup.ts';
import { scheduleBackups } from './schedule-backups.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let base: string;
let stick: string;
let plant: OpenFolder;
let clock: ManualClock;
let alarms: Failure[];
let config: PlantConfig;
let schedule: BackupSchedule | undefined;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-schedule-'));
  stick = join(base, 'usb', 'forebay');
  plant = openTestFolder(join(base, 'data'));
  plant.recordGaps(0, 3);
  clock = new ManualClock(FIRST_MS);
  alarms = [];
  config = { ...scriptedPlant(), backup: { folder: stick, everyMs: DAY_MS, keep: 3 } };
});
afterEach(async () => {
  await schedule?.stop();
  schedule = undefined;
  plant.store.close();
  rmSync(base, { recursive: true });
});

function start(make = makeHere): BackupSchedule {
  const { folder, store } = plant;
  const onAlarm = (failure: Failure): void => void alarms.push(failure);
  const parts = { config, dataFolder: folder.root, store, clock, log: silentLog, onAlarm, make };
  const made = scheduleBackups(parts);
  if (made === undefined) throw new Error('plant.yaml asks for backups');
  schedule = made;
  schedule.start();
  return schedule;
}

async function makeHere(path: string): Promise<void> {
  const { storePath } = plant.folder;
  makeBackup({ storePath, out: path, program: '0.1.0', nowMs: clock.wallMs(), freeBytes: () => 1e12 });
}

/** Lets the hours pass one by one, since the schedule's looks at the disk take turns of the machine. */
async function hours(count: number): Promise<void> {
  for (let hour = 0; hour < count; hour++) {
    await schedule?.settled();
    await clock.pass(HOUR_MS);
  }
  await schedule?.settled();
}

function backups(): string[] {
  return readdirSync(stick)
    .filter((name) => name.endsWith('.db'))
    .map((name) => name.slice(-'20261101T000000Z.db'.length, -'T000000Z.db'.length))
    .toSorted();
}

function status() {
  return backupStatus(config.backup, lastGoodNoted(plant.store), schedule, clock.wallMs());
}

describe('scheduled backups', () => {
  it('are made once a day, the newest stay, and what is not of this ledger is never touched', async () => {
    mkdirSync(stick, { recursive: true });
    writeFileSync(join(stick, 'forebay-HP-002-20250101T000000Z.db'), 'of another plant');
    writeFileSync(join(stick, 'accounts.xlsx'), 'of somebody');
    start();
    await hours(24 * 5);
    expect(backups()).toEqual(expect.arrayContaining(['20250101', '20261104', '20261105', '20261106']));
    expect(backups()).toHaveLength(4);
    expect(readdirSync(stick)).toContain('accounts.xlsx');
    expect(status()).toMatchObject({ state: 'ok', lastGoodAt: '2026-11-06T00:00:00.000Z', lastGoodSize: 4 });
    expect(alarms).toEqual([]);
  });

  it('say in words how old the last good one is, raise an alarm when it is overdue, and go on once the disk is back', async () => {
    mkdirSync(stick, { recursive: true });
    start();
    await hours(1);
    rmSync(join(base, 'usb'), { recursive: true });
    await hours(47);
    expect(status()).toMatchObject({
      state: 'ok',
      reason: 'The last good backup is 2 days old and holds 4 entries; the latest attempt failed',
      problem: { code: 'STO_BACKUP_TARGET' },
    });
    await hours(2);
    expect(status().state).toBe('overdue');
    expect(alarms).toMatchObject([{ code: 'STO_BACKUP_OVERDUE', hint: expect.stringContaining('STO_BACKUP_TARGET') }]);
    mkdirSync(join(base, 'usb'));
    await hours(1);
    expect(status()).toMatchObject({ state: 'ok', problem: null });
    expect(alarms).toHaveLength(1);
  });

  it('remember the last good one over a restart while its disk is away', async () => {
    mkdirSync(stick, { recursive: true });
    start();
    await hours(1);
    await schedule?.stop();
    rmSync(join(base, 'usb'), { recursive: true });
    start();
    await hours(1);
    expect(status()).toMatchObject({ lastGoodSize: 4, lastGoodAt: '2026-11-01T00:00:00.000Z' });
  });

  it('never remove the last good one for one that failed', async () => {
    mkdirSync(stick, { recursive: true });
    config = { ...config, backup: { folder: stick, everyMs: DAY_MS, keep: 1 } };
    let isBroken = false;
    start(async (path) => {
      if (isBroken) throw new Failure('STO_BACKUP_UNSOUND', 'The copy does not hold.');
      await makeHere(path);
    });
    await hours(1);
    isBroken = true;
    await hours(24 * 4);
    expect(backups()).toEqual(['20261101']);
    expect(status()).toMatchObject({ state: 'overdue', problem: { code: 'STO_BACKUP_UNSOUND' } });
    expect(status().failures).toBeGreaterThan(3);
  });

  it('see another appliance that goes on with the same key, and a ledger that was put back', async () => {
    mkdirSync(stick, { recursive: true });
    const first = makeBackup({
      storePath: plant.folder.storePath,
      out: stick,
      program: '0.1.0',
      nowMs: FIRST_MS - DAY_MS,
    });
    // The twin goes on from the same backup, with the same key, and copies itself to the same stick.
    copyKeys(plant.folder, openDataFolder(join(base, 'twin')));
    const at = { clock: { wallMs: () => FIRST_MS }, by: 'asha', existing: 'refuse' } as const;
    restoreBackup({ file: first.path, dataFolder: join(base, 'twin'), ...at });
    const twin = openTestFolder(join(base, 'twin'));
    twin.recordGaps(50, 2);
    makeBackup({ storePath: twin.folder.storePath, out: stick, program: '0.1.0', nowMs: FIRST_MS + HOUR_MS });
    twin.store.close();
    start();
    await hours(2);
    expect(status().otherHistory).toMatchObject({ code: 'LED_BEHIND' });
    plant.recordGaps(3, 9);
    await hours(1);
    expect(status().otherHistory).toMatchObject({ code: 'LED_FORKED' });
    expect(alarms.map(({ code }) => code)).toEqual(['LED_BEHIND', 'LED_FORKED']);
  });

  it('take what was made before a restore to an older state for explained', async () => {
    mkdirSync(stick, { recursive: true });
    const { storePath, root } = plant.folder;
    const older = makeBackup({ storePath, out: stick, program: '0.1.0', nowMs: FIRST_MS - 2 * DAY_MS });
    plant.recordGaps(3, 5);
    makeBackup({ storePath, out: stick, program: '0.1.0', nowMs: FIRST_MS - DAY_MS });
    plant.store.close();
    const at = { clock: { wallMs: () => FIRST_MS }, by: 'asha', existing: 'set-aside' } as const;
    restoreBackup({ file: older.path, dataFolder: root, ...at });
    plant = openTestFolder(root);
    start();
    await hours(2);
    expect(status().otherHistory).toBeNull();
    expect(alarms).toEqual([]);
  });

  it('take what was made before a salvage for explained, and what the same key signs after it not', async () => {
    mkdirSync(stick, { recursive: true });
    const { storePath, root } = plant.folder;
    const kept = join(base, 'kept.db');
    plant.store.run('VACUUM INTO ?', kept);
    const { size, root: signed } = plant.recorder.head();
    plant.recordGaps(3, 5);
    makeBackup({ storePath, out: stick, program: '0.1.0', nowMs: FIRST_MS - DAY_MS });
    plant.store.close();
    // The end of the store was lost, and the ledger goes on from what was kept.
    for (const end of ['', '-wal', '-shm']) rmSync(`${storePath}${end}`, { force: true });
    copyFileSync(kept, storePath);
    plant = openTestFolder(root);
    const salvagedAt = new Date(FIRST_MS).toISOString();
    const lost = { ends: 'Entry 4 was not found whole', unsigned: 0, signedSize: 9, beyond: 0, blocks: 0 };
    const head = { size, root: Buffer.from(signed).toString('base64') };
    const body = { v: 1, salvagedAt, cause: 'STO_DAMAGED', damaged: null, ...head, ...lost };
    plant.recorder.record([{ kind: 'salvage', body }]);
    start();
    await hours(2);
    expect(status().otherHistory).toBeNull();
    expect(alarms).toEqual([]);
    copyKeys(plant.folder, openDataFolder(join(base, 'twin')));
    copyFileSync(kept, join(base, 'twin', 'ledger.db'));
    const twin = openTestFolder(join(base, 'twin'));
    twin.recordGaps(50, 9);
    makeBackup({ storePath: twin.folder.storePath, out: stick, program: '0.1.0', nowMs: FIRST_MS + HOUR_MS });
    twin.store.close();
    await hours(1);
    expect(status().otherHistory).toMatchObject({ code: 'LED_BEHIND' });
  });
});

describe('what counts as a good backup', () => {
  function make(name: string, nowMs: number): string {
    mkdirSync(stick, { recursive: true });
    const { storePath } = plant.folder;
    return makeBackup({ storePath, out: join(stick, name), program: '0.1.0', nowMs }).path;
  }

  it('goes by what it holds where dates lie in the future, and the one just made stays', async () => {
    for (const day of [1, 2, 3]) make(`forebay-HP-001-2036110${day}T000000Z.db`, FIRST_MS + 3650 * DAY_MS + day);
    plant.recordGaps(3, 1);
    start();
    await hours(1);
    expect(backups()).toEqual(['20261101', '20361102', '20361103']);
    expect(status()).toMatchObject({ state: 'ok', lastGoodAt: '2026-11-01T00:00:00.000Z', lastGoodSize: 5 });
    await hours(24 * 3);
    expect(backups()).toEqual(['20261102', '20261103', '20261104']);
  });

  it('is made at once, and overdue while it cannot be, where the only one is dated in the future', async () => {
    make('forebay-HP-001-20361101T000000Z.db', FIRST_MS + 3650 * DAY_MS);
    plant.store.write(() => {
      const good = { at: '2036-10-29T00:00:00.000Z', size: 4, path: join(stick, 'forebay-HP-001-20361101T000000Z.db') };
      writeNote(plant.store, LAST_GOOD_NOTE, JSON.stringify(good));
    });
    let attempts = 0;
    start(async () => {
      attempts += 1;
      throw new Failure('STO_BACKUP_ENDED', 'It came to no end.');
    });
    await hours(1);
    expect(attempts).toBeGreaterThan(0);
    expect(status()).toMatchObject({ state: 'overdue', reason: expect.stringContaining('which is in the future') });
  });

  it('is not one that has decayed: it is said, kept, and another is made', async () => {
    mkdirSync(stick, { recursive: true });
    start();
    await hours(1);
    const [name = ''] = readdirSync(stick).filter((file) => file.endsWith('.db'));
    const path = join(stick, name);
    writeFileSync(path, Buffer.alloc(statSync(path).size));
    await hours(22);
    expect(alarms).toEqual([]);
    await hours(3);
    expect(alarms).toMatchObject([{ code: 'STO_BACKUP_DECAYED' }]);
    expect(backups()).toEqual(['20261101', '20261102']);
    expect(status()).toMatchObject({ lastGoodAt: '2026-11-02T00:00:00.000Z' });
  });

  it('is found decayed at the start, so that the light does not stay green', async () => {
    const path = make('forebay-HP-001-20261101T000000Z.db', FIRST_MS);
    writeFileSync(path, Buffer.alloc(statSync(path).size));
    start(async () => {
      throw new Failure('STO_BACKUP_ENDED', 'It came to no end.');
    });
    await hours(1);
    expect(status()).toMatchObject({ state: 'overdue', lastGoodAt: null });
    expect(lastGoodNoted(plant.store)).toBeUndefined();
    expect(readdirSync(stick)).toContain('forebay-HP-001-20261101T000000Z.db');
  });

  it('is none whose manifest this ledger did not sign, nor does such a one tell of another history', async () => {
    const path = make('forebay-HP-001-20261101T000000Z.db', FIRST_MS);
    const manifest = JSON.parse(readFileSync(manifestPathOf(path), 'utf8')) as BackupManifest;
    const write = (more: Partial<BackupManifest>): void =>
      writeFileSync(manifestPathOf(path), JSON.stringify({ ...manifest, ...more }));
    const none = async (): Promise<never> => {
      throw new Failure('STO_BACKUP_ENDED', 'It came to no end.');
    };
    const lies: Partial<BackupManifest>[] = [
      { root: Buffer.alloc(32).toString('base64') },
      { size: 900 },
      { checkpoint: manifest.checkpoint.replace('\n4\n', '\n900\n'), size: 900 },
      { checkpoint: 'by hand' },
    ];
    for (const lie of lies) {
      write(lie);
      start(none);
      await hours(1);
      expect(status(), JSON.stringify(lie)).toMatchObject({ lastGoodAt: null, otherHistory: null });
      await schedule?.stop();
    }
    // What nobody signed is not compared either.
    write({ ledger: '0'.repeat(64) });
    start(none);
    await hours(1);
    expect(status()).toMatchObject({ lastGoodSize: 4, otherHistory: null });
    expect(alarms.filter(({ code }) => code.startsWith('LED_'))).toEqual([]);
  });
});

describe('a backup in a process of its own', () => {
  it('is made, and names what is wrong as the command does', async () => {
    await backupInProcess(plant.folder.root, join(base, 'a.db'), new AbortController().signal);
    expect(readdirSync(base)).toEqual(['a.db', 'a.db.json', 'data']);
    const again = backupInProcess(plant.folder.root, join(base, 'a.db'), new AbortController().signal);
    await expect(again).rejects.toMatchObject({ code: 'STO_BACKUP_EXISTS', exitCode: 2 });
  });

  it('leaves nothing when it is ended', async () => {
    const end = new AbortController();
    const made = backupInProcess(plant.folder.root, join(base, 'a.db'), end.signal);
    end.abort();
    await expect(made).rejects.toMatchObject({ code: 'STO_BACKUP_ENDED' });
    expect(readdirSync(base)).toEqual(['data']);
  });
});

it('ages are said in one unit', () => {
  expect([0, 60_000, 3 * HOUR_MS, DAY_MS, 40 * DAY_MS].map(ageInWords)).toEqual([
    'less than a minute',
    '1 minute',
    '3 hours',
    '1 day',
    '40 days',
  ]);
});
