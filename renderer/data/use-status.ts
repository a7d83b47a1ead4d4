import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';
import type { Status } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

/** The status as answered, with the console's own steady clock (`performance.now()`) at that moment. */
export interface HeldStatus extends Status {
  readonly receivedAtMs: number;
}

/** Events keep it fresh; this pace is for what no event tells, such as the disk. */
const REFRESH_MS = 10_000;

export function useStatus(): UseQueryResult<HeldStatus> {
  return useQuery({
    queryKey: QUERY_KEYS.status,
    queryFn: async ({ signal }): Promise<HeldStatus> => {
      const status = await getJson<Status>('/status', {}, signal);
      return { ...status, receivedAtMs: performance.now() };
    },
    refetchInterval: REFRESH_MS,
  });
}
