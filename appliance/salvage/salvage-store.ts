import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readCounterState } from '../../core/acquisition/counter-state.ts';
import type { Reading } from '../../core/acquisition/reading.ts';
import { checkpointText } from '../../core/ledger/checkpoint.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import type { KeyChain } from '../../core/ledger/key-chain.ts';
import { signatureChecker } from '../../core/ledger/verifier-key.ts';
import type { Clock } from '../../core/model/clock.ts';
import { floor, multiply, parseDecimal } from '../../core/model/decimal.ts';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import { saveCounter } from '../../core/store/counters.ts';
import { findRows } from '../../core/store/found-rows.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { latestReadings } from '../../core/store/readings.ts';
import { takeBlock } from '../../core/store/samples.ts';
import { formToWrite, type StoreForm } from '../../core/store/store-form.ts';
import { digestOfFile, syncFile, writeDurably } from '../backup/durable-files.ts';
import { newAside } from '../backup/new-aside.ts';
import { addPending, keepPending } from '../backup/pending-entry.ts';
import { putInPlace } from '../backup/put-in-place.ts';
import { isFull } from '../full-disk.ts';
import { type CollectedRows, collectRows } from './collect-rows.ts';
import { rebuildLedger } from './rebuild-ledger.ts';
import { createSealedLines, SALT_BYTES, type SealedLines } from './sealed-lines.ts';

export interface SalvageJob {
  readonly storePath: string;
  /** What is wrong with the store. */
  readonly cause: Failure;
  /** Files of backups of the same ledger, newest first; they fill in what the damaged store has lost. */
  readonly backups: readonly string[];
  readonly clock: Pick<Clock, 'wallMs'>;
}

/** What was saved and what was not; also in `report.json` beside the damaged file. */
export interface SalvageReport {
  readonly cause: { readonly code: string; readonly message: string };
  readonly salvagedAt: string;
  /** Entries of the ledger that goes on, and its root (base64). */
  readonly size: number;
  readonly root: string;
  /** Why it ends there. */
  readonly ends: string;
  /** Size of the largest checkpoint that the device signed and that was found; what lies between is not in the ledger. */
  readonly signedSize: number;
  /** Whole entries beyond, kept in `beyond.ndjson` (sealed where the store is encrypted) beside the damaged file. */
  readonly beyond: number;
  /** Blocks of raw samples that were found whole. */
  readonly blocks: number;
  readonly counters: { readonly kept: readonly string[]; readonly lost: readonly string[] };
  /** Keys of the API and the interval in progress are not taken over: nothing proves them. */
  readonly leftOut: readonly string[];
  /** Folder with the damaged files, untouched. */
  readonly setAside: string;
  /** SHA-256 of the damaged file; null where it is gone. */
  readonly damagedSha256: string | null;
}

/**
 * Moves a damaged store aside, untouched, and puts a new one in its place that holds the longest beginning of the
 * ledger that still proves itself. Later entries that are whole are kept beside the damaged file as evidence: they are
 * no part of the ledger that goes on, and a `salvage` entry says so.
 *
 * @throws Failure `STO_SALVAGE_NOTHING`, `STO_SALVAGE_UNSOUND`, `STO_SALVAGE_ROOM`; then everything is as it was.
 */
export function salvageStore(job: SalvageJob): SalvageReport {
  const { storePath, clock } = job;
  const salvagedMs = clock.wallMs();
  const aside = newAside(dirname(storePath), 'damaged', salvagedMs);
  const fresh = `${storePath}.salvaged`;
  const work = `${storePath}.found`;
  const sweep = (): void => {
    for (const path of [fresh, work])
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  };
  sweep();
  try {
    const rows = collectRows([storePath, ...job.backups], work);
    try {
      return rebuildInto(fresh, rows, job, { aside, salvagedAt: toIso(salvagedMs) });
    } finally {
      rows.close();
    }
  } catch (error) {
    removeEvidence(aside, basename(storePath));
    throw isFull(error) ? noRoom(storePath, error) : error;
  } finally {
    sweep();
  }
}

interface Salvaging {
  readonly aside: string;
  readonly salvagedAt: string;
}

function rebuildInto(fresh: string, rows: CollectedRows, job: SalvageJob, { aside, salvagedAt }: Salvaging) {
  const { storePath, cause } = job;
  const store = openStore(fresh, { access: 'write' });
  let report: SalvageReport;
  try {
    const { size, root, keys, ends } = rebuildLedger(rows, store);
    if (size === 0 || keys === undefined) throw nothing(storePath, ends);
    const blocks = takeBlocks(store, [storePath, ...job.backups]);
    const counters = takeCounters(store, rows);
    const { firstBad } = fsck(ledgerReader(store));
    if (firstBad !== undefined) throw unsound(firstBad.message);
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    const beyond = writeBeyond(join(aside, 'beyond.ndjson'), rows, size, formToWrite(dirname(storePath)));
    report = {
      cause: { code: cause.code, message: cause.message },
      salvagedAt,
      size,
      root: Buffer.from(root).toString('base64'),
      ends,
      signedSize: largestSigned(rows, keys, size),
      beyond,
      blocks,
      counters,
      leftOut: ['keys of the API', 'polls of the interval in progress'],
      setAside: aside,
      damagedSha256: existsSync(storePath) ? digestOfFile(storePath) : null,
    };
    keepPending(store, rows.pending);
    addPending(store, salvageEntry(report));
    store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    store.close();
  }
  writeDurably(join(aside, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  syncFile(fresh);
  putInPlace(fresh, storePath, aside);
  return report;
}

function salvageEntry({ setAside: _, counters: __, leftOut: ___, ...facts }: SalvageReport) {
  const { cause, damagedSha256, ...rest } = facts;
  return {
    kind: 'salvage',
    body: {
      v: 1,
      ...rest,
      unsigned: 0,
      cause: cause.code,
      damaged: damagedSha256 === null ? null : `sha256:${damagedSha256}`,
    },
  } as const;
}

function takeBlocks(store: WritableStore, paths: readonly string[]): number {
  let taken = 0;
  for (const path of paths) {
    store.write(() => {
      for (const found of findRows(path, paths[0]))
        if (found.what === 'block' && takeBlock(store, found.row)) taken += 1;
    });
  }
  return taken;
}

const MICRO_WH_PER_KWH = { digits: 1_000_000_000n, places: 0 } as const;

/**
 * Nothing proves where a counter stood, except the registers of the last readings. One that fits none of them begins
 * anew: an older one would count energy twice.
 */
function takeCounters(store: WritableStore, rows: CollectedRows): SalvageReport['counters'] {
  const proven = lastRegisters(store);
  const kept: string[] = [];
  const lost: string[] = [];
  for (const [point, states] of rows.counters) {
    const fitting = states.find((text) => {
      try {
        return proven.has(readCounterState(text).registerMicroWh);
      } catch {
        return false;
      }
    });
    if (fitting === undefined) lost.push(point);
    else {
      saveCounter(store, point, fitting);
      kept.push(point);
    }
  }
  return { kept, lost };
}

function lastRegisters(store: WritableStore): ReadonlySet<bigint> {
  const units = store.all<{ unitId: string }>('SELECT DISTINCT unit_id AS unitId FROM readings');
  const registers = units.flatMap(({ unitId }) => {
    const reading = latestReadings(store, unitId, 1)[0]?.body.reading as unknown as Reading | undefined;
    return [reading?.registers?.energyExport?.endKwh, reading?.registers?.energyImport?.endKwh];
  });
  return new Set(
    registers.flatMap((text) => {
      const value = text === undefined ? undefined : parseDecimal(text);
      return value === undefined ? [] : [floor(multiply(value, MICRO_WH_PER_KWH))];
    }),
  );
}

/** The whole entries that are no part of the beginning, one JSON object a line; sealed where the store is encrypted. */
function writeBeyond(path: string, rows: CollectedRows, size: number, { key }: StoreForm): number {
  const lines =
    key === undefined ? createLines(path) : createSealedLines(`${path}.sealed`, key, randomBytes(SALT_BYTES));
  let count = 0;
  try {
    for (const { index, kind, bytes, leafHash } of rows.entriesFrom(size)) {
      const canonical = Buffer.from(bytes).toString('utf8');
      lines.write(JSON.stringify({ index, kind, leafHash: Buffer.from(leafHash).toString('hex'), canonical }));
      count += 1;
    }
  } finally {
    lines.end();
  }
  return count;
}

function createLines(path: string): SealedLines {
  const file = openSync(path, 'w');
  return {
    write: (line) => writeFileSync(file, `${line}\n`),
    end() {
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

/**
 * Of a salvage that failed: each start tries again, and what each left would fill the disk. Once the damaged store lies
 * there, the new one may have its place, and this is all there is of what it could not take over.
 */
function removeEvidence(aside: string, name: string): void {
  if (existsSync(join(aside, name))) return;
  for (const evidence of ['beyond.ndjson', 'beyond.ndjson.sealed', 'report.json'])
    rmSync(join(aside, evidence), { force: true });
  try {
    rmdirSync(aside);
  } catch {
    // It was never made, or the damaged store could not be taken out of it again, and stays.
  }
}

/** Any of the ledger's keys may have signed it: the entries that would say which are not there. */
function largestSigned(rows: CollectedRows, keys: KeyChain, size: number): number {
  const checkers = keys.links.map(({ key }) => signatureChecker(key.publicKey));
  for (const candidate of rows.sizes()) {
    if (candidate <= size) break;
    for (const { root, signature } of rows.checkpoints(candidate)) {
      const text = Buffer.from(checkpointText({ origin: keys.origin, size: candidate, root }), 'utf8');
      if (checkers.some((isSigned) => isSigned(text, signature))) return candidate;
    }
  }
  return size;
}

function nothing(path: string, ends: string): Failure {
  return new Failure('STO_SALVAGE_NOTHING', `Nothing of ${path} can be saved: ${ends}.`, {
    hint: 'keep the file as it is and restore a backup with `forebay restore FILE --data DIR --set-aside`',
    exitCode: 4,
  });
}

function noRoom(path: string, cause: unknown): Failure {
  return new Failure('STO_SALVAGE_ROOM', `There is no room to save what can be saved of ${path}.`, {
    hint: 'free about three times its size on that disk and start again; everything is as it was, and nothing is recorded until then',
    exitCode: 2,
    cause,
  });
}

function unsound(message: string): Failure {
  return new Failure('STO_SALVAGE_UNSOUND', `What was saved of the ledger does not hold: ${message}`, {
    hint: 'keep the data folder as it is, restore a backup, and send the folder to the people who maintain Forebay',
    exitCode: 4,
  });
}
