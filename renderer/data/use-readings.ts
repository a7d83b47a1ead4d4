import {
  type InfiniteData,
  keepPreviousData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { getJson } from '../api/client.ts';
import type { Reading, ReadingPage } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

export interface ReadingFilter {
  readonly unit?: string | undefined;
  readonly status?: Reading['verdict']['status'] | undefined;
  /** ISO 8601 UTC */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const PAGE_LENGTH = 50;

/** Readings, newest first, page by page. */
export function useReadingPages(filter: ReadingFilter): UseInfiniteQueryResult<InfiniteData<ReadingPage>> {
  return useInfiniteQuery({
    queryKey: [...QUERY_KEYS.readings, 'pages', filter],
    queryFn: ({ pageParam, signal }) =>
      getJson<ReadingPage>('/readings', { ...filter, order: 'desc', limit: PAGE_LENGTH, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** The newest readings, of one unit or of all. */
export function useLatestReadings(limit: number, unit?: string): UseQueryResult<Reading[]> {
  return useQuery({
    queryKey: [...QUERY_KEYS.readings, 'latest', unit ?? null, limit],
    queryFn: async ({ signal }) => {
      const page = await getJson<ReadingPage>('/readings', { unit, order: 'desc', limit }, signal);
      return page.items;
    },
    placeholderData: keepPreviousData,
  });
}
