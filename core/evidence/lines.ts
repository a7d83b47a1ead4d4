import { joinBytes, toText } from './bytes.ts';
import { Refusal } from './refusal.ts';

const LINE_FEED = 0x0a;

export interface Line {
  /** Without its line feed. */
  readonly bytes: Uint8Array;
  readonly text: string;
  /** `entries.ndjson line 3`, for people. */
  readonly place: string;
}

/**
 * The lines of a file that comes in pieces, one at a time. Every line ends with a line feed, the last one too.
 *
 * @throws Refusal `LED_BUNDLE_FORM` for a line that is no UTF-8, too long or not ended.
 */
export async function* splitLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<Line> {
  for await (const lines of splitLineRuns(name, chunks, lineBytesMax)) yield* lines;
}

/** The same in runs of lines that are there without waiting. A run is read to its end before the next one. */
export async function* splitLineRuns(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<Iterable<Line>> {
  const splitter = new LineSplitter(name, lineBytesMax);
  for await (const chunk of chunks) yield splitter.take(chunk);
  splitter.end();
}

class LineSplitter {
  readonly #name: string;
  readonly #lineBytesMax: number;
  /** Joined once where the line ends: joining at every piece would cost the square of a long line. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  #number = 1;

  constructor(name: string, lineBytesMax: number) {
    this.#name = name;
    this.#lineBytesMax = lineBytesMax;
  }

  *take(chunk: Uint8Array): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      this.#add(chunk.subarray(from, end));
      const [only] = this.#pieces;
      const bytes = this.#pieces.length === 1 && only !== undefined ? only : joinBytes(...this.#pieces);
      yield toLine(this.#name, this.#number, bytes);
      this.#pieces = [];
      this.#length = 0;
      this.#number += 1;
      from = end + 1;
    }
    if (from < chunk.length) this.#add(chunk.slice(from));
  }

  end(): void {
    if (this.#length > 0) throw badLine(this.#name, this.#number, 'does not end with a line feed');
  }

  #add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#lineBytesMax)
      throw badLine(this.#name, this.#number, 'is longer than any such line may be');
    this.#pieces.push(piece);
  }
}

function toLine(name: string, number: number, bytes: Uint8Array): Line {
  const text = toText(bytes);
  if (text === undefined) throw badLine(name, number, 'is not UTF-8');
  return { bytes, text, place: `${name} line ${number}` };
}

function badLine(name: string, number: number, what: string): Refusal {
  return new Refusal('LED_BUNDLE_FORM', `${name} line ${number}`, `The line ${what}.`);
}
