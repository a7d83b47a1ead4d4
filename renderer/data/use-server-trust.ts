import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, requestJson } from '../api/client.ts';
import type { ServerTrust } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

/** A server may show another certificate at any attempt; what a person compares must be the latest. */
const REFRESH_MS = 5000;

/** What the server of a device shows and what it is trusted with. */
export function useServerTrust(deviceId: string): UseQueryResult<ServerTrust> {
  return useQuery({
    queryKey: [...QUERY_KEYS.serverTrust, deviceId],
    queryFn: ({ signal }) => getJson<ServerTrust>(pathOf(deviceId), {}, signal),
    refetchInterval: REFRESH_MS,
  });
}

/** Trusts the certificate of that thumbprint, and no other that the server may show meanwhile. */
export function useTrustServer(deviceId: string): (thumbprint: string) => Promise<void> {
  const queries = useQueryClient();
  return async (thumbprint) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ thumbprint });
    const trust = await requestJson<ServerTrust>(pathOf(deviceId), { method: 'POST', headers, body });
    queries.setQueryData([...QUERY_KEYS.serverTrust, deviceId], trust);
  };
}

function pathOf(deviceId: string): string {
  return `/devices/${encodeURIComponent(deviceId)}/trust`;
}
