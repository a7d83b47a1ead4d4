import { hash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fsck } from '../../core/ledger/fsck.ts';
import { leafHash } from '../../core/ledger/merkle.ts';
import { Failure } from '../../core/model/failure.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { sampleBlock, sealBlock } from '../../core/store/samples.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { copyKeys, FIRST_MS, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { writePastTriggers as changePastTriggers } from '../../tests/fixtures/write-past-triggers.ts';
import { rootOf } from '../backup/compare-ledgers.ts';
import { makeBackup } from '../backup/make-backup.ts';
import { keepPending, pendingEntries } from '../backup/pending-entry.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { noteDamage, notedDamage } from './damage-note.ts';
import { findDamage } from './find-damage.ts';
import { mendStore, salvageInWords } from './mend-store.ts';
import { mendTables } from './mend-tables.ts';
import { type SalvageReport, salvageStore } from './salvage-store.ts';

const PAGE = 8192;
const GROUPS = 60;
const GROUP = 4;
const SIZE = 1 + GROUPS * GROUP;
const SIZE_OF_BACKUP = 1 + (GROUPS / 2) * GROUP;
const BLOCK = Buffer.from('{"v":1,"deviceId":"plc1"}\n[1,2,3]\n');
const SEED = announceSeed('salvage');
const clock = { wallMs: () => FIRST_MS };
const cause = new Failure('STO_DAMAGED', 'It is damaged.', { exitCode: 4 });

let base: string;
let sound: DataFolder;
let roots: readonly string[];
let backup: string;
let round = 0;
let folder: DataFolder;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-salvage-'));
  const made = openTestFolder(join(base, 'sound'));
  sound = made.folder;
  const { storePath } = sound;
  for (let g = 0; g < GROUPS; g++) {
    if (g === GROUPS / 2) {
      backup = makeBackup({ storePath, out: base, program: '0.1.0', nowMs: FIRST_MS }).path;
    }
    made.recorder.record(Array.from({ length: GROUP }, (_, i) => benchReading(g * GROUP + i, made.key)));
  }
  sealBlock(made.store, block());
  const reader = ledgerReader(made.store);
  roots = Array.from({ length: SIZE + 1 }, (_, size) => rootOf(reader, size));
  made.store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  made.store.close();
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

beforeEach(() => {
  round += 1;
  folder = openDataFolder(join(base, `round-${round}`));
  copyKeys(sound, folder);
  copyFileSync(sound.storePath, folder.storePath);
});

function block() {
  const digest = hash('sha256', BLOCK, 'hex');
  return { digest, deviceId: 'plc1', fromMs: 0, toMs: 60_000, outcomes: 3, bytes: BLOCK };
}

/** Changes the file in place. */
function damage(change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(folder.storePath);
  change(bytes);
  writeFileSync(folder.storePath, bytes);
}

function writePastTriggers(change: (store: WritableStore) => void): void {
  const store = openStore(folder.storePath, { access: 'write' });
  changePastTriggers(store, () => change(store));
  store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
}

/** Somebody without the key gives an entry other contents and deletes checkpoints. */
function forge(index: number, sql: string): Buffer {
  let forged = Buffer.alloc(0);
  writePastTriggers((store) => {
    const row = store.get<{ bytes: Uint8Array }>('SELECT bytes FROM entries WHERE idx = ?', index);
    const text = Buffer.from(row?.bytes ?? []).toString('utf8');
    forged = Buffer.from(text.replace(/"status":"[A-Z]+"/, '"status":"REJECTED"'));
    expect(forged.toString('utf8')).not.toBe(text);
    store.run('UPDATE entries SET bytes = ?, leaf_hash = ? WHERE idx = ?', forged, leafHash(forged), index);
    store.run(sql);
  });
  return forged;
}

/** The pages of a table or index of the sound store. */
function pagesOf(name: string): readonly number[] {
  const store = openStore(sound.storePath, { access: 'read' });
  const root =
    store.get<{ rootpage: number }>('SELECT rootpage FROM sqlite_schema WHERE name = ?', name)?.rootpage ?? 0;
  store.close();
  return [root];
}

/** What must hold of every salvage, whatever was damaged. */
function expectHonest(report: SalvageReport, damaged: Buffer): void {
  const store = openStore(folder.storePath, { access: 'read' });
  const reader = ledgerReader(store);
  expect(fsck(reader)).toMatchObject({ ok: true, entries: report.size });
  expect(report.root).toBe(roots[report.size]);
  const [pending] = pendingEntries(store);
  expect(pending).toMatchObject({
    kind: 'salvage',
    body: { v: 1, size: report.size, root: report.root, signedSize: report.signedSize, beyond: report.beyond },
  });
  expect(pending?.body.damaged).toBe(`sha256:${hash('sha256', damaged, 'hex')}`);
  store.close();
  expect(readFileSync(join(report.setAside, 'ledger.db')).equals(damaged)).toBe(true);
  const lines = readFileSync(join(report.setAside, 'beyond.ndjson'), 'utf8').split('\n').filter(Boolean);
  expect(lines).toHaveLength(report.beyond);
  for (const line of lines) expect(JSON.parse(line).index).toBeGreaterThanOrEqual(report.size);
  expect(existsSync(join(report.setAside, 'report.json'))).toBe(true);
}

function salvage(backups: readonly string[] = []): SalvageReport {
  const damaged = readFileSync(folder.storePath);
  const report = salvageStore({ storePath: folder.storePath, cause, backups, clock });
  expectHonest(report, damaged);
  return report;
}

describe('a start', () => {
  it('finds nothing in a sound store, and damage in one that cannot be recorded into', () => {
    expect(findDamage(folder)).toBeUndefined();
    damage((bytes) => bytes.fill(0, 0, PAGE));
    expect(findDamage(folder)).toMatchObject({ code: 'STO_DAMAGED' });
  });

  it.each([
    ['the schema', 100, PAGE],
    ['the mark of who wrote it', 60, 72],
    ['a table of the schema', 7000, PAGE],
    ['the first eight pages', 100, 8 * PAGE],
  ])('never takes a file without %s for a new one', (_, from, to) => {
    damage((bytes) => bytes.fill(0, from, to));
    const report = mendStore({ folder, backupFolder: base, clock, tell: () => {} });
    expect(report).toMatchObject({ cause: { code: 'STO_DAMAGED' } });
    expect(report?.size).toBeGreaterThan(0);
    expect(findDamage(folder)).toBeUndefined();
  });

  it('takes an empty file beside a key for a lost ledger, and begins no second one', () => {
    truncateSync(folder.storePath, 0);
    expect(findDamage(folder)).toMatchObject({ code: 'STO_DAMAGED', message: expect.stringContaining('it is empty') });
    const mend = () => mendStore({ folder, backupFolder: undefined, clock, tell: () => {} });
    expect(mend).toThrow(expect.objectContaining({ code: 'STO_LEDGER_LOST', exitCode: 4 }));
    expect(statSync(folder.storePath).size).toBe(0);
  });

  it('goes on from the newest backup where nothing else is left', () => {
    truncateSync(folder.storePath, 0);
    const said: string[] = [];
    const report = mendStore({ folder, backupFolder: base, clock, tell: (line) => said.push(line) });
    expect(report).toMatchObject({ size: SIZE_OF_BACKUP, root: roots[SIZE_OF_BACKUP] });
    expect(said.join('\n')).toMatch(/STO_DAMAGED: .*it is empty[\s\S]*Saved: 121 entries, all of which hold/);
    expect(findDamage(folder)).toBeUndefined();
  });

  it('looks at all of the store where the last run noted damage, and forgets a note that nothing bears out', () => {
    noteDamage(folder, cause, 'suspected');
    expect(findDamage(folder)).toBeUndefined();
    expect(existsSync(join(folder.root, 'ledger.damaged'))).toBe(false);
    writePastTriggers((store) => store.run('UPDATE checkpoints SET root = zeroblob(32) WHERE size = 5'));
    expect(findDamage(folder)).toBeUndefined();
    noteDamage(folder, cause, 'suspected');
    expect(mendStore({ folder, backupFolder: base, clock, tell: () => {} })).toMatchObject({ size: SIZE });
    expect(existsSync(join(folder.root, 'ledger.damaged'))).toBe(false);
  });

  it('checks a long ledger beside the recording, and before it where the damage shows once more', () => {
    noteDamage(folder, cause, 'suspected');
    expect(notedDamage(folder)).toMatchObject({ code: 'STO_DAMAGED', weight: 'suspected' });
    noteDamage(folder, cause, 'suspected');
    expect(notedDamage(folder)).toMatchObject({ weight: 'urgent' });
    noteDamage(folder, new Failure('LED_FSCK_PROJECTION', 'A row differs.'), 'suspected');
    expect(notedDamage(folder)).toMatchObject({ code: 'STO_DAMAGED', weight: 'urgent' });
    noteDamage(folder, new Failure('LED_FSCK_ENTRY', 'Entry 7 differs.'), 'certain');
    // What a whole check has found is not looked for once more.
    expect(findDamage(folder)).toMatchObject({
      code: 'STO_DAMAGED',
      message: expect.stringContaining('Entry 7 differs'),
    });
  });

  it('leaves tables that are not what the entries say to whoever computes them anew', () => {
    writePastTriggers((store) => store.run('UPDATE readings SET energy_wh = 17 WHERE idx = 9'));
    noteDamage(folder, cause, 'urgent');
    expect(findDamage(folder)).toBeUndefined();
    expect(notedDamage(folder)).toMatchObject({ code: 'LED_FSCK_PROJECTION', weight: 'suspected' });
    expect(findDamage(folder)).toBeUndefined();
    const store = openStore(folder.storePath, { access: 'write' });
    const said: string[] = [];
    mendTables({ folder, store, unitIds: [], nowMs: FIRST_MS, tell: (line) => said.push(line) });
    expect(said[0]).toMatch(/^LED_FSCK_PROJECTION: The row of entry 9 in readings has another energyWh/);
    expect(fsck(ledgerReader(store))).toMatchObject({ ok: true });
    store.close();
    expect(notedDamage(folder)).toBeUndefined();
  });

  it.each(['', '{', '{}', 'null'])('takes a note that says nothing for none (%j)', (text) => {
    writeFileSync(join(folder.root, 'ledger.damaged'), text);
    expect(mendStore({ folder, backupFolder: undefined, clock, tell: () => {} })).toBeUndefined();
  });
});

describe('a salvage', () => {
  it('saves all of it when only the head of the file or its schema is destroyed', () => {
    damage((bytes) => bytes.fill(0xff, 0, PAGE));
    expect(salvage()).toMatchObject({ size: SIZE, signedSize: SIZE, beyond: 0, blocks: 1 });
    const store = openStore(folder.storePath, { access: 'read' });
    expect(Buffer.from(sampleBlock(store, block().digest) ?? []).equals(BLOCK)).toBe(true);
    store.close();
  });

  it('saves all of it when the way through the entries is destroyed', () => {
    damage((bytes) => {
      for (const page of pagesOf('entries')) bytes.fill(0, (page - 1) * PAGE, page * PAGE);
    });
    expect(salvage()).toMatchObject({ size: SIZE, beyond: 0 });
  });

  it('signs nothing anew: without any checkpoint there is no ledger to go on from', () => {
    damage((bytes) => bytes.fill(0, 100, 8 * PAGE));
    expect(() => salvage()).toThrow(expect.objectContaining({ code: 'STO_SALVAGE_NOTHING' }));
    expect(salvage([backup])).toMatchObject({ size: SIZE_OF_BACKUP, beyond: SIZE - SIZE_OF_BACKUP });
  });

  it.each([
    ['all later checkpoints', 'DELETE FROM checkpoints WHERE size > 100'],
    ['the next checkpoint only', 'DELETE FROM checkpoints WHERE size > 100 AND size < 110'],
  ])('never signs what somebody wrote into the file and took %s away from', (_, sql) => {
    const forged = forge(100, sql);
    const report = salvageStore({ storePath: folder.storePath, cause, backups: [], clock });
    expect(report).toMatchObject({ size: 97, root: roots[97], beyond: SIZE - 97 });
    expect(salvageInWords(report).join('\n')).toContain('later');
    const store = openStore(folder.storePath, { access: 'read' });
    const { storePath } = folder;
    const reader = ledgerReader(store);
    expect(fsck(reader)).toMatchObject({ ok: true, entries: 97 });
    expect([...reader.entries(0, 97)].some(({ bytes }) => Buffer.from(bytes).equals(forged))).toBe(false);
    store.close();
    expect(readFileSync(storePath).includes(forged)).toBe(false);
    expect(readFileSync(join(report.setAside, 'beyond.ndjson'), 'utf8')).toContain('"index":100,');
  });

  it('keeps what had happened to the store and was no entry yet, once', () => {
    const first = salvage();
    const damaged = readFileSync(folder.storePath);
    damaged.fill(0xff, 0, 64);
    writeFileSync(folder.storePath, damaged);
    const later = { wallMs: () => FIRST_MS + 60_000 };
    salvageStore({ storePath: folder.storePath, cause, backups: [], clock: later });
    const store = openStore(folder.storePath, { access: 'write' });
    const both = pendingEntries(store);
    expect(both).toMatchObject([
      { kind: 'salvage', body: { salvagedAt: first.salvagedAt } },
      { kind: 'salvage', body: { salvagedAt: '2026-11-01T00:01:00.000Z' } },
    ]);
    keepPending(store, both);
    expect(pendingEntries(store)).toEqual(both);
    store.close();
  });

  it('saves the beginning of a file that was cut off, and says how much was signed', () => {
    truncateSync(folder.storePath, Math.floor(statSync(folder.storePath).size / 2));
    const report = salvage();
    expect(report.size).toBeGreaterThan(GROUP);
    expect(report.size).toBeLessThan(SIZE);
  });

  it('keeps what is whole beyond a hole as evidence, and never as part of the ledger', () => {
    damage((bytes) => {
      const at = bytes.indexOf('"index":100,');
      bytes[at + 30] = (bytes[at + 30] ?? 0) ^ 1;
    });
    const report = salvage();
    expect(report.size).toBe(97);
    expect(report.signedSize).toBe(SIZE);
    expect(report.beyond).toBe(SIZE - 97 - 1);
    expect(report.ends).toBe('Entry 100 was not found whole, and no checkpoint over the 3 before it');
  });

  it('fills a hole from a backup, so that nothing is lost', () => {
    damage((bytes) => {
      const at = bytes.indexOf('"index":100,');
      bytes.fill(0, Math.floor(at / PAGE) * PAGE, Math.ceil(at / PAGE) * PAGE);
    });
    expect(salvage([backup])).toMatchObject({ size: SIZE, signedSize: SIZE, beyond: 0 });
  });

  it('saves what lies in the log only, also when the log is damaged in the middle', () => {
    const open = openTestFolder(join(base, `log-${round}`));
    for (let g = 0; g < 20; g++) open.recordGaps(g * 3, 3);
    copyKeys(open.folder, folder);
    for (const suffix of ['', '-wal'])
      copyFileSync(`${open.folder.storePath}${suffix}`, `${folder.storePath}${suffix}`);
    open.store.close();
    const job = { storePath: folder.storePath, cause, backups: [], clock };
    const log = readFileSync(`${folder.storePath}-wal`);
    log.fill(0xaa, 0, 32);
    writeFileSync(`${folder.storePath}-wal`, log);
    const report = salvageStore(job);
    expect(report.size).toBe(61);
    expect(readFileSync(join(report.setAside, 'ledger.db-wal')).equals(log)).toBe(true);
  });

  it.each([1, 3, 5, 8])('is honest whatever is destroyed (%i)', (n) => {
    const random = seededRandom(SEED + n);
    damage((bytes) => {
      for (let hit = 0; hit < n * n; hit++) {
        const at = Math.floor(random.next() * bytes.length);
        if (random.next() < 0.5) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random.next() * 8));
        else bytes.fill(0, Math.floor(at / PAGE) * PAGE, Math.floor(at / PAGE) * PAGE + PAGE);
      }
    });
    const { size } = salvage([backup]);
    expect(size).toBeGreaterThanOrEqual(SIZE_OF_BACKUP);
  });
});
