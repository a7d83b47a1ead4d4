import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { type Contact, ContactStore } from './contact.ts';
import { applyEvent } from './live-events.ts';
import { followLiveStream } from './live-stream.ts';
import { QUERY_KEYS } from './query-keys.ts';
import { Ticker } from './ticker.ts';

interface Live {
  readonly contact: ContactStore;
  readonly ticker: Ticker;
}

const LiveContext = createContext<Live | undefined>(undefined);

/** Keeps the page in step with the appliance for as long as it is mounted. */
export function LiveProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const queries = useQueryClient();
  const [live] = useState<Live>(() => ({ contact: new ContactStore(), ticker: new Ticker() }));
  useEffect(() => {
    const stop = new AbortController();
    const { contact } = live;
    const listener = {
      opened: () => {
        contact.heard(Date.now());
        void queries.invalidateQueries();
      },
      heard: () => contact.heard(Date.now()),
      event: (event: Parameters<typeof applyEvent>[1]) => applyEvent(queries, event),
      lost: () => contact.lost(),
      refused: () => void queries.invalidateQueries({ queryKey: QUERY_KEYS.session }),
    };
    void followLiveStream(listener, stop.signal);
    return () => stop.abort();
  }, [queries, live]);
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

export function useContact(): Contact {
  const { contact } = useLive();
  return useSyncExternalStore(contact.subscribe, contact.current);
}

/** `performance.now()`, renewed once a second: what ages are computed with. */
export function useSteadyNow(): number {
  const { ticker } = useLive();
  return useSyncExternalStore(ticker.subscribe, ticker.current);
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error('LiveProvider is missing');
  return live;
}
