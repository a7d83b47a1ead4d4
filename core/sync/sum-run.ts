import type { Reading } from '../acquisition/reading.ts';
import type { JsonObject } from '../model/json.ts';
import { creditOf } from '../verification/credit.ts';
import type { Review } from '../verification/review.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { Attestation, ReadingSpan } from './attestation.ts';

/** One entry of the run, as it is recorded. */
export interface SealedEntry {
  readonly index: number;
  readonly kind: string;
  readonly body: JsonObject;
}

export interface ReviewedReading {
  readonly reading: Reading;
  readonly verdict: Verdict;
  /** All its reviews, oldest first. */
  readonly reviews: readonly Review[];
}

/** What the ledger holds besides the run. */
export interface RunFacts {
  /** The reading that stands at `index`, with its reviews. */
  readingAt(index: number): ReviewedReading;
  /** The digest over several models' digests. */
  digestOf(models: readonly string[]): string;
}

export type RunSums = Pick<Attestation, 'counts' | 'creditedWh' | 'reviewedWh' | 'rules' | 'models' | 'span'> & {
  readonly readings: number;
};

/**
 * What a run of entries `[first, end)` comes to: the readings in it as they stand at its end, and what the persons'
 * decisions in it changed of readings before it. Summed over all runs, credited and reviewed energy are what is credited
 * at the end of the last one. Holds one entry at a time.
 */
export function sumRun(entries: Iterable<SealedEntry>, first: number, end: number, facts: RunFacts): RunSums {
  const counts = { approved: 0, flagged: 0, rejected: 0 };
  const rules = new Set<string>();
  const models = new Set<string>();
  const reviewed = new Set<number>();
  let readings = 0;
  let creditedWh = 0;
  let span: ReadingSpan | null = null;
  for (const { index, kind, body } of entries) {
    if (kind === 'review' && Number(body.readingIndex) < first) reviewed.add(Number(body.readingIndex));
    if (kind !== 'reading') continue;
    const { reading, verdict, reviews } = facts.readingAt(index);
    readings += 1;
    counts[COUNTED[verdict.status]] += 1;
    rules.add(verdict.engine.version);
    if (verdict.engine.model !== undefined) models.add(verdict.engine.model);
    creditedWh += creditOf(reading, verdict, until(reviews, end)).creditedWh;
    span = widen(span, reading);
  }
  let reviewedWh = 0;
  for (const index of reviewed) {
    const { reading, verdict, reviews } = facts.readingAt(index);
    reviewedWh += creditOf(reading, verdict, until(reviews, end)).creditedWh;
    reviewedWh -= creditOf(reading, verdict, until(reviews, first)).creditedWh;
  }
  const versions = { rules: [...rules].toSorted(), models: digestOf(models, facts) };
  return { readings, counts, creditedWh, reviewedWh, ...versions, span };
}

/** The span with one more reading in it: readings may come late and in any order, and each unit has its own. */
function widen(span: ReadingSpan | null, { from, to }: Pick<Reading, 'from' | 'to'>): ReadingSpan {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (span === null) return { fromMs, toMs };
  return { fromMs: Math.min(span.fromMs, fromMs), toMs: Math.max(span.toMs, toMs) };
}

const COUNTED = { APPROVED: 'approved', FLAGGED: 'flagged', REJECTED: 'rejected' } as const;

function until(reviews: readonly Review[], end: number): readonly Review[] {
  return reviews.filter(({ index }) => index < end);
}

function digestOf(models: ReadonlySet<string>, facts: RunFacts): string | null {
  const all = [...models].toSorted();
  return all.length < 2 ? (all[0] ?? null) : facts.digestOf(all);
}
