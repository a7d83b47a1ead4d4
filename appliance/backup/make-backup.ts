import { chmodSync, existsSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatCheckpoint } from '../../core/ledger/checkpoint.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import { copyStore, noRoom } from '../../core/store/copy-store.ts';
import { usedBytes } from '../../core/store/disk-use.ts';
import { readEntry } from '../../core/store/entries.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { schemaVersion } from '../../core/store/migrate.ts';
import { openStore } from '../../core/store/open-store.ts';
import { storeKeyIdAt } from '../../core/store/store-head.ts';
import { DERIVED_USED, reserveOf, spaceAt } from '../disk/disk-space.ts';
import { type BackupManifest, LEFT_OUT, manifestPathOf } from './backup-manifest.ts';
import { backupName } from './backup-name.ts';
import { digestOfFile, freeBytesAt, renameDurably, syncFile, writeDurably } from './durable-files.ts';
import { explainTarget } from './target-failure.ts';

export interface BackupJob {
  readonly storePath: string;
  /** The file to write, or a folder that is there: then the backup gets a name of its own in it. */
  readonly out: string;
  readonly program: string;
  readonly nowMs: number;
  /** Bytes that may be written in a folder; an argument for tests. */
  readonly freeBytes?: (folder: string) => number;
  readonly onPhase?: (phase: BackupPhase) => void;
}

export type BackupPhase = 'copy' | 'check' | 'finish';

export interface MadeBackup {
  readonly path: string;
  readonly manifest: BackupManifest;
}

/** What a file system needs besides the file itself. */
const ROOM_MARGIN_BYTES = 1024 * 1024;

/**
 * Copies the store while whoever records goes on, checks every hash and signature of the copy, and only then gives it
 * its name. A backup that is not whole never bears one: until then it is called `.part`.
 *
 * @throws Failure `STO_BACKUP_EXISTS`, `STO_BACKUP_ROOM`, `STO_BACKUP_TARGET`, `STO_BACKUP_UNSOUND`, or of the store.
 */
export function makeBackup(job: BackupJob): MadeBackup {
  const path = placeOf(job);
  const part = `${path}.part`;
  const partOfManifest = `${manifestPathOf(path)}.part`;
  refuseTaken(path);
  refuseNoRoom(job, path);
  try {
    rmSync(part, { force: true });
    job.onPhase?.('copy');
    copyStore(job.storePath, part);
    keepPrivate(part);
    syncFile(part);
    job.onPhase?.('check');
    const facts = checkCopy(part, job.storePath);
    job.onPhase?.('finish');
    const manifest: BackupManifest = {
      v: 1,
      createdAt: toIso(job.nowMs),
      program: job.program,
      ...facts,
      bytes: statSync(part).size,
      sha256: digestOfFile(part),
      ...storeKeyOf(part),
      leftOut: [...LEFT_OUT],
    };
    writeDurably(partOfManifest, `${JSON.stringify(manifest, null, 2)}\n`);
    renameDurably(part, path);
    renameDurably(partOfManifest, manifestPathOf(path));
    return { path, manifest };
  } catch (error) {
    for (const file of [part, `${part}-journal`, partOfManifest]) removeQuietly(file);
    throw explainTarget(error, path);
  }
}

function storeKeyOf(path: string): Pick<BackupManifest, 'storeKey'> {
  const id = storeKeyIdAt(path);
  return id === null ? {} : { storeKey: id };
}

function placeOf({ out, storePath, nowMs }: BackupJob): string {
  const isFolder = /[/\\]$/.test(out) || statSync(out, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? join(out, backupName(plantIn(storePath), nowMs)) : out;
}

function plantIn(storePath: string): string {
  const store = openStore(storePath, { access: 'read' });
  try {
    return String(readEntry(store, 0)?.body.plantId ?? 'unknown');
  } finally {
    store.close();
  }
}

function refuseTaken(path: string): void {
  for (const taken of [path, manifestPathOf(path)]) {
    if (!existsSync(taken)) continue;
    throw new Failure('STO_BACKUP_EXISTS', `${taken} is there already.`, {
      hint: 'choose another name with --out, or name a folder: each backup then gets a name of its own',
      exitCode: 2,
    });
  }
}

function refuseNoRoom({ storePath, freeBytes = freeBytesAt }: BackupJob, path: string): void {
  const folder = dirname(path);
  let free: number;
  try {
    free = freeBytes(folder);
  } catch (error) {
    throw explainTarget(error, path);
  }
  let reserve = 0;
  if (statSync(folder, { throwIfNoEntry: false })?.dev === statSync(storePath).dev) {
    // On the disk of the ledger itself a backup leaves room for what comes, and is none of what matters most there.
    const { totalBytes } = spaceAt(folder);
    if (free <= (1 - DERIVED_USED) * totalBytes) throw tooFull(folder);
    reserve = reserveOf({ freeBytes: free, totalBytes });
  }
  const store = openStore(storePath, { access: 'read' });
  try {
    if (free < usedBytes(store) + reserve + ROOM_MARGIN_BYTES) throw noRoom(path);
  } finally {
    store.close();
  }
}

function tooFull(folder: string): Failure {
  const sentence = `The disk of ${folder} is the ledger's own and more than ${DERIVED_USED * 100} % full.`;
  return new Failure('STO_BACKUP_ROOM', sentence, {
    hint: 'free some space there, or make the backup on another disk; earlier backups are untouched',
    exitCode: 3,
  });
}

type Facts = Pick<BackupManifest, 'schema' | 'plantId' | 'ledger' | 'size' | 'root' | 'checkpoint' | 'verifierKey'>;

/** What a sound copy of the store at `keysOf` says of itself. @throws Failure `STO_BACKUP_UNSOUND` with the first thing that does not hold. */
export function checkCopy(path: string, keysOf: string): Facts {
  const store = openStore(path, { access: 'read', keysOf });
  try {
    const reader = ledgerReader(store);
    const report = fsck(reader);
    if (report.firstBad !== undefined) throw unsound(report.firstBad.code, report.firstBad.message);
    const genesis = reader.entry(0);
    const newest = reader.latestCheckpoint();
    const body = readEntry(store, 0)?.body;
    const keys = readKeyChain(reader);
    if (genesis === undefined || newest === undefined || keys === undefined) {
      throw unsound('STO_ABSENT', 'It holds no entries.');
    }
    const { size, root, signature } = newest;
    const { key, verifierKey } = keys.signerAt(size);
    return {
      schema: schemaVersion(store),
      plantId: String(body?.plantId),
      ledger: Buffer.from(genesis.leafHash).toString('hex'),
      size,
      root: Buffer.from(root).toString('base64'),
      checkpoint: formatCheckpoint({ origin: keys.origin, size, root }, key, signature),
      verifierKey,
    };
  } finally {
    store.close();
  }
}

function unsound(code: string, message: string): Failure {
  return new Failure('STO_BACKUP_UNSOUND', `The copy does not hold, so it is no backup. ${code}: ${message}`, {
    hint: 'run `forebay ledger fsck` on the data folder: either the ledger there is damaged, or the disk of the copy is',
    exitCode: 4,
  });
}

/** Sticks are often formatted so that files have no owner; whoever holds the stick reads it anyway. */
function keepPrivate(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch {
    // See above.
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The disk that it lies on is gone or broken, which is said already; as `.part` it is taken for no backup.
  }
}
