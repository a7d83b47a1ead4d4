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
  let rest: Uint8Array = new Uint8Array(0);
  let number = 1;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      const piece = chunk.subarray(from, end);
      yield toLine(name, number, rest.length === 0 ? piece : joinBytes(rest, piece));
      rest = new Uint8Array(0);
      number += 1;
      from = end + 1;
    }
    if (from < chunk.length) rest = rest.length === 0 ? chunk.slice(from) : joinBytes(rest, chunk.subarray(from));
    if (rest.length > lineBytesMax) throw badLine(name, number, 'is longer than any such line may be');
  }
  if (rest.length > 0) throw badLine(name, number, 'does not end with a line feed');
}

function toLine(name: string, number: number, bytes: Uint8Array): Line {
  const text = toText(bytes);
  if (text === undefined) throw badLine(name, number, 'is not UTF-8');
  return { bytes, text, place: `${name} line ${number}` };
}

function badLine(name: string, number: number, what: string): Refusal {
  return new Refusal('LED_BUNDLE_FORM', `${name} line ${number}`, `The line ${what}.`);
}
