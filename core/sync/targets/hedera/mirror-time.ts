import type { Nanos } from './instant.ts';

/** What the mirror's `Date` header says of our clock. */
export interface MirrorTime {
  /** Consensus time up to which the mirror has taken in what happened. */
  readonly importedUntil: Nanos;
  /** Our clock less that of the mirror; positive when ours is ahead. Absent where an answer has no time of its own. */
  readonly clockOffsetMs?: number;
  /** The offset is true to within so much. */
  readonly uncertaintyMs: number;
}

/** A `Date` header has whole seconds, and was written at some moment of the exchange. One from a cache says nothing. */
export function clockOf({ headers }: Response, begunMs: number, tookMs: number): Omit<MirrorTime, 'importedUntil'> {
  const theirsMs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirsMs) || Number(headers.get('age') ?? 0) > 0) return { uncertaintyMs: Number.POSITIVE_INFINITY };
  return { clockOffsetMs: begunMs + tookMs / 2 - (theirsMs + 500), uncertaintyMs: tookMs / 2 + 500 };
}
