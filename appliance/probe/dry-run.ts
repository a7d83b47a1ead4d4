import type { ConnectionCounts, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome, Sample } from '../../core/acquisition/sample.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';

/** What a device answered while it was watched. */
export interface DeviceWatch {
  readonly device: DeviceConfig;
  /** The first sample and the last outcome of each point, how many reads gave a value, and the sum of those values. */
  readonly points: readonly PointTally[];
  /** Why there is no connection, if there is none. */
  readonly fault?: Fault;
  readonly requests: number;
  readonly sent: Readonly<Record<string, number>>;
}

export interface PointTally {
  readonly first?: Sample;
  readonly last?: Outcome;
  readonly samples: number;
  readonly reads: number;
  readonly sum: number;
}

/** How long one connect or read may take. */
const READ_MS_MAX = 15_000;

/**
 * Reads a device through its real driver for a while, as the appliance would, and keeps nothing but what it shows at
 * the end. A connection that is spent is opened again with the next read.
 */
export async function watchDevice(
  device: DeviceConfig,
  driver: Driver,
  host: DriverHost,
  forMs: number,
  signal: AbortSignal,
): Promise<DeviceWatch> {
  const untilMs = host.clock.monotonicMs() + forMs;
  const tallies = device.points.map(() => ({ samples: 0, reads: 0, sum: 0 }) as Tally);
  const sums = { requests: 0, sent: {} as Record<string, number> };
  let fault: Fault | undefined;
  while (!signal.aborted) {
    const opened = await driver.connect(device, host, within(signal));
    if (opened.kind === 'fault') fault = opened.fault;
    else {
      fault = undefined;
      const { connection } = opened;
      for (let isUsable = true; isUsable && !signal.aborted; ) {
        const outcomes = await connection.read(device.points, within(signal));
        for (const [at, outcome] of outcomes.entries()) note(tallies[at], outcome);
        isUsable = !outcomes.some((outcome) => outcome.kind === 'miss' && outcome.fault.policy === 'reconnect');
        if (host.clock.monotonicMs() + device.periodMs > untilMs) break;
        await sleep(host.clock, device.periodMs, signal);
      }
      addCounts(sums, connection.counts());
      await connection.close();
    }
    if (host.clock.monotonicMs() + device.periodMs > untilMs) break;
    await sleep(host.clock, Math.max(device.periodMs, 1000), signal);
  }
  return { device, points: tallies, ...sums, ...(fault === undefined ? {} : { fault }) };
}

function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(READ_MS_MAX)]);
}

type Tally = { -readonly [Key in keyof PointTally]: PointTally[Key] };

function note(tally: Tally | undefined, outcome: Outcome): void {
  if (tally === undefined) return;
  tally.reads += 1;
  tally.last = outcome;
  if (outcome.kind === 'miss') return;
  tally.samples += 1;
  tally.first ??= outcome;
  if (typeof outcome.value === 'number') tally.sum += outcome.value;
}

function addCounts(sums: { requests: number; sent: Record<string, number> }, counts: ConnectionCounts): void {
  sums.requests += counts.requests;
  for (const [name, count] of Object.entries(counts.sent ?? {})) sums.sent[name] = (sums.sent[name] ?? 0) + count;
}
