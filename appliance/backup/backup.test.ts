import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIRST_MS, type OpenFolder, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { manifestPathOf, parseManifest } from './backup-manifest.ts';
import { digestOfFile } from './durable-files.ts';
import { type BackupJob, makeBackup } from './make-backup.ts';

const forebay = fileURLToPath(new URL('../forebay.mjs', import.meta.url));
let base: string;
let plant: OpenFolder;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-backup-'));
  plant = openTestFolder(join(base, 'data'));
  plant.recordGaps(0, 20);
});
afterEach(() => {
  plant.store.close();
  rmSync(base, { recursive: true });
});

function job(out: string, more: Partial<BackupJob> = {}): BackupJob {
  const { storePath } = plant.folder;
  return { storePath, out, program: '0.1.0', nowMs: FIRST_MS, ...more };
}

describe('a backup', () => {
  it('is the ledger as it stood, beside a manifest that fits it, while the appliance goes on recording', () => {
    const out = join(base, 'backup.db');
    const { path, manifest } = makeBackup(
      job(out, { onPhase: (phase) => phase === 'check' && plant.recordGaps(20, 5) }),
    );
    expect(path).toBe(out);
    expect(manifest).toMatchObject({ v: 1, plantId: 'HP-001', size: 21, createdAt: '2026-11-01T00:00:00.000Z' });
    expect(manifest.bytes).toBe(statSync(out).size);
    expect(manifest.sha256).toBe(digestOfFile(out));
    expect(manifest.checkpoint.split('\n').slice(1, 3)).toEqual(['21', manifest.root]);
    expect(manifest.leftOut).toContain('keys/device.key');
    expect(parseManifest(readFileSync(manifestPathOf(out), 'utf8'))).toEqual(manifest);
    expect(plant.recorder.head().size).toBe(26);
    const copy = new Database(out, { readonly: true });
    expect(copy.prepare('SELECT count(*) FROM entries').pluck().get()).toBe(21);
    copy.close();
  });

  it('holds neither the private key nor a secret, and only its owner reads it', () => {
    writeFileSync(join(plant.folder.secretsFolder, 'plc.password'), 'rosebud-4711');
    const out = join(base, 'backup.db');
    makeBackup(job(out));
    const pem = readFileSync(join(plant.folder.keysFolder, 'device.key'), 'utf8');
    const bytes = readFileSync(out, 'latin1');
    expect(bytes).not.toContain(pem.split('\n')[1]);
    expect(bytes).not.toContain('rosebud-4711');
    expect(statSync(out).mode & 0o077).toBe(0);
  });

  it('gets a name of its own in a folder', () => {
    const { path } = makeBackup(job(base));
    expect(path).toBe(join(base, 'forebay-HP-001-20261101T000000Z.db'));
  });

  it('never takes the place of a file that is there', () => {
    const out = join(base, 'backup.db');
    writeFileSync(out, 'the accounts of 2025');
    expect(() => makeBackup(job(out))).toThrow(expect.objectContaining({ code: 'STO_BACKUP_EXISTS', exitCode: 2 }));
    expect(readFileSync(out, 'utf8')).toBe('the accounts of 2025');
  });

  it('is not begun without room for it', () => {
    const out = join(base, 'backup.db');
    const full = job(out, { freeBytes: () => 1_100_000 });
    expect(() => makeBackup(full)).toThrow(expect.objectContaining({ code: 'STO_BACKUP_ROOM', exitCode: 3 }));
    expect(readdirSync(base)).toEqual(['data']);
  });

  it("is not made on the ledger's own disk when that is 95 % full, though it would fit", () => {
    const { blocks, bsize } = statfsSync(base);
    const out = join(base, 'backup.db');
    const free = (share: number) => job(out, { freeBytes: () => blocks * bsize * share });
    expect(() => makeBackup(free(0.045))).toThrow(
      expect.objectContaining({ code: 'STO_BACKUP_ROOM', message: expect.stringContaining('95 % full'), exitCode: 3 }),
    );
    expect(readdirSync(base)).toEqual(['data']);
    expect(makeBackup(free(0.06)).path).toBe(out);
  });

  it('names a folder that is not there', () => {
    const out = join(base, 'stick', 'backup.db');
    expect(() => makeBackup(job(out))).toThrow(expect.objectContaining({ code: 'STO_BACKUP_TARGET', exitCode: 3 }));
  });

  it('leaves nothing that looks whole when the disk fails in the middle of the copy', () => {
    const stick = join(base, 'stick');
    mkdirSync(stick);
    // No file of the command may grow beyond 64 KiB: the write fails as it does on a disk that is gone.
    const line = `ulimit -f 64; exec "${process.execPath}" "${forebay}" backup --data "${plant.folder.root}" --out "${stick}/b.db"`;
    const { status, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
    expect(stderr).toMatch(/^STO_BACKUP_TARGET: /m);
    expect(status).toBe(3);
    expect(readdirSync(stick)).toEqual([]);
    expect(existsSync(`${stick}/b.db`)).toBe(false);
  });

  it('is not called one when the copy does not hold', () => {
    const { storePath } = plant.folder;
    const database = new Database(storePath);
    database.exec('DROP TRIGGER entries_refuse_update');
    database.exec(`UPDATE entries SET bytes = CAST(replace(bytes, 'TIMEOUT', 'Timeout') AS BLOB) WHERE idx = 7`);
    database.close();
    const out = join(base, 'backup.db');
    expect(() => makeBackup(job(out))).toThrow(
      expect.objectContaining({ code: 'STO_BACKUP_UNSOUND', message: expect.stringContaining('Entry 7') }),
    );
    expect(readdirSync(base)).toEqual(['data']);
  });
});
