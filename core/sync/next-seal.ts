import { alignDown } from '../model/time.ts';
import { ALONE_AFTER_MS, GRACE_MS, RUN_ENTRIES_MAX, type SealedUntil, type SealMode } from './sealer.ts';

/** What says when the next run will be sealed. */
export interface UnsealedFacts {
  readonly mode: SealMode;
  readonly until: SealedUntil;
  /** Entries of the ledger. */
  readonly size: number;
  readonly nowMs: number;
  /** The oldest entries from `until.end` on that somebody would seal, ascending: `UNSEALED_SHOWN_MAX` and one at most. */
  readonly news: readonly { readonly index: number; readonly kind: string }[];
  /** The end of the reading's interval. */
  readonly readingToMs: (index: number) => number;
}

export interface NextSeal {
  /** Entries that are in no batch, without batches and receipts themselves: `UNSEALED_SHOWN_MAX` at most. */
  readonly entries: number;
  /** There are more than `entries`. */
  readonly isMore: boolean;
  /** When the next of them are sealed at the latest while the appliance runs; now where that is due. */
  readonly atMs: number;
  /** A reading that is recorded before takes them along. */
  readonly isWithReading: boolean;
}

/** More are not counted: so many are sealed in several runs anyway. */
export const UNSEALED_SHOWN_MAX = RUN_ENTRIES_MAX;

/** When `seal` will seal what is in no batch yet, by the same rules; undefined where nothing waits for it. */
export function nextSeal(facts: UnsealedFacts): NextSeal | undefined {
  const { mode, news, nowMs } = facts;
  if (news.length === 0) return undefined;
  const counts = { entries: Math.min(news.length, UNSEALED_SHOWN_MAX), isMore: news.length > UNSEALED_SHOWN_MAX };
  if (mode.kind === 'merkle') return { ...counts, atMs: periodDueMs(facts, mode.everyMs), isWithReading: false };
  const isDue = facts.size - facts.until.end > RUN_ENTRIES_MAX || news.some(({ kind }) => kind === 'reading');
  const atMs = isDue ? nowMs : Math.max(nowMs, facts.until.toMs + ALONE_AFTER_MS);
  return { ...counts, atMs, isWithReading: atMs > nowMs };
}

function periodDueMs({ until, nowMs, news, readingToMs }: UnsealedFacts, everyMs: number): number {
  const endedMs = alignDown(nowMs - GRACE_MS, everyMs);
  const isDue = endedMs > until.toMs || until.toMs > nowMs;
  const endMs = isDue ? endedMs : alignDown(until.toMs, everyMs) + everyMs;
  const [oldest] = news;
  const toMs = oldest?.kind === 'reading' ? readingToMs(oldest.index) : endMs;
  // A reading that goes on past the period waits for the end of its own; one that is later than the clock waits for none.
  const sealedForMs =
    toMs > endMs && toMs <= Math.max(nowMs, endMs + GRACE_MS) ? alignDown(toMs - 1, everyMs) + everyMs : endMs;
  return Math.max(nowMs, sealedForMs + GRACE_MS);
}
