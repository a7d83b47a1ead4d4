import type { Reading } from '../acquisition/reading.ts';
import { BlockReader } from './block-reader.ts';
import type { BundleEntry } from './entry-line.ts';
import { asText, parseCanonical } from './form.ts';
import { holdToPlace } from './hold-to-place.ts';
import type { LedgerFrame } from './ledger-frame.ts';
import type { OpenBundle } from './open-bundle.ts';
import { Refusal } from './refusal.ts';

/**
 * Whoever can run the layers again: the program that judged, with the very same code. It is told the texts first, then
 * the entries in their order, and remembers what an appliance would.
 */
export interface VerdictJudge {
  takeSettings(digest: string, text: string): void;
  takeModel(digest: string, text: string): void;
  /**
   * The next entry; gives what can be said with it of this reading or of those just before it. `again` gives the entries
   * before it once more, for a judge that has to begin anew under another configuration.
   */
  take(entry: JudgedEntry, again: EntriesAgain): Promise<readonly JudgedAgain[]>;
  /** Computes the values of the reading taken last again, from its blocks of raw samples. */
  compute(entry: JudgedEntry, blocks: readonly string[]): ComputedAgain;
  /** What is left to be said after the last entry. */
  finish(again: EntriesAgain): Promise<readonly JudgedAgain[]>;
}

export type JudgedEntry = Pick<BundleEntry, 'index' | 'kind' | 'at' | 'body'>;
/** The entries below an index that a judge is told, in their order. */
export type EntriesAgain = (belowIndex: number) => AsyncIterable<JudgedEntry>;

export interface JudgedAgain {
  /** Of the reading's entry. */
  readonly index: number;
  readonly outcome: JudgedAgainOutcome;
  /** Where the verdict is another one: what the recorded one says and what the layers give. */
  readonly difference?: string;
}

export const JUDGED_AGAIN_OUTCOMES = [
  /** The layers give the recorded verdict, bit for bit. */
  'same',
  /** So they do, had the interval been closed by its end; by the entry's own time it was closed before that. */
  'same-if-closed-later',
  /** They give another one, and all that the judgement rests on is in the bundle. */
  'differs',
  /** They give another one, and not all of the history that the judgement rests on is in the bundle. */
  'differs-without-history',
  /** It was judged by another version of the rules than this program has. */
  'other-rules',
  /** Settings, configuration or model in force are not in the bundle, or not readable to this program. */
  'without-basis',
] as const;
export type JudgedAgainOutcome = (typeof JUDGED_AGAIN_OUTCOMES)[number];

/** `differs`: the quantity, by the field of the reading, whose samples give something else. */
export type ComputedAgain =
  | { readonly outcome: 'same' | 'not-computable' }
  | { readonly outcome: 'differs'; readonly field: string };

export interface JudgePassCounts extends Readonly<Record<JudgedAgainOutcome, number>> {
  /** Readings of the period by what their raw samples gave; absent in a bundle without raw samples. */
  readonly values?: { readonly same: number; readonly 'not-computable': number; readonly 'without-samples': number };
}

/**
 * Judges every reading of the range again and compares each verdict with the recorded one. Comes after all other checks:
 * whatever is read here is known to be what the device signed.
 *
 * @throws Refusal `LED_BUNDLE_LAYERS` for a verdict that is not what the layers give, `LED_BUNDLE_VALUES` for values that are not
 * what the raw samples give
 */
export async function judgeAgain(
  bundle: OpenBundle,
  { context }: Pick<LedgerFrame, 'context'>,
  judge: VerdictJudge,
): Promise<JudgePassCounts> {
  for await (const { text, place } of bundle.lines('settings.ndjson')) {
    const line = parseCanonical(text, place);
    judge.takeSettings(asText(line.digest, place), asText(line.text, place));
  }
  for await (const { text, place } of bundle.lines('models.ndjson')) {
    const line = parseCanonical(text, place);
    judge.takeModel(asText(line.digest, place), asText(line.text, place));
  }
  const { range } = bundle.manifest;
  const counts = Object.fromEntries(JUDGED_AGAIN_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    JudgedAgainOutcome,
    number
  >;
  const count = (judged: readonly JudgedAgain[]): void => {
    for (const each of judged) {
      if (each.outcome === 'differs') throw otherVerdict(each, range.from);
      counts[each.outcome] += 1;
    }
  };
  const again: EntriesAgain = (belowIndex) => entriesOf(bundle, context, belowIndex);
  const values = bundle.manifest.samples === undefined ? undefined : new ValuePass(bundle, judge);
  for await (const entry of again(range.to)) {
    const place = placeOf(entry.index, range.from);
    await holdToPlace(place, async () => {
      count(await judge.take(entry, again));
      await values?.take(entry, place);
    });
  }
  await holdToPlace('entries.ndjson', async () => count(await judge.finish(again)));
  return { ...counts, ...(values === undefined ? {} : { values: values.counts }) };
}

/** The readings of the period beside their raw samples. */
class ValuePass {
  readonly counts = { same: 0, 'not-computable': 0, 'without-samples': 0 };
  readonly #blocks: BlockReader;
  readonly #judge: VerdictJudge;
  readonly #periodMs: { readonly fromMs: number; readonly toMs: number };

  constructor(bundle: OpenBundle, judge: VerdictJudge) {
    const { from, to } = bundle.manifest.period;
    this.#blocks = new BlockReader(bundle);
    this.#judge = judge;
    this.#periodMs = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  }

  async take(entry: JudgedEntry, place: string): Promise<void> {
    if (entry.kind !== 'reading') return;
    const { from, to, samples } = entry.body.reading as unknown as Reading;
    if (Date.parse(from) < this.#periodMs.fromMs || Date.parse(to) > this.#periodMs.toMs) return;
    const blocks = await this.#blocks.find(samples.map(({ digest }) => digest));
    if (blocks === undefined || blocks.length === 0) {
      this.counts['without-samples'] += 1;
      return;
    }
    const again = this.#judge.compute(entry, blocks);
    if (again.outcome === 'differs') {
      throw new Refusal('LED_BUNDLE_VALUES', place, `The raw samples of this reading do not give its ${again.field}.`);
    }
    this.counts[again.outcome] += 1;
  }
}

async function* entriesOf(
  bundle: OpenBundle,
  context: LedgerFrame['context'],
  belowIndex: number,
): AsyncGenerator<JudgedEntry> {
  const { range } = bundle.manifest;
  for (const entry of context.values()) if (entry.index < Math.min(range.from, belowIndex)) yield entry;
  for await (const { text } of bundle.lines('entries.ndjson')) {
    const entry = JSON.parse(text) as JudgedEntry;
    if (entry.index >= belowIndex) return;
    yield entry;
  }
}

function placeOf(index: number, rangeFrom: number): string {
  return `entries.ndjson line ${index - rangeFrom + 1} (entry ${index})`;
}

function otherVerdict({ index, difference = '' }: JudgedAgain, rangeFrom: number): Refusal {
  const sentence = `The layers do not give this verdict: ${difference}.`;
  return new Refusal('LED_BUNDLE_LAYERS', placeOf(index, rangeFrom), sentence);
}
