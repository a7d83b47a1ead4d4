import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';
import type { Checkpoint, Entry, InclusionProof } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

export function useCheckpoint(): UseQueryResult<Checkpoint> {
  return useQuery({ queryKey: QUERY_KEYS.checkpoint, queryFn: ({ signal }) => fetchCheckpoint(signal) });
}

/** An entry never changes, so it is asked for once. */
export function useEntry(index: number): UseQueryResult<Entry> {
  return useQuery(entryQuery(index));
}

/** The entries `[from, to)`, newest first; without the entry while it is on its way. */
export function useEntries(from: number, to: number): { index: number; entry: Entry | undefined }[] {
  const indexes = Array.from({ length: Math.max(0, to - from) }, (_, i) => to - 1 - i);
  const answers = useQueries({ queries: indexes.map(entryQuery) });
  return indexes.map((index, i) => ({ index, entry: answers[i]?.data }));
}

function entryQuery(index: number): { queryKey: unknown[]; queryFn: () => Promise<Entry>; staleTime: number } {
  return {
    queryKey: [...QUERY_KEYS.entry, index],
    queryFn: () => getJson<Entry>(`/ledger/entries/${index}`),
    staleTime: Number.POSITIVE_INFINITY,
  };
}

export function fetchCheckpoint(signal?: AbortSignal): Promise<Checkpoint> {
  return getJson<Checkpoint>('/ledger/checkpoint', {}, signal);
}

export function fetchInclusionProof(index: number, size: number): Promise<InclusionProof> {
  return getJson<InclusionProof>('/ledger/proof', { index, size });
}
