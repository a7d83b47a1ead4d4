import type { ConnectionCounts } from './driver.ts';

export const NOTHING_COUNTED: ConnectionCounts = { requests: 0, timeouts: 0, strangers: 0, writes: 0 };

/** What two connections, one after the other, counted together. */
export function sumCounts(a: ConnectionCounts, b: ConnectionCounts): ConnectionCounts {
  return {
    requests: a.requests + b.requests,
    timeouts: a.timeouts + b.timeouts,
    strangers: a.strangers + b.strangers,
    writes: 0,
  };
}
