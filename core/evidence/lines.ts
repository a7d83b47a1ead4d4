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
  // Joined once where the line ends: joining at every piece would cost the square of a long line.
  let pieces: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  const take = (piece: Uint8Array): void => {
    length += piece.length;
    if (length > lineBytesMax) throw badLine(name, number, 'is longer than any such line may be');
    pieces.push(piece);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, end));
      const [only] = pieces;
      yield toLine(name, number, pieces.length === 1 && only !== undefined ? only : joinBytes(...pieces));
      pieces = [];
      length = 0;
      number += 1;
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.slice(from));
  }
  if (length > 0) throw badLine(name, number, 'does not end with a line feed');
}

function toLine(name: string, number: number, bytes: Uint8Array): Line {
  const text = toText(bytes);
  if (text === undefined) throw badLine(name, number, 'is not UTF-8');
  return { bytes, text, place: `${name} line ${number}` };
}

function badLine(name: string, number: number, what: string): Refusal {
  return new Refusal('LED_BUNDLE_FORM', `${name} line ${number}`, `The line ${what}.`);
}
