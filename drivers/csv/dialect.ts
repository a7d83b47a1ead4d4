import type { parse } from 'csv-parse/sync';

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', bar: '|' } as const;
export type Delimiter = (typeof DELIMITERS)[keyof typeof DELIMITERS];

/** How the bytes of a file are to be understood as fields. */
export interface Dialect {
  readonly encoding: Encoding;
  readonly delimiter: string;
}

/** csv-parse, which is loaded when the first connection or probe needs it. */
export type ParseCsv = typeof parse;

export async function loadParser(): Promise<ParseCsv> {
  const { parse: parser } = await import('csv-parse/sync');
  return parser;
}

export function unitBytes(encoding: Encoding): 1 | 2 {
  return encoding.startsWith('utf-16') ? 2 : 1;
}

/** The text of `bytes`, or undefined where they are no text in this encoding. */
export function textOf(bytes: Uint8Array, encoding: Encoding): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes of the delimiter, for putting fields together again. */
export function delimiterBytes({ encoding, delimiter }: Dialect): Uint8Array {
  const code = delimiter.charCodeAt(0);
  if (encoding === 'utf-16le') return Uint8Array.of(code, 0);
  return encoding === 'utf-16be' ? Uint8Array.of(0, code) : Uint8Array.of(code);
}

/** The fields of each record in `text`, or undefined where the quotes do not add up. */
export function fieldsOf(text: string, delimiter: string, parser: ParseCsv): string[][] | undefined {
  try {
    return parser(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: false,
      trim: false,
    }) as unknown as string[][];
  } catch {
    return undefined;
  }
}

/** The byte order mark at the start of a file: which encoding it shows, and its length. */
export function byteOrderMark(head: Uint8Array): { encoding: Encoding; bytes: number } | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bytes: 2 };
  return undefined;
}
