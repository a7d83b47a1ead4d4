import type { z } from 'zod';
import type { Reading } from '../../core/acquisition/reading.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { RecordedReading } from '../../core/store/reading-page.ts';
import { reviewsOfReadings } from '../../core/store/reviews.ts';
import { creditOf } from '../../core/verification/credit.ts';
import { type Review, standingOf } from '../../core/verification/review.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import type { readingSchema } from './schema/reading.ts';
import type { reviewStandingSchema } from './schema/standing.ts';

export type ReadingAnswer = z.infer<typeof readingSchema>;

export type ReviewStanding = z.infer<typeof reviewStandingSchema>;

/**
 * A recorded reading as the API and the command line show it: the reading's own fields beside its verdict, what persons
 * decided on it, and what of its energy is credited.
 */
export function toReadingAnswer(
  { index, recordedAtMs, body }: RecordedReading,
  reviews: readonly Review[],
): ReadingAnswer {
  const { reading, signature, verdict } = body as unknown as Pick<ReadingAnswer, 'signature' | 'verdict'> & {
    readonly reading: Omit<
      ReadingAnswer,
      'index' | 'recordedAt' | 'signature' | 'verdict' | 'review' | 'credit' | 'anchor'
    >;
  };
  return {
    index,
    recordedAt: toIso(recordedAtMs),
    ...reading,
    signature,
    verdict,
    review: toStanding(verdict, reviews),
    credit: creditOf(reading as Reading, verdict, reviews),
    anchor: { state: 'recorded' },
  };
}

/** Recorded readings with their reviews, which take one look at the store for all of them. */
export function toReadingAnswers(store: ReadableStore, readings: readonly RecordedReading[]): ReadingAnswer[] {
  const reviews = reviewsOfReadings(
    store,
    readings.map(({ index }) => index),
  );
  return readings.map((reading) => toReadingAnswer(reading, reviews.get(reading.index) ?? []));
}

function toStanding(verdict: Pick<Verdict, 'status' | 'findings'>, reviews: readonly Review[]): ReviewStanding {
  const standing = standingOf(verdict, reviews);
  const decision = standing.state === 'none' ? null : standing.decision;
  const items = reviews.map(({ index, at, decision: said, reason, by, role, fourEyes }) => ({
    index,
    at,
    decision: said,
    reason,
    by,
    role,
    fourEyes,
  }));
  return { state: standing.state, decision, items };
}
