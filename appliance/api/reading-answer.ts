import type { z } from 'zod';
import type { Reading } from '../../core/acquisition/reading.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { RecordedReading } from '../../core/store/reading-page.ts';
import { reviewsOfReading, reviewsOfReadings } from '../../core/store/reviews.ts';
import { type Anchor, anchorsOf, RECORDED } from '../../core/sync/anchor.ts';
import { creditOf } from '../../core/verification/credit.ts';
import { type Review, standingOf } from '../../core/verification/review.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { receiverWord } from '../courier/receiver-word.ts';
import type { readingSchema } from './schema/reading.ts';
import type { reviewStandingSchema } from './schema/standing.ts';

export type ReadingAnswer = z.infer<typeof readingSchema>;

export type ReviewStanding = z.infer<typeof reviewStandingSchema>;

/** A reading that has just been recorded: nothing has been decided on it, and no batch holds it yet. */
export function toNewReadingAnswer(reading: RecordedReading): ReadingAnswer {
  return toAnswer(reading, [], RECORDED);
}

/** A recorded reading as it stands now. */
export function toReadingAnswer(store: ReadableStore, reading: RecordedReading): ReadingAnswer {
  const reviews = reviewsOfReading(store, reading.index);
  return toAnswer(
    reading,
    reviews,
    toAnchor(reading.index, reviews, anchorsOf(store, allIndexes([reading], reviews), receiverWord(store))),
  );
}

/** Recorded readings as they stand now, which takes one look at the store for all their reviews and one for all batches. */
export function toReadingAnswers(store: ReadableStore, readings: readonly RecordedReading[]): ReadingAnswer[] {
  const found = reviewsOfReadings(
    store,
    readings.map(({ index }) => index),
  );
  const anchors = anchorsOf(store, allIndexes(readings, [...found.values()].flat()), receiverWord(store));
  return readings.map((reading) => {
    const reviews = found.get(reading.index) ?? [];
    return toAnswer(reading, reviews, toAnchor(reading.index, reviews, anchors));
  });
}

function allIndexes(readings: readonly RecordedReading[], reviews: readonly Review[]): number[] {
  return [...readings, ...reviews].map(({ index }) => index);
}

/** How far the reading is, and beside it the newest decision on it, which is an entry of its own. */
function toAnchor(
  index: number,
  reviews: readonly Review[],
  anchors: ReadonlyMap<number, Anchor>,
): ReadingAnswer['anchor'] {
  const anchor = anchors.get(index) ?? RECORDED;
  const newest = reviews.at(-1);
  if (newest === undefined) return anchor;
  const { state, batch } = anchors.get(newest.index) ?? RECORDED;
  return { ...anchor, review: { index: newest.index, state, ...(batch === undefined ? {} : { batch }) } };
}

/** The reading's own fields beside its verdict, what persons decided on it, and what of its energy is credited. */
function toAnswer(
  { index, recordedAtMs, body }: RecordedReading,
  reviews: readonly Review[],
  anchor: ReadingAnswer['anchor'],
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
    anchor,
  };
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
