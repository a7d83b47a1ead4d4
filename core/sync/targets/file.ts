import { createHash } from 'node:crypto';
import { Failure } from '../../model/failure.ts';
import type { Batch } from '../batch.ts';
import type {
  ConnectOutcome,
  Delivered,
  DeliverOutcome,
  Later,
  LocateOutcome,
  SyncFault,
  SyncSession,
  SyncTarget,
  Unknown,
} from '../target.ts';
import { carrierPath, plantFolder } from './carrier-path.ts';

/** The little that a carrier needs of a disk that may be pulled out at any moment. */
export interface CarrierDisk {
  /** Names of the files and folders in the folder; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Bytes of the file; undefined where there is no such file. A link is none. */
  sizeOf(path: string): Promise<number | undefined>;
  /** Whether the folder is there: a stick that is not in leaves none, or an empty place where it would be. */
  isThere(folder: string): Promise<boolean>;
  /**
   * The file's bytes as the disk has them, not from memory; undefined where there is no such file, or one of more than
   * `bytesMax`: whoever had the disk may have put anything there. A link is no file.
   */
  read(path: string, bytesMax: number): Promise<Uint8Array | undefined>;
  /** The file is there whole and durably, or not at all. Follows no link that lies on the disk. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  freeBytes(folder: string): Promise<number>;
}

export interface FileTargetParts {
  readonly folder: string;
  readonly plantId: string;
  readonly disk: CarrierDisk;
  /** The batch with its entries, checkpoint and proof: what whoever receives the stick checks and keeps. */
  readonly contentOf: (batch: Batch) => Uint8Array;
  /** Verifier key of whoever has to receive the disk; absent: nobody confirms what it brings. */
  readonly receiver?: string | undefined;
}

/** So much is left free on the disk. */
const SPARE_BYTES = 1_000_000;
/** A folder that is not there, or is full, is looked at again so often. */
const LOOK_AGAIN_MS = 15_000;
const ID_DIGITS = 12;

/**
 * Batches as files in a folder, such as that of a removable disk: `<folder>/<plant>/<first>-<end>-<id>.ndjson`. A file is
 * written beside its name, made durable, put in place and read back; only what the disk then holds counts as delivered.
 */
export function fileTarget(parts: FileTargetParts): SyncTarget {
  const turn = new OneAtATime(parts.folder);
  return {
    name: 'file',
    isPublic: false,
    isOrdered: true,
    inFlightMax: 1,
    connect: () =>
      turn.run<ConnectOutcome>(later, async () => {
        if (!(await parts.disk.isThere(parts.folder))) {
          return later(await diskAbsent(parts.disk, parts.folder));
        }
        return { kind: 'connected', session: sessionOf(parts, turn) };
      }),
  };
}

function sessionOf(parts: FileTargetParts, turn: OneAtATime): SyncSession {
  const unknown = (fault: SyncFault): Unknown => ({ kind: 'unknown', fault });
  return {
    deliver: ({ batch }, signal) => turn.run<DeliverOutcome>(later, () => deliver(parts, batch, signal)),
    locate: ({ batch }) =>
      turn.run<LocateOutcome>(unknown, async () => {
        try {
          // A file that is not there was not delivered, and to write it again is no second delivery.
          return (await held(parts, batch, parts.contentOf(batch))) ?? { kind: 'absent' };
        } catch (error) {
          return unknown(explainDisk(error, parts.folder));
        }
      }),
    close: () => Promise.resolve(),
  };
}

/**
 * A disk that hangs takes one of the few threads that all disks, names and compression share, and gives it back when it
 * likes: nothing more is asked of it meanwhile, so that it stops nothing but itself.
 */
class OneAtATime {
  readonly #folder: string;
  #isUnderWay = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async run<T>(refuse: (fault: SyncFault) => T, work: () => Promise<T>): Promise<T> {
    if (this.#isUnderWay) return refuse(silent(this.#folder));
    this.#isUnderWay = true;
    try {
      return await work();
    } finally {
      this.#isUnderWay = false;
    }
  }
}

async function deliver(parts: FileTargetParts, batch: Batch, signal: AbortSignal): Promise<DeliverOutcome> {
  const { disk, folder } = parts;
  try {
    if (!(await disk.isThere(folder))) return later(await diskAbsent(disk, folder));
    const bytes = parts.contentOf(batch);
    const already = await held(parts, batch, bytes);
    if (already !== undefined) return already;
    if ((await disk.freeBytes(folder)) < bytes.length + SPARE_BYTES) return later(full(folder));
    if (signal.aborted) return later(pulled(folder, 'ECANCELED'));
    await disk.write(batchPath(parts, batch), bytes);
    return (await held(parts, batch, bytes)) ?? later(damaged(folder));
  } catch (error) {
    return later(explainDisk(error, folder));
  }
}

/** The receipt, where the disk holds the very bytes of the batch. */
async function held(parts: FileTargetParts, batch: Batch, bytes: Uint8Array): Promise<Delivered | undefined> {
  const path = batchPath(parts, batch);
  const found = await parts.disk.read(path, bytes.length);
  if (found === undefined) return undefined;
  const sha256 = digestOf(found);
  if (sha256 !== digestOf(bytes)) return undefined;
  const { receiver } = parts;
  const receipt = { file: path, sha256, bytes: found.length, ...(receiver === undefined ? {} : { receiver }) };
  return { kind: 'delivered', receipt };
}

/** Where the batch lies on the disk. */
export function batchPath({ folder, plantId }: Pick<FileTargetParts, 'folder' | 'plantId'>, batch: Batch): string {
  const { first, end, id } = batch;
  return carrierPath(folder, plantFolder(plantId), `${first}-${end}-${id.slice(0, ID_DIGITS)}.ndjson`);
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function later(fault: SyncFault): Later {
  return { kind: 'later', fault, afterMs: LOOK_AGAIN_MS };
}

/** What a disk did. @throws the error itself where it is none of a disk */
export function explainDisk(error: unknown, folder: string): SyncFault {
  const { code } = error as NodeJS.ErrnoException;
  // What the store says of the batch is none of the disk's doing.
  if (code === undefined || error instanceof Failure) throw error;
  if (FOREIGN.includes(code)) return foreign(folder);
  if (code === 'ENOSPC' || code === 'EDQUOT') return full(folder);
  return PROTECTED.includes(code) ? writeProtected(folder) : pulled(folder, code);
}

const FOREIGN: readonly string[] = ['ENOTDIR', 'ELOOP', 'EISDIR', 'ERR_FS_EISDIR'];
const PROTECTED: readonly string[] = ['EROFS', 'EACCES', 'EPERM'];

/** The folder is not there. It is not made: where no disk is in, the computer's own would be filled. */
export async function diskAbsent(disk: Pick<CarrierDisk, 'isThere'>, folder: string): Promise<SyncFault> {
  const code = 'SYN_FILE_ABSENT';
  const [, parent, name] = PARENT.exec(folder) ?? [];
  if (parent === undefined || !(await disk.isThere(parent))) {
    const message = `The folder ${folder} is not there: the removable disk is not in, or has another name.`;
    const hint = 'put the disk in, and on a new one make the folder; what waits is written to it by itself';
    return { code, message, hint };
  }
  const message = `${parent} is there, and no folder ${name} in it: the disk is new, is another one, or is not in.`;
  return { code, message, hint: `the disk is in? then make the folder ${name} on it; otherwise put the disk in` };
}

const PARENT = /^(.+)[\\/]([^\\/]+)[\\/]*$/;

function full(folder: string): SyncFault {
  const message = `The disk of ${folder} is full.`;
  return { code: 'SYN_FILE_FULL', message, hint: 'exchange the disk or make room on it; nothing is lost meanwhile' };
}

function damaged(folder: string): SyncFault {
  const message = `The disk of ${folder} does not give back what was written to it.`;
  return { code: 'SYN_FILE_DAMAGED', message, hint: 'exchange the disk: it is failing or a counterfeit' };
}

function writeProtected(folder: string): SyncFault {
  const message = `Nothing may be written to ${folder}: the disk is write-protected, or the folder is not ours.`;
  const hint = 'slide the lock of the stick, or let the appliance write to the folder; what waits is written by itself';
  return { code: 'SYN_FILE_PROTECTED', message, hint };
}

function silent(folder: string): SyncFault {
  const message = `The disk of ${folder} does not answer.`;
  return { code: 'SYN_FILE_SILENT', message, hint: 'take the disk out and put it in again; exchange it if that stays' };
}

function foreign(folder: string): SyncFault {
  const message = `In ${folder} a link, a folder or a file stands where Forebay writes, and Forebay did not put it there.`;
  return { code: 'SYN_FILE_FOREIGN', message, hint: 'use another disk, and ask who had this one' };
}

function pulled(folder: string, code: string): SyncFault {
  const message = `Writing to ${folder} failed (${code}): the disk was pulled out, or is failing.`;
  return { code: 'SYN_FILE_FAILED', message, hint: 'put the disk in again; if it happens again, exchange it' };
}
