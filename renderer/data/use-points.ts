import { useQuery } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';
import type { PointList } from '../api/types.ts';
import { type HeldPoints, holdPoints } from './live-events.ts';
import { QUERY_KEYS } from './query-keys.ts';

const NOTHING: HeldPoints = new Map();

/** Every point's latest sample or miss, by `device/point`; the stream keeps it moving. */
export function usePoints(): HeldPoints {
  const { data } = useQuery({
    queryKey: QUERY_KEYS.points,
    queryFn: async ({ signal }) => {
      const list = await getJson<PointList>('/points', {}, signal);
      return holdPoints(undefined, list, performance.now());
    },
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
  return data ?? NOTHING;
}
