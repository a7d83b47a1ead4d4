import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { diskError } from './store-failure.ts';

const PART_BYTES = 1024 * 1024;

/**
 * Writes the write-ahead log of a store that was just opened once more over itself, and syncs it. Where a sync failed in
 * an earlier run, the system has dropped what it could not write and still shows it to whoever reads: SQLite would take
 * it for recorded, and what is recorded behind it would be lost with it in a power cut. Written anew, it is written in
 * truth. Nobody appends to the log meanwhile.
 *
 * @throws Failure `STO_DISK`.
 */
export function writeLogAnew(database: Database.Database, path: string): void {
  const file = openLog(`${path}-wal`);
  if (file === undefined) return;
  try {
    database.exec('BEGIN IMMEDIATE');
    try {
      writeOver(file);
    } finally {
      database.exec('ROLLBACK');
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EIO' || code === 'ENOSPC' ? diskError(path, (error as Error).message, error) : error;
  } finally {
    closeSync(file);
  }
}

/** SQLite's own locks are on other files: they do not end when this one is closed. */
function openLog(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeOver(file: number): void {
  const part = Buffer.alloc(PART_BYTES);
  let at = 0;
  for (
    let bytes = readSync(file, part, 0, PART_BYTES, at);
    bytes > 0;
    bytes = readSync(file, part, 0, PART_BYTES, at)
  ) {
    let written = 0;
    // At a place of its own, which `writeFileSync` has no way to say.
    while (written < bytes) written += writeSync(file, part, written, bytes - written, at + written);
    at += bytes;
  }
  if (at > 0) fsyncSync(file);
}
