import type { Verdict } from '../api/types.ts';

/** The filters of the readings page as they stand in its address. */
export interface ReadingSearch {
  readonly unit?: string | undefined;
  readonly status?: Verdict['status'] | undefined;
  /** A calendar day in the zone shown, `2026-11-20`. */
  readonly day?: string | undefined;
}

export const VERDICT_STATUSES = ['APPROVED', 'FLAGGED', 'REJECTED'] as const satisfies readonly Verdict['status'][];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What of an address is a filter; the rest is left out. */
export function readingSearchOf(search: Record<string, unknown>): ReadingSearch {
  const { unit, status, day } = search;
  return {
    ...(typeof unit === 'string' && unit !== '' && { unit }),
    ...(VERDICT_STATUSES.includes(status as Verdict['status']) && { status: status as Verdict['status'] }),
    ...(typeof day === 'string' && DAY.test(day) && { day }),
  };
}
