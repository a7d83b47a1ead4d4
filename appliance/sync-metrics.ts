import type { Counter, Gauge, Registry } from 'prom-client';
import { LINK_STATES } from '../core/sync/link.ts';
import type { Status } from './api/view.ts';
import { counter, gauge } from './metric-figures.ts';

type Target = Status['targets'][number];

/** What waits for each target and how the deliveries went. What is not known is absent, not 0. */
export function syncFigures(registry: Registry): (status: Status) => void {
  const gauges = targetGauges(registry);
  const counters = targetCounters(registry);
  const failures = counter(registry, 'sync_failures_total', 'Failed attempts since the store began, by fault', [
    'target',
    'code',
  ]);
  const takeOverLink = linkFigures(registry);
  return ({ targets, link }) => {
    takeOverLink(link);
    for (const { figure } of [...gauges, ...counters]) figure.reset();
    failures.reset();
    for (const target of targets) {
      const label = { target: target.name };
      for (const { figure, of } of gauges) {
        const value = of(target);
        if (value !== null) figure.set(label, value);
      }
      for (const { figure, of } of counters) figure.inc(label, of(target));
      for (const [code, count] of Object.entries(target.failures)) failures.inc({ ...label, code }, count);
    }
  };
}

function linkFigures(registry: Registry): (link: Status['link']) => void {
  const state = gauge(registry, 'sync_link_state', '1 for the state of the way out of the plant', ['state']);
  const left = gauge(registry, 'sync_link_left_bytes', 'What of the day is left on a metered link', []);
  return (link) => {
    state.reset();
    left.remove();
    if (link === null) return;
    for (const name of LINK_STATES) state.set({ state: name }, link.state === name ? 1 : 0);
    if (link.budget !== null) left.set(link.budget.leftBytes);
  };
}

interface TargetGauge {
  readonly figure: Gauge<'target'>;
  readonly of: (target: Target) => number | null;
}

function targetGauges(registry: Registry): readonly TargetGauge[] {
  const one = (name: string, help: string, of: TargetGauge['of']): TargetGauge => ({
    figure: gauge(registry, name, help, ['target']),
    of,
  });
  return [
    one('target_waiting', 'Batches that wait for the target', ({ waiting }) => waiting),
    one('sync_waiting_bytes', 'Bytes of the messages that wait', ({ waitingBytes }) => waitingBytes),
    one('sync_oldest_seconds', 'Age of the oldest batch that is not delivered', ({ oldestAgeS }) => oldestAgeS),
    one('sync_parked', 'Batches that wait for a person', ({ parked }) => parked),
    one('sync_unknown', 'Batches that may have arrived', ({ unknown }) => unknown),
    one('sync_last_contact_timestamp_seconds', 'When the target last answered', ({ lastContactAt }) =>
      lastContactAt === null ? null : Date.parse(lastContactAt) / MS_PER_S,
    ),
    one('sync_due', 'Deliveries that should be at the target by now', ({ success }) => success.due),
    one('sync_confirmed', 'Of these, the ones with a receipt', ({ success }) => success.confirmed),
    one('sync_success_ratio', 'Confirmed of the due deliveries; absent while none is due', ({ success }) =>
      success.due === 0 ? null : success.confirmed / success.due,
    ),
    one('sync_carried', 'Batches on a carried disk that nobody confirmed', ({ carrier }) => carrier?.onDisk ?? null),
  ];
}

const MS_PER_S = 1000;

interface TargetCounter {
  readonly figure: Counter<'target'>;
  readonly of: (target: Target) => number;
}

function targetCounters(registry: Registry): readonly TargetCounter[] {
  const one = (name: string, help: string, of: TargetCounter['of']): TargetCounter => ({
    figure: counter(registry, name, help, ['target']),
    of,
  });
  return [
    one('sync_delivered_total', 'Batches of which the target gave its receipt', ({ delivered }) => delivered),
    one('sync_attempts_total', 'Attempts since the store began', ({ attempts }) => attempts),
    one('sync_retries_total', 'Attempts at what had been tried before', ({ retries }) => retries),
  ];
}
