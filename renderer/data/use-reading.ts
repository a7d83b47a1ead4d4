import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { ApiProblem, getJson } from '../api/client.ts';
import type { Entry, Reading, ReadingPage } from '../api/types.ts';
import { QUERY_KEYS } from './query-keys.ts';

/** Where a reading entry says which reading it is. */
interface ReadingEntryBody {
  readonly reading?: { readonly unitId: string; readonly from: string; readonly to: string };
}

export interface RecordedReading {
  readonly entry: Entry;
  readonly reading: Reading;
}

/** The reading at a ledger index, together with the entry that holds it. */
export function useReading(index: number): UseQueryResult<RecordedReading> {
  return useQuery({
    queryKey: [...QUERY_KEYS.readings, 'one', index],
    queryFn: async ({ signal }) => {
      const entry = await getJson<Entry>(`/ledger/entries/${index}`, {}, signal);
      const { reading: named } = (entry.entry.body ?? {}) as ReadingEntryBody;
      if (entry.kind !== 'reading' || named === undefined) throw notAReading(index, entry.kind);
      const query = { unit: named.unitId, from: named.from, to: named.to, limit: 10 };
      const page = await getJson<ReadingPage>('/readings', query, signal);
      const reading = page.items.find((item) => item.index === index);
      if (reading === undefined) throw notAReading(index, entry.kind);
      return { entry, reading };
    },
  });
}

function notAReading(index: number, kind: string): ApiProblem {
  const detail = `Entry ${index} of the ledger is of the kind ${kind} and holds no reading.`;
  return new ApiProblem({ status: 404, code: 'API_NOT_FOUND', detail });
}
