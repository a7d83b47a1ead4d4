import { Failure } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import { bytesOfNamed, parseEntry } from './entries.ts';
import type { ReadableStore } from './handle.ts';

export interface RecordedReading {
  readonly index: number;
  readonly recordedAtMs: number;
  /** Body of the entry: `{ reading, signature, verdict }`. */
  readonly body: JsonObject;
}

/** The reading of a row of `readings`. @throws Failure `STO_ENTRY_DAMAGED` */
export function readingAt(store: ReadableStore, idx: number): RecordedReading {
  const { index, at, body } = parseEntry(bytesOfNamed(store, idx));
  return { index, recordedAtMs: Date.parse(at), body };
}

/** Where in the order of time a page of readings ended; each unit has one reading that begins then. */
export interface ReadingKey {
  readonly fromMs: number;
  readonly unitId: string;
}

export function writeCursor({ fromMs, unitId }: ReadingKey): string {
  return Buffer.from(JSON.stringify([fromMs, unitId]), 'utf8').toString('base64url');
}

/** @throws Failure `STO_BAD_CURSOR` for a cursor that is not one of ours. */
export function readCursor(cursor: string): ReadingKey {
  try {
    const [fromMs, unitId] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (Number.isSafeInteger(fromMs) && typeof unitId === 'string') return { fromMs: fromMs as number, unitId };
  } catch {
    // Falls through to the one answer for every malformed cursor.
  }
  throw new Failure('STO_BAD_CURSOR', 'The cursor is not one that a page of readings gave.', {
    hint: 'start again without a cursor',
    exitCode: 2,
  });
}
