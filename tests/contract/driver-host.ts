import { performance } from 'node:perf_hooks';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { Log } from '../../core/model/log.ts';
import { silentLog } from '../../core/model/log.ts';
import { seededRandom } from '../../core/model/random.ts';

/** The machine's own clocks, for tests that talk to a real socket. */
export const machineClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** What a driver is given by the appliance, with a seeded source of randomness. */
export function driverHost(seed: number, log: Log = silentLog): DriverHost {
  return { clock: machineClock, random: seededRandom(seed), log };
}

/** The seed of a random test: from FOREBAY_SEED when it is set, else a new one. Printed, so that a failure can be replayed. */
export function announceSeed(test: string): number {
  const seed = Number(process.env.FOREBAY_SEED ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`SEED=${seed} ${test}\n`);
  return seed;
}
