import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { VerdictStatus } from '../core/verification/verdict.ts';
import type { Status } from './api/view.ts';
import { counter, gauge } from './metric-figures.ts';
import { syncFigures } from './sync-metrics.ts';
import { type TokenFigures, tokenFigures } from './tokens/token-metrics.ts';

/** What the appliance counts for Prometheus. Base units; every name begins with `forebay_`. */
export interface Metrics {
  /** A reading was recorded. */
  countReading(status: VerdictStatus): void;
  /** Values were read well. */
  countSamples(count: number): void;
  /** A value was not read; `fault` is the fault's code. */
  countMiss(fault: string): void;
  /** A push came; `result` is `recorded`, or the code with which it was refused. */
  countPush(result: string): void;
  /** From the moment a poll was due until it began. */
  observePollDelay(seconds: number): void;
  /** From the end of an interval until its readings were recorded. */
  observeIntervalClose(seconds: number): void;
  observeRequest(request: ServedRequest): void;
  /** All figures in the Prometheus text format; what `status` knows is taken over first. */
  expose(status: Status, streamClients: number, tokens: TokenFigures | undefined): Promise<string>;
  readonly contentType: string;
}

export interface ServedRequest {
  readonly method: string;
  /** The route's pattern, never the address itself. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

const CLOSE_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];
/** 0.1 is the budget: a poll on time begins within 100 ms of its slot. */
const DELAY_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const REQUEST_BUCKETS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];
const VERDICTS: readonly VerdictStatus[] = ['APPROVED', 'FLAGGED', 'REJECTED'];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'forebay_' });
  const flow = flowFigures(registry);
  const http = httpFigures(registry);
  const takeOver = statusFigures(registry);
  const takeOverTokens = tokenFigures(registry);
  const clients = gauge(registry, 'stream_clients', 'Open event streams');
  return {
    countReading: (status) => flow.readings.inc({ status }),
    countSamples: (count) => flow.samples.inc(count),
    countMiss: (fault) => flow.misses.inc({ fault }),
    countPush: (result) => flow.pushes.inc({ result }),
    observePollDelay: (seconds) => flow.delay.observe(seconds),
    observeIntervalClose: (seconds) => flow.close.observe(seconds),
    observeRequest: ({ method, route, status, seconds }) => {
      http.requests.inc({ method, route, status: String(status) });
      http.duration.observe({ method, route }, seconds);
    },
    expose: (status, streamClients, tokens) => {
      takeOver(status);
      takeOverTokens(tokens);
      clients.set(streamClients);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function flowFigures(registry: Registry) {
  const readings = counter(registry, 'readings_total', 'Readings recorded since the start', ['status']);
  // A figure that has not happened yet is 0, not absent.
  for (const status of VERDICTS) readings.inc({ status }, 0);
  return {
    readings,
    samples: counter(registry, 'samples_total', 'Values read well since the start'),
    pushes: counter(registry, 'pushes_total', 'Pushes since the start, by what became of them', ['result']),
    misses: counter(registry, 'misses_total', 'Values not read since the start, by fault', ['fault']),
    delay: new Histogram({
      name: 'forebay_poll_delay_seconds',
      help: 'From the moment a poll was due until it began',
      buckets: DELAY_BUCKETS,
      registers: [registry],
    }),
    close: new Histogram({
      name: 'forebay_interval_close_seconds',
      help: 'From the end of an interval until its readings were recorded',
      buckets: CLOSE_BUCKETS,
      registers: [registry],
    }),
  };
}

function httpFigures(registry: Registry) {
  return {
    requests: counter(registry, 'http_requests_total', 'Answered requests', ['method', 'route', 'status']),
    duration: new Histogram({
      name: 'forebay_http_request_seconds',
      help: 'Time from a request to its answer',
      labelNames: ['method', 'route'],
      buckets: REQUEST_BUCKETS,
      registers: [registry],
    }),
  };
}

/** Figures that the appliance keeps anyway are read from its status when somebody asks. */
function statusFigures(registry: Registry): (status: Status) => void {
  const up = gauge(registry, 'device_up', '1 while every point of the device is read well', ['device']);
  const pointsGood = gauge(registry, 'device_points_good', 'Points of the device that are read well', ['device']);
  const requests = counter(registry, 'device_requests_total', 'Requests sent to the device', ['device']);
  const attempts = counter(registry, 'device_attempts_total', 'Connection attempts to the device', ['device']);
  const skipped = counter(registry, 'device_skipped_total', 'Polls left out: this computer was too busy', ['device']);
  const deviceClock = gauge(registry, 'device_clock_offset_seconds', "The device's time less ours", ['device']);
  const trust = gauge(registry, 'clock_trust', '1 for the trust in the clock of this computer', ['trust']);
  const offset = gauge(registry, 'clock_offset_seconds', 'Time of the time servers less ours; absent when unknown', []);
  const timeouts = counter(registry, 'device_timeouts_total', 'Requests without an answer in time', ['device']);
  const strangers = counter(registry, 'device_strangers_total', 'Answers that belonged to no request', ['device']);
  const writes = counter(registry, 'device_writes_total', 'Writes to the device; always 0', ['device']);
  const ledgerSize = gauge(registry, 'ledger_entries', 'Entries in the ledger');
  const ledgerReadings = gauge(registry, 'ledger_readings', 'Readings in the ledger');
  const toReview = gauge(registry, 'readings_to_review', 'Readings that wait for a person');
  const free = gauge(registry, 'disk_free_bytes', 'Free space where the data folder lies');
  const total = gauge(registry, 'disk_size_bytes', 'Size of the disk where the data folder lies');
  const store = gauge(registry, 'store_bytes', 'Size of the store');
  const takeOverStore = storeFigures(registry);
  const takeOverSync = syncFigures(registry);
  return (status) => {
    for (const figure of [up, pointsGood, requests, attempts, skipped, timeouts, strangers, writes, deviceClock, trust])
      figure.reset();
    for (const device of status.devices) {
      const label = { device: device.id };
      up.set(label, device.state === 'up' ? 1 : 0);
      pointsGood.set(label, device.pointsGood);
      requests.inc(label, device.requests);
      attempts.inc(label, device.attempts);
      skipped.inc(label, device.skipped);
      if (device.clock !== undefined) deviceClock.set(label, device.clock.offsetMs / 1000);
      timeouts.inc(label, device.timeouts);
      strangers.inc(label, device.strangers);
      writes.inc(label, device.writes);
    }
    takeOverSync(status);
    trust.set({ trust: status.clock.trust }, 1);
    offset.remove();
    if (status.clock.offsetMs !== null) offset.set(status.clock.offsetMs / 1000);
    ledgerSize.set(status.ledger.size);
    ledgerReadings.set(status.ledger.readings);
    toReview.set(status.reviews.open);
    free.set(status.disk.freeBytes);
    total.set(status.disk.totalBytes);
    store.set(status.disk.storeBytes);
    takeOverStore(status);
  };
}

/** How long the disk lasts and how old the last backup is. What is not known is absent, not 0. */
function storeFigures(registry: Registry): (status: Status) => void {
  const kept = gauge(registry, 'disk_kept', '0 while this is given up for want of space', ['what']);
  const growth = gauge(registry, 'store_growth_bytes_per_day', 'Measured growth of the store', []);
  const left = gauge(registry, 'disk_left_seconds', 'Until the disk is full at the measured growth', []);
  const lastGood = gauge(registry, 'backup_last_good_timestamp_seconds', 'When the last good backup was begun', []);
  const overdue = gauge(registry, 'backup_overdue', '1 while the last good backup is too old');
  const failures = counter(registry, 'backup_failures_total', 'Backups that failed since the start');
  const otherHistory = gauge(
    registry,
    'ledger_other_history',
    "1 while another history under the ledger's key is seen",
  );
  const checkedAt = gauge(registry, 'ledger_check_timestamp_seconds', 'When the whole ledger was last checked', []);
  const holds = gauge(
    registry,
    'ledger_check_holds',
    '0 while the last whole check found what does not hold, or damage is suspected',
    [],
  );
  return ({ disk, backup, ledger: { check } }) => {
    kept.set({ what: 'derived' }, disk.keepsDerived ? 1 : 0);
    kept.set({ what: 'samples' }, disk.keepsSamples ? 1 : 0);
    for (const figure of [growth, left, lastGood, checkedAt, holds]) figure.remove();
    if (disk.growthBytesPerDay !== null) growth.set(disk.growthBytesPerDay);
    if (disk.daysLeft !== null) left.set(disk.daysLeft * 86_400);
    if (backup.lastGoodAt !== null) lastGood.set(Date.parse(backup.lastGoodAt) / 1000);
    if (check.lastAt !== null) checkedAt.set(Date.parse(check.lastAt) / 1000);
    if (check.state !== 'never') holds.set(check.state === 'ok' ? 1 : 0);
    overdue.set(backup.state === 'overdue' ? 1 : 0);
    failures.reset();
    failures.inc(backup.failures);
    otherHistory.set(backup.otherHistory === null ? 0 : 1);
  };
}
