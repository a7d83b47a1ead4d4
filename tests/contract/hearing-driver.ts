import type { Connection, Driver } from '../../core/acquisition/driver.ts';
import type { Clock } from '../../core/model/clock.ts';
import { machineClock } from './driver-host.ts';

const HOUR_MS = 3_600_000;

/**
 * A driver that hears what others publish, made into one that the suite can ask: something is published for each read,
 * and the read waits until it has arrived.
 */
export class HearingDriver {
  readonly clock: Clock;
  #aheadMs = 0;

  constructor() {
    this.clock = { ...machineClock, monotonicMs: () => machineClock.monotonicMs() + this.#aheadMs };
  }

  /** The publisher falls silent: as if an hour passed. */
  fallSilent(): void {
    this.#aheadMs += HOUR_MS;
  }

  wrap(driver: Driver, publish: () => void): Driver {
    return {
      ...driver,
      connect: async (device, host, signal) => {
        const outcome = await driver.connect(device, host, signal);
        if (outcome.kind === 'fault') return outcome;
        return { kind: 'connected', connection: this.#wrapConnection(outcome.connection, publish) };
      },
    };
  }

  #wrapConnection(connection: Connection, publish: () => void): Connection {
    return {
      read: async (points, signal) => {
        const sentAtMs = Date.now();
        if (this.#aheadMs === 0 && !signal.aborted) publish();
        for (;;) {
          const outcomes = await connection.read(points, signal);
          const isOver = outcomes.every((outcome) =>
            outcome.kind === 'miss' ? outcome.fault.policy === 'reconnect' : outcome.readAtMs >= sentAtMs,
          );
          if (this.#aheadMs > 0 || signal.aborted || isOver) return outcomes;
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      },
      counts: () => connection.counts(),
      close: () => connection.close(),
    };
  }
}
