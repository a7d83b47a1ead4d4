import type { QueryClient } from '@tanstack/react-query';
import type { DeviceStatus, PointList } from '../api/types.ts';
import type { HeldPoint } from '../judgement/freshness.ts';
import type { StreamEvent } from './event-stream.ts';
import { QUERY_KEYS } from './query-keys.ts';
import type { HeldStatus } from './use-status.ts';

export type HeldPoints = ReadonlyMap<string, HeldPoint>;

/** `held` with the points of `list` put in, as of now. */
export function holdPoints(held: HeldPoints | undefined, list: PointList, steadyNowMs: number): HeldPoints {
  const next = new Map(held);
  for (const given of list.items) {
    // The stream leaves out what does not change.
    const where = given.where ?? next.get(given.point)?.point.where;
    const point = where === undefined ? given : { ...given, where };
    next.set(point.point, { point, receivedAtMs: steadyNowMs });
  }
  return next;
}

/** Puts what an event says into what the console holds. An event of a newer appliance that it does not know is skipped. */
export function applyEvent(queries: QueryClient, event: StreamEvent): void {
  switch (event.name) {
    case 'sample': {
      const list = JSON.parse(event.data) as PointList;
      queries.setQueryData<HeldPoints>(QUERY_KEYS.points, (held) => holdPoints(held, list, performance.now()));
      return;
    }
    case 'reading':
    case 'review':
      refresh(queries, 'readings');
      refresh(queries, 'reviews');
      refresh(queries, 'status');
      return;
    case 'device':
      applyDevice(queries, JSON.parse(event.data) as DeviceStatus);
      return;
    case 'ledger':
      applyLedger(queries, JSON.parse(event.data) as { size: number; root: string; at: string });
      return;
    case 'sync':
      refresh(queries, 'sync');
      refresh(queries, 'readings');
      refresh(queries, 'status');
      return;
    case 'alarm':
      refresh(queries, 'status');
      return;
  }
}

function applyDevice(queries: QueryClient, device: DeviceStatus): void {
  const former = queries.getQueryData<HeldStatus>(QUERY_KEYS.status)?.devices.find(({ id }) => id === device.id);
  queries.setQueryData<HeldStatus>(QUERY_KEYS.status, (status) => {
    if (status === undefined) return status;
    return { ...status, devices: status.devices.map((known) => (known.id === device.id ? device : known)) };
  });
  // What the units do follows from their devices, and only the status says it.
  if (former !== undefined && former.state !== device.state) refresh(queries, 'status');
}

function applyLedger(queries: QueryClient, { size, root, at }: { size: number; root: string; at: string }): void {
  queries.setQueryData<HeldStatus>(QUERY_KEYS.status, (status) => {
    if (status === undefined) return status;
    return { ...status, ledger: { ...status.ledger, size, root, lastRecordedAt: at } };
  });
  refresh(queries, 'checkpoint');
}

function refresh(queries: QueryClient, name: keyof typeof QUERY_KEYS): void {
  void queries.invalidateQueries({ queryKey: QUERY_KEYS[name] });
}
