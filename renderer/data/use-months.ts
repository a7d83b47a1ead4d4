import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, requestJson } from '../api/client.ts';
import type { MonthDetail, MonthList } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

export function useMonths(): UseQueryResult<MonthList> {
  return useQuery({
    queryKey: [...QUERY_KEYS.months],
    queryFn: ({ signal }) => getJson<MonthList>('/months', {}, signal),
  });
}

/** One month, added up from its entries: that takes a while, so it is asked when somebody looks and not again by itself. */
export function useMonth(month: string): UseQueryResult<MonthDetail> {
  return useQuery({
    queryKey: [...QUERY_KEYS.months, month],
    queryFn: ({ signal }) => getJson<MonthDetail>(`/months/${encodeURIComponent(month)}`, {}, signal),
    refetchOnWindowFocus: false,
  });
}

export interface CloseDecision {
  readonly month: string;
  readonly leave: readonly ('gaps' | 'flagged')[];
  readonly why?: string;
  readonly seenNetWh: number;
}

/** Closes a month; what is shown of months is asked anew, also when it was refused. */
export function useCloseMonth(): (decision: CloseDecision) => Promise<void> {
  const queries = useQueryClient();
  return async ({ month, ...body }) => {
    const headers = { 'content-type': 'application/json' };
    try {
      await requestJson(`/months/${encodeURIComponent(month)}/close`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
    } finally {
      void queries.invalidateQueries({ queryKey: QUERY_KEYS.months });
    }
  };
}
