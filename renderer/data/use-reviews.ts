import {
  type InfiniteData,
  keepPreviousData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { getJson, requestJson } from '../api/client.ts';
import type { ExpectedList, Reading, ReadingPage } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

export interface ReviewFilter {
  readonly state: 'open' | 'decided';
  readonly unit?: string | undefined;
}

const PAGE_LENGTH = 50;

/** Readings that wait for a person, or that persons decided on, oldest first, page by page. */
export function useReviewPages(filter: ReviewFilter): UseInfiniteQueryResult<InfiniteData<ReadingPage>> {
  return useInfiniteQuery({
    queryKey: [...QUERY_KEYS.reviews, filter],
    queryFn: ({ pageParam, signal }) =>
      getJson<ReadingPage>('/reviews', { ...filter, limit: PAGE_LENGTH, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export interface ReviewDraft {
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
  /** How many reviews the person had before them: a further one meanwhile is refused as a conflict. */
  readonly seen: number;
}

/** Records a decision on the reading and brings every page up to date, also when it was refused. */
export function useReviewReading(index: number): (draft: ReviewDraft) => Promise<void> {
  const queries = useQueryClient();
  return async (draft) => {
    const headers = { 'content-type': 'application/json' };
    try {
      await requestJson<Reading>(`/readings/${index}/review`, { method: 'POST', headers, body: JSON.stringify(draft) });
    } finally {
      for (const queryKey of [QUERY_KEYS.readings, QUERY_KEYS.reviews, QUERY_KEYS.status]) {
        void queries.invalidateQueries({ queryKey });
      }
    }
  };
}

/** The power of the unit's readings up to this one beside what their water should have given. */
export function useExpectedPower(index: number): UseQueryResult<ExpectedList> {
  return useQuery({
    queryKey: [...QUERY_KEYS.readings, 'expected', index],
    queryFn: ({ signal }) => getJson<ExpectedList>(`/readings/${index}/expected`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
