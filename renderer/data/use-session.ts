import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiProblem, getJson, requestJson } from '../api/client.ts';
import type { Session } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

/** The session, or null when nobody is signed in. */
export function useSession(): UseQueryResult<Session | null> {
  return useQuery({
    queryKey: QUERY_KEYS.session,
    queryFn: async ({ signal }) => {
      try {
        return await getJson<Session>('/session', {}, signal);
      } catch (error) {
        if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) return null;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: true,
    retryDelay: 2000,
  });
}

export interface SessionActions {
  signIn(apiKey: string): Promise<void>;
  signOut(): Promise<void>;
}

export function useSessionActions(): SessionActions {
  const queries = useQueryClient();
  return {
    async signIn(apiKey) {
      const headers = { 'content-type': 'application/json' };
      await requestJson('/session', { method: 'POST', headers, body: JSON.stringify({ apiKey }) });
      await queries.invalidateQueries({ queryKey: QUERY_KEYS.session });
    },
    async signOut() {
      await requestJson('/session', { method: 'DELETE' });
      queries.clear();
      queries.setQueryData(QUERY_KEYS.session, null);
    },
  };
}
