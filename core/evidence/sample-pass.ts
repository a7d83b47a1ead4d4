import type { Json, JsonObject } from '../model/json.ts';
import { fromHex, toBytes, toHex } from './bytes.ts';
import { asObject, asText, parseCanonical, takeMembers } from './form.ts';
import type { EvidenceMachine } from './machine.ts';
import type { OpenBundle } from './open-bundle.ts';
import { Refusal } from './refusal.ts';
import type { NamedBlock, SampleLoss, SampleLosses } from './sample-losses.ts';

export interface SampleCounts {
  blocks: number;
  /** Blocks that readings name and the plant no longer keeps. */
  gone: number;
  /** Of these, blocks that no entry accounts for. */
  unexplained: number;
  /** The entries that account for the others, and for how many each. */
  explained: readonly { readonly loss: SampleLoss; readonly blocks: number }[];
  /** Samples and misses. */
  samples: number;
  /** Samples whose bytes were decoded again and gave the same value. */
  decoded: number;
  /** Samples whose recipe nobody here can follow. */
  undecoded: number;
}

export interface Redecoded {
  readonly value: number | string;
  /** For counters: the exact value, as decimal text. */
  readonly register?: string;
}

/**
 * The way to decode bytes again that a recipe describes, or undefined for one that is not known. A way gives undefined
 * for bytes that are no value. May throw for a recipe that is malformed.
 */
export type SampleDecoder = (recipe: JsonObject) => ((raw: Uint8Array) => Redecoded | undefined) | undefined;

export interface SamplePassParts {
  readonly bundle: OpenBundle;
  readonly machine: EvidenceMachine;
  /** Each block that the period's readings name, by its digest. Is emptied. */
  readonly expected: Map<string, NamedBlock>;
  readonly losses: SampleLosses;
  readonly decoder: SampleDecoder | undefined;
}

/**
 * Checks the blocks of raw samples against the digests that the signed readings name, and decodes their bytes again.
 *
 * @throws Refusal `LED_BUNDLE_SAMPLES`
 */
export async function checkSamples({
  bundle,
  machine,
  expected,
  losses,
  decoder,
}: SamplePassParts): Promise<SampleCounts> {
  const counts: SampleCounts = {
    ...{ blocks: 0, gone: 0, unexplained: 0, explained: [] },
    ...{ samples: 0, decoded: 0, undecoded: 0 },
  };
  for await (const { text, place } of bundle.lines('samples.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['digest', 'text'], place);
    const digest = asText(line.digest, place);
    const block = asText(line.text, place);
    const named = expected.get(digest);
    if (named === undefined) {
      throw refused(place, 'No reading of the period names this block, or it stands here twice.');
    }
    if (toHex(machine.sha256(toBytes(block))) !== digest) {
      throw refused(place, 'The samples are not those that the reading names.');
    }
    const before = counts.samples;
    new BlockCheck(block, place, decoder).run(counts);
    if (counts.samples - before !== named.outcomes) {
      throw refused(
        place,
        `The block holds ${counts.samples - before} outcomes, and the reading names ${named.outcomes}.`,
      );
    }
    expected.delete(digest);
    counts.blocks += 1;
  }
  Object.assign(counts, accountFor(expected.values(), losses));
  const { v, samples } = bundle.manifest;
  const isSame = samples?.blocks === counts.blocks && samples.gone === counts.gone;
  if (!isSame || (v > 1 && samples.unexplained !== counts.unexplained)) {
    const sentence = `The bundle holds ${counts.blocks} blocks and lacks ${counts.gone}, ${counts.unexplained} of them unexplained.`;
    throw refused('manifest.json samples', sentence);
  }
  return counts;
}

/** What became of blocks that are not there. */
export function accountFor(
  gone: Iterable<NamedBlock>,
  losses: SampleLosses,
): Pick<SampleCounts, 'gone' | 'unexplained' | 'explained'> {
  const byEntry = new Map<SampleLoss, number>();
  let [count, unexplained] = [0, 0];
  for (const block of gone) {
    count += 1;
    const loss = losses.explain(block);
    if (loss === undefined) unexplained += 1;
    else byEntry.set(loss, (byEntry.get(loss) ?? 0) + 1);
  }
  return { gone: count, unexplained, explained: [...byEntry].map(([loss, blocks]) => ({ loss, blocks })) };
}

/** One block of raw samples (docs/ledger.md): head, recipes and polls, a line each. */
class BlockCheck {
  readonly #lines: readonly string[];
  readonly #place: string;
  readonly #decoder: SampleDecoder | undefined;
  readonly #decode = new Map<string, ReturnType<SampleDecoder>>();
  #points: readonly string[] = [];

  constructor(block: string, place: string, decoder: SampleDecoder | undefined) {
    this.#lines = block.split('\n').slice(0, -1);
    this.#place = place;
    this.#decoder = decoder;
  }

  run(counts: SampleCounts): void {
    const [head, ...lines] = this.#lines.map((line) => this.#parse(line));
    const { points } = asObject(head, this.#place);
    if (!Array.isArray(points)) throw refused(this.#place, 'The block has no head that names its points.');
    this.#points = points.map(({ point }: JsonObject) => String(point));
    for (const line of lines) {
      if (Array.isArray(line)) this.#checkPoll(line, counts);
      else this.#takeRecipes(asObject(line, this.#place));
    }
  }

  #parse(line: string): Json {
    try {
      return JSON.parse(line) as Json;
    } catch {
      throw refused(this.#place, 'The block holds a line that is no JSON.');
    }
  }

  #takeRecipes({ recipes }: JsonObject): void {
    if (recipes === undefined || this.#decoder === undefined) return;
    for (const [point, recipe] of Object.entries(asObject(recipes, this.#place))) {
      this.#decode.set(point, this.#follow(asObject(recipe, this.#place)));
    }
  }

  /** A recipe of another version is one that nobody here can follow. */
  #follow(recipe: JsonObject): ReturnType<SampleDecoder> {
    try {
      return this.#decoder?.(recipe);
    } catch {
      return undefined;
    }
  }

  #checkPoll([, , , outcomes]: readonly Json[], counts: SampleCounts): void {
    if (!Array.isArray(outcomes)) throw refused(this.#place, 'The block holds a line that is no poll.');
    counts.samples += outcomes.length;
    for (const [i, outcome] of outcomes.entries()) {
      if (!Array.isArray(outcome)) throw refused(this.#place, 'The block holds an outcome that is none.');
      // A miss has its code alone.
      if (outcome.length > 1) this.#checkSample(this.#points[i] ?? '', outcome, counts);
    }
  }

  #checkSample(point: string, [value, rawHex, , , , register]: readonly Json[], counts: SampleCounts): void {
    const decode = this.#decode.get(point);
    const raw = typeof rawHex === 'string' ? fromHex(rawHex) : undefined;
    if (raw === undefined) throw refused(this.#place, `A sample of ${point} has no bytes.`);
    if (decode === undefined) {
      counts.undecoded += 1;
      return;
    }
    const again = decodeQuietly(decode, raw);
    const isSame = again?.value === value && (register === null || again?.register === register);
    if (!isSame) {
      const sentence = `The bytes of a sample of ${point} do not give ${String(value)} by their recipe.`;
      throw refused(this.#place, sentence);
    }
    counts.decoded += 1;
  }
}

function decodeQuietly(decode: (raw: Uint8Array) => Redecoded | undefined, raw: Uint8Array): Redecoded | undefined {
  try {
    return decode(raw);
  } catch {
    return undefined;
  }
}

function refused(place: string, sentence: string): Refusal {
  return new Refusal('LED_BUNDLE_SAMPLES', place, sentence);
}
