import { asText, parseCanonical } from './form.ts';
import type { OpenBundle } from './open-bundle.ts';

/** So much text of blocks is kept: those of one interval are named by all of its units' readings. */
const KEPT_CHARACTERS_MAX = 64 * 1024 * 1024;

/**
 * The blocks of raw samples beside the readings that name them, in one walk: a bundle holds them in the order in which they
 * are first named. One that is not there, or stands elsewhere, is not found.
 */
export class BlockReader {
  readonly #lines: AsyncIterator<{ readonly text: string; readonly place: string }>;
  readonly #kept = new Map<string, string>();
  readonly #absent = new Set<string>();
  #characters = 0;
  #next: { readonly digest: string; readonly text: string } | 'unread' | undefined = 'unread';

  constructor(bundle: OpenBundle) {
    this.#lines = bundle.lines('samples.ndjson')[Symbol.asyncIterator]();
  }

  /** The texts of all these blocks, or undefined where one is not found. */
  async find(digests: readonly string[]): Promise<readonly string[] | undefined> {
    const found: string[] = [];
    for (const digest of digests) {
      const text = this.#kept.get(digest) ?? (await this.#take(digest));
      if (text === undefined) this.#absent.add(digest);
      else found.push(text);
    }
    return found.length === digests.length ? found : undefined;
  }

  async #take(digest: string): Promise<string | undefined> {
    if (this.#absent.has(digest)) return undefined;
    const next = this.#next === 'unread' ? await this.#read() : this.#next;
    this.#next = next?.digest === digest ? 'unread' : next;
    if (next?.digest !== digest) return undefined;
    const { text } = next;
    this.#keep(digest, text);
    return text;
  }

  async #read(): Promise<{ digest: string; text: string } | undefined> {
    const step = await this.#lines.next();
    if (step.done === true) return undefined;
    const { text, place } = step.value;
    const line = parseCanonical(text, place);
    return { digest: asText(line.digest, place), text: asText(line.text, place) };
  }

  #keep(digest: string, text: string): void {
    this.#kept.set(digest, text);
    this.#characters += text.length;
    for (const [oldest, held] of this.#kept) {
      if (this.#characters <= KEPT_CHARACTERS_MAX || oldest === digest) return;
      this.#kept.delete(oldest);
      this.#characters -= held.length;
    }
  }
}
