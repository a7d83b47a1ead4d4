import { Failure } from '../model/failure.ts';
import { lostInBlock } from './check-row.ts';
import { type Entry, refuseFuture } from './entry.ts';
import type { LedgerReader, StoredEntry } from './ledger-storage.ts';
import { isEqual, leafHash } from './merkle.ts';

/** About two days of a plant with one unit at five minutes; a few tens of milliseconds at the start. */
const TAIL_ENTRIES = 600;

/**
 * Looks at the newest entries before anything is added to them: each is there, has the hash that the tree holds, and is of
 * a kind and version that this program knows. The whole ledger is for `fsck`.
 *
 * @throws Failure `LED_FSCK_HOLE`, `LED_FSCK_ENTRY`, `LED_FSCK_BLOCK`, `LED_FROM_FUTURE`.
 */
export function checkTail(reader: Pick<LedgerReader, 'entries'>, size: number): void {
  for (const stored of soundEntries(reader, Math.max(0, size - TAIL_ENTRIES), size)) knownEntry(stored);
}

/**
 * The entries with `from <= index < to`, ascending, each with the bytes that were recorded: for whoever hands them on, since
 * what a disk has lost or changed must not leave the plant as its evidence.
 *
 * @throws Failure `LED_FSCK_HOLE`, `LED_FSCK_ENTRY`, `LED_FSCK_BLOCK`.
 */
export function* soundEntries(reader: Pick<LedgerReader, 'entries'>, from: number, to: number): Generator<StoredEntry> {
  let index = from;
  for (const stored of reader.entries(from, to)) {
    if (stored.index !== index) throw holeAt(index);
    refuseUnsound(stored);
    yield stored;
    index += 1;
  }
  if (index < to) throw holeAt(index);
}

function refuseUnsound({ index, bytes, leafHash: leaf, trouble }: StoredEntry): void {
  if (trouble !== undefined) throw refused('LED_FSCK_BLOCK', lostInBlock({ index, trouble }));
  const sentence = `Entry ${index} is not what was recorded: its hash differs.`;
  if (!isEqual(leafHash(bytes), leaf)) throw refused('LED_FSCK_ENTRY', sentence);
}

/**
 * The entry, if its bytes have the hash that the tree holds and this program knows what they mean.
 *
 * @throws Failure `LED_FSCK_ENTRY`, `LED_FSCK_BLOCK`, `LED_FROM_FUTURE`.
 */
export function soundEntry(stored: StoredEntry): Entry {
  refuseUnsound(stored);
  return knownEntry(stored);
}

function knownEntry(stored: StoredEntry): Entry {
  const entry = parse(stored.bytes);
  if (entry === undefined) throw refused('LED_FSCK_ENTRY', `Entry ${stored.index} is no JSON.`);
  if (entry.index !== stored.index) throw refused('LED_FSCK_ENTRY', `Entry ${stored.index} says that it is another.`);
  refuseFuture(entry);
  return entry;
}

function parse(bytes: Uint8Array): Entry | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
  } catch {
    return undefined;
  }
}

export function holeAt(index: number): Failure {
  return refused('LED_FSCK_HOLE', `Entry ${index} is missing.`);
}

function refused(code: string, sentence: string): Failure {
  return new Failure(code, sentence, {
    hint: 'run `forebay ledger fsck`; keep the data folder as it is and restore the latest backup',
    exitCode: 4,
  });
}
