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
import type {
  BatchDetail,
  BatchPage,
  BatchProof,
  BatchReadings,
  DeliveryList,
  FoundBatches,
  Mainnet,
  Sync,
  SyncCosts,
} from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

/** A target that goes away says nothing, so what the lanes found is asked for beside the events. */
const REFRESH_MS = 5000;
const PAGE_LENGTH = 50;
const PARKED_MAX = 100;

export type BatchFilter = 'all' | 'open' | 'parked';

export function useSync(): UseQueryResult<Sync> {
  return useQuery({
    queryKey: [...QUERY_KEYS.sync, 'targets'],
    queryFn: ({ signal }) => getJson<Sync>('/sync', {}, signal),
    refetchInterval: REFRESH_MS,
  });
}

/** Batches, newest first, page by page. */
export function useBatchPages(filter: BatchFilter): UseInfiniteQueryResult<InfiniteData<BatchPage>> {
  return useInfiniteQuery({
    queryKey: [...QUERY_KEYS.sync, 'batches', filter],
    queryFn: ({ pageParam, signal }) =>
      getJson<BatchPage>('/sync/batches', { filter, limit: PAGE_LENGTH, before: pageParam }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.nextBefore ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useFoundBatches(what: string): UseQueryResult<FoundBatches> {
  return useQuery({
    queryKey: [...QUERY_KEYS.sync, 'find', what],
    queryFn: ({ signal }) => getJson<FoundBatches>('/sync/find', { what }, signal),
  });
}

export function useBatch(index: number): UseQueryResult<BatchDetail> {
  return useQuery({
    queryKey: [...QUERY_KEYS.sync, 'batch', index],
    queryFn: ({ signal }) => getJson<BatchDetail>(`/sync/batches/${index}`, {}, signal),
  });
}

export function useBatchReadings(index: number): UseInfiniteQueryResult<InfiniteData<BatchReadings>> {
  return useInfiniteQuery({
    queryKey: [...QUERY_KEYS.sync, 'readings', index],
    queryFn: ({ pageParam, signal }) =>
      getJson<BatchReadings>(`/sync/batches/${index}/readings`, { limit: PAGE_LENGTH, after: pageParam }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.nextAfter ?? undefined,
  });
}

/** What of a target waits for a person, oldest first. */
export function useParked(target: string): UseQueryResult<DeliveryList> {
  return useQuery({
    queryKey: [...QUERY_KEYS.sync, 'parked', target],
    queryFn: ({ signal }) =>
      getJson<DeliveryList>(
        `/sync/${encodeURIComponent(target)}/deliveries`,
        { state: 'parked', limit: PARKED_MAX },
        signal,
      ),
  });
}

export function useCosts(): UseQueryResult<SyncCosts> {
  return useQuery({
    queryKey: [...QUERY_KEYS.sync, 'costs'],
    queryFn: ({ signal }) => getJson<SyncCosts>('/sync/costs', {}, signal),
  });
}

/** Whether plant.yaml leads to the mainnet of Hedera, what that costs, and who confirmed it. */
export function useMainnet(): UseQueryResult<Mainnet> {
  return useQuery({
    queryKey: [...QUERY_KEYS.sync, 'mainnet'],
    queryFn: ({ signal }) => getJson<Mainnet>('/sync/mainnet', {}, signal),
  });
}

export function proveBatch(index: number, reading?: number): Promise<BatchProof> {
  return post<BatchProof>(`/sync/batches/${index}/prove`, reading === undefined ? {} : { reading });
}

export interface DeliveryDecision {
  readonly target: string;
  readonly batch: number;
  readonly act: 'retry' | 'park';
  readonly reason?: string;
}

export interface DeliveryActs {
  readonly tryAll: () => Promise<void>;
  readonly decide: (decision: DeliveryDecision) => Promise<void>;
  /** `account`: the one that pays, as the person typed it. */
  readonly confirmMainnet: (account: string) => Promise<void>;
}

/** What an operator does about deliveries; every page is brought up to date, also when it was refused. */
export function useDeliveryActs(): DeliveryActs {
  const queries = useQueryClient();
  const acting = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await act();
    } finally {
      for (const queryKey of [QUERY_KEYS.sync, QUERY_KEYS.status, QUERY_KEYS.readings]) {
        void queries.invalidateQueries({ queryKey });
      }
    }
  };
  return {
    tryAll: () => acting(() => post('/sync/run', {})),
    confirmMainnet: (account) => acting(() => post('/sync/mainnet', { account })),
    decide: ({ target, batch, act, reason }) =>
      acting(() =>
        post(`/sync/${encodeURIComponent(target)}/deliveries/${batch}/${act}`, act === 'park' ? { reason } : {}),
      ),
  };
}

function post<Answer>(path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return requestJson<Answer>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}
