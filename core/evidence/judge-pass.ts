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

export type JudgePassCounts = Readonly<Record<JudgedAgainOutcome, number>>;

/**
 * Judges every reading of the range again and compares each verdict with the recorded one. Comes after all other checks:
 * whatever is read here is known to be what the device signed.
 *
 * @throws Refusal `LED_BUNDLE_LAYERS` for a verdict that is not what the layers give
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
  for await (const entry of again(range.to)) {
    const place = placeOf(entry.index, range.from);
    await holdToPlace(place, async () => count(await judge.take(entry, again)));
  }
  count(await judge.finish(again));
  return counts;
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
