import type { ReviewConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { projectReading, projectVerdict } from '../core/ledger/projection.ts';
import { Failure } from '../core/model/failure.ts';
import { readEntry } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { reviewsOfReading } from '../core/store/reviews.ts';
import { checkReview, type ReviewProposal } from '../core/verification/review-rules.ts';
import { type ReadingAnswer, toReadingAnswer } from './api/reading-answer.ts';

export interface ReviewRequest extends Omit<ReviewProposal, 'decision'> {
  readonly readingIndex: number;
  readonly decision: ReviewProposal['decision'];
}

export interface ReviewActionParts {
  readonly config: { readonly review?: ReviewConfig };
  readonly store: ReadableStore;
  readonly nowMs: () => number;
  /** Records the entry, or throws and keeps nothing. */
  readonly record: (entry: NewEntry) => unknown;
}

/**
 * Records a person's decision on a reading. Nothing recorded changes: what counts follows from all its reviews.
 *
 * @throws Failure `REV_...`, or of the store; nothing is recorded then.
 */
export function recordReview(parts: ReviewActionParts, request: ReviewRequest): ReadingAnswer {
  const { store, config } = parts;
  const { readingIndex, decision, by, account } = request;
  const entry = readEntry(store, readingIndex);
  if (entry === undefined) throw noReading(`The ledger has no entry ${readingIndex}.`);
  if (entry.kind !== 'reading') throw noReading(`Entry ${readingIndex} is a ${entry.kind} and no reading.`);
  const { toMs, unitId } = projectReading(entry);
  const reviews = reviewsOfReading(store, readingIndex);
  const reviewed = { index: readingIndex, toMs, verdict: projectVerdict(entry), reviews };
  const check = checkReview(request, reviewed, parts.nowMs());
  if (check.kind === 'refused') {
    const { code, message, hint } = check.refusal;
    throw new Failure(code, message, { hint, exitCode: 2 });
  }
  const { reason, role } = check;
  const fourEyes = config.review?.fourEyes ?? false;
  parts.record({
    kind: 'review',
    body: { v: 1, readingIndex, unitId, decision, reason, by, account, role, fourEyes },
  });
  const recorded = { index: readingIndex, recordedAtMs: Date.parse(entry.at), body: entry.body };
  return toReadingAnswer(store, recorded);
}

function noReading(sentence: string): Failure {
  return new Failure('REV_NO_READING', sentence, {
    hint: 'take the index from `forebay reviews` or the page To review',
    exitCode: 2,
  });
}
