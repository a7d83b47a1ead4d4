import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { decipherPage, RESERVED_BYTES } from './decipher-page.ts';
import { PAGE_BYTES } from './page-size.ts';
import { readRecord, readVarint, type ScannedValue } from './sqlite-record.ts';
import { PLAIN_FORM, type StoreForm } from './store-form.ts';

/** One row as it lies on a page, whatever table it belongs to. `rowId` is absent in tables without one. */
export interface ScannedRow {
  readonly rowId: number | undefined;
  readonly values: readonly ScannedValue[];
}

/** B-tree pages that hold rows, by their first byte (SQLite file format, section 1.6). */
const TABLE_LEAF = 0x0d;
const INDEX_LEAF = 0x0a;
const INDEX_INTERIOR = 0x02;
const FILE_HEAD_BYTES = 100;
const LOG_HEAD_BYTES = 32;
const FRAME_HEAD_BYTES = 24;

/**
 * Every row that can be found on the pages of a SQLite file or of its write-ahead log, without regard to its header,
 * its schema or the way its pages hang together: all of that may be destroyed. Nothing of it can be trusted before it
 * is held against a hash; a row may come several times. The pages of an encrypted file need its key.
 */
export function* scanPages(path: string, { key }: StoreForm = PLAIN_FORM): Generator<ScannedRow> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const isLog = path.endsWith('-wal');
    const first = isLog ? LOG_HEAD_BYTES + FRAME_HEAD_BYTES : 0;
    const step = isLog ? PAGE_BYTES + FRAME_HEAD_BYTES : PAGE_BYTES;
    const placeOf = isLog ? framesByPage(file, size) : (page: number): number => (page - 1) * PAGE_BYTES;
    const readPageAt = (at: number, number: number): Buffer | undefined => {
      const page = readAt(file, at);
      return page === undefined || key === undefined ? page : decipherPage(key, page, number);
    };
    const numberAt = (at: number): number => (isLog ? frameNumber(file, at - FRAME_HEAD_BYTES) : 1 + at / PAGE_BYTES);
    const pages: Pages = {
      usable: PAGE_BYTES - (key === undefined ? 0 : RESERVED_BYTES),
      read(number) {
        const at = placeOf(number);
        return at === undefined ? undefined : readPageAt(at, number);
      },
    };
    for (let at = first; at < size; at += step) {
      const page = readPageAt(at, numberAt(at));
      if (page !== undefined) yield* rowsOf(page, at === 0 ? FILE_HEAD_BYTES : 0, pages);
    }
  } finally {
    closeSync(file);
  }
}

/** How a row finds what does not fit on its page. */
interface Pages {
  /** Bytes of a page that SQLite writes to. */
  readonly usable: number;
  readonly read: (number: number) => Buffer | undefined;
}

/** Where the latest copy of each page lies in the log. */
function framesByPage(file: number, size: number): (page: number) => number | undefined {
  const places = new Map<number, number>();
  for (let at = LOG_HEAD_BYTES; at + FRAME_HEAD_BYTES < size; at += PAGE_BYTES + FRAME_HEAD_BYTES) {
    places.set(frameNumber(file, at), at + FRAME_HEAD_BYTES);
  }
  return (page) => places.get(page);
}

/** The number of the page whose frame begins there (section 4.1). */
function frameNumber(file: number, at: number): number {
  const head = Buffer.alloc(4);
  readSync(file, head, 0, 4, at);
  return head.readUInt32BE(0);
}

/** A whole page; the last one of a file that was cut off is filled up with zeros. */
function readAt(file: number, at: number): Buffer | undefined {
  const page = Buffer.alloc(PAGE_BYTES);
  return readSync(file, page, 0, PAGE_BYTES, at) === 0 ? undefined : page;
}

function* rowsOf(page: Buffer, headAt: number, pages: Pages): Generator<ScannedRow> {
  const kind = page[headAt];
  if (kind !== TABLE_LEAF && kind !== INDEX_LEAF && kind !== INDEX_INTERIOR) return;
  const cells = page.readUInt16BE(headAt + 3);
  const pointersAt = headAt + (kind === INDEX_INTERIOR ? 12 : 8);
  for (let cell = 0; cell < cells && pointersAt + 2 * cell + 2 <= page.length; cell++) {
    const at = page.readUInt16BE(pointersAt + 2 * cell);
    const row = rowAt(page, kind, at, pages);
    if (row !== undefined) yield row;
  }
}

function rowAt(page: Buffer, kind: number, cellAt: number, pages: Pages): ScannedRow | undefined {
  try {
    let at = kind === INDEX_INTERIOR ? cellAt + 4 : cellAt;
    const length = readVarint(page, at);
    at += length.bytes;
    const rowId = kind === TABLE_LEAF ? readVarint(page, at) : undefined;
    at += rowId?.bytes ?? 0;
    const payload = readPayload(page, at, length.value, kind === TABLE_LEAF, pages);
    return payload === undefined ? undefined : { rowId: rowId?.value, values: readRecord(payload) };
  } catch (error) {
    // What does not parse is no row any more.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Larger than any row of ours: what claims more was not written by us. */
const PAYLOAD_BYTES_MAX = 256 * 1024 * 1024;

/** A row's bytes: what does not fit on its page lies on a chain of others (section 1.6.2). */
function readPayload(
  page: Buffer,
  at: number,
  length: number,
  isTable: boolean,
  { usable, read }: Pages,
): Buffer | undefined {
  if (length > PAYLOAD_BYTES_MAX) return undefined;
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (length <= most) return at + length <= page.length ? page.subarray(at, at + length) : undefined;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((length - least) % (usable - 4));
  const local = wanted <= most ? wanted : least;
  const pieces = [page.subarray(at, at + local)];
  let left = length - local;
  let next = page.readUInt32BE(at + local);
  while (left > 0) {
    const overflow = next === 0 ? undefined : read(next);
    if (overflow === undefined) return undefined;
    const piece = overflow.subarray(4, Math.min(overflow.length, 4 + left));
    pieces.push(piece);
    left -= piece.length;
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(pieces);
}
