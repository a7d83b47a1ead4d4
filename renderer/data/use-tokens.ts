import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, requestJson } from '../api/client.ts';
import type { MintProof, Tokens } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

/** What is being minted changes without an event. */
const REFRESH_MS = 5000;

const ASKED = {
  queryKey: [...QUERY_KEYS.tokens],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => getJson<Tokens>('/tokens', {}, signal),
};

export function useTokens(): UseQueryResult<Tokens> {
  return useQuery({ ...ASKED, refetchInterval: REFRESH_MS });
}

/** Whether the plant mints certificates, or ever did; asked once, since plant.yaml is read at the start. */
export function useHasCertificates(): boolean {
  const { data } = useQuery({ ...ASKED, staleTime: Number.POSITIVE_INFINITY });
  return data !== undefined && (data.setup !== null || data.minted.mints > 0);
}

export function proveMint(index: number): Promise<MintProof> {
  return post<MintProof>(`/tokens/mints/${index}/prove`, {});
}

export type MintDecision =
  | { readonly act: 'propose'; readonly month: string; readonly plan: string }
  | { readonly act: 'approve' | 'withdraw'; readonly plan: string };

/** What a person decides about mints; the page is brought up to date, also when it was refused. */
export function useMintDecision(): (decision: MintDecision) => Promise<void> {
  const queries = useQueryClient();
  return async (decision) => {
    try {
      if (decision.act === 'propose') {
        await post('/tokens/plans', { month: decision.month, plan: decision.plan });
      } else {
        await post(`/tokens/plans/${decision.plan}/${decision.act}`, {});
      }
    } finally {
      void queries.invalidateQueries({ queryKey: QUERY_KEYS.tokens });
    }
  };
}

function post<Answer>(path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return requestJson<Answer>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}
