import { cutRecords } from './cut-records.ts';
import { byteOrderMark, DELIMITERS, type Encoding, fieldsOf, type ParseCsv, textOf } from './dialect.ts';

/** How a file seems to be written, and its records. */
export interface Guess {
  readonly encoding: Encoding;
  readonly delimiter: string;
  /** Share of the records that have the usual number of fields, 0 to 1. */
  readonly agreement: number;
  /** The records with the usual number of fields, in order. */
  readonly rows: readonly (readonly string[])[];
  /** The line of the first of them. */
  readonly headerLine: number;
}

/** Looks at the beginning of a file. Undefined where nothing looks like columns. */
export function guessDialect(head: Uint8Array, parser: ParseCsv): Guess | undefined {
  const encoding = guessEncoding(head);
  const guesses = Object.values(DELIMITERS).flatMap((delimiter) => guessWith(head, encoding, delimiter, parser) ?? []);
  // More fields that agree as well speak for a delimiter: a decimal comma makes one field more at most.
  return guesses.sort((a, b) => b.agreement * widthOf(b) - a.agreement * widthOf(a))[0];
}

function guessEncoding(head: Uint8Array): Encoding {
  const mark = byteOrderMark(head);
  if (mark !== undefined) return mark.encoding;
  const zeros = head.subarray(0, 1000).filter((byte) => byte === 0).length;
  if (zeros > head.subarray(0, 1000).length / 4) return head[0] === 0 ? 'utf-16be' : 'utf-16le';
  // The head may end within a letter.
  const isUtf8 = [0, 1, 2, 3].some((less) => textOf(head.subarray(0, head.length - less), 'utf-8') !== undefined);
  return isUtf8 ? 'utf-8' : 'windows-1252';
}

function guessWith(head: Uint8Array, encoding: Encoding, delimiter: string, parser: ParseCsv): Guess | undefined {
  const records = cutRecords(head, { encoding, delimiter }, byteOrderMark(head)?.bytes ?? 0);
  const all = records.map((record) => {
    const text = textOf(head.subarray(record.start, record.end), encoding);
    return text === undefined || text === '' ? [] : (fieldsOf(text, delimiter, parser)?.[0] ?? []);
  });
  const counts = new Map<number, number>();
  for (const { length } of all) if (length > 1) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [usual] = [...counts].sort((a, b) => b[1] - a[1]);
  if (usual === undefined) return undefined;
  const [width, share] = usual;
  const rows = all.filter(({ length }) => length === width);
  return {
    encoding,
    delimiter,
    agreement: share / all.length,
    rows,
    headerLine: all.findIndex(({ length }) => length === width) + 1,
  };
}

function widthOf({ rows }: Guess): number {
  return rows[0]?.length ?? 0;
}
