import type { DeviceConfig } from '../config/plant.ts';
import { sleep } from '../model/clock.ts';
import type { Fault } from '../model/fault.ts';
import { backoffMs } from './backoff.ts';
import type { DeviceHealth } from './device-health.ts';
import type { Connection, ConnectionCounts, Driver, DriverHost } from './driver.ts';
import type { Cycle, Outcome } from './sample.ts';

/**
 * Polls one device at its own pace. Two loops and no more: one waits for the next slot (a UTC multiple of the period)
 * and reads, the other keeps one connection open. A slot in which nothing can be read still gives a cycle, made of
 * misses with the reason, so that every stretch of time is accounted for. A dead device never delays another one:
 * pollers share nothing.
 */
export interface Poller {
  health(): DeviceHealth;
  /** Ends both loops and closes the connection. */
  stop(): Promise<void>;
}

export interface PollerParts {
  readonly device: DeviceConfig;
  readonly driver: Driver;
  readonly host: DriverHost;
  readonly onCycle: (cycle: Cycle) => void;
  readonly onHealth: (health: DeviceHealth) => void;
}

const CONNECT_DEADLINE_MS = 15_000;
const CYCLE_DEADLINE_MIN_MS = 10_000;
/** What a driver may take after its deadline to answer with misses. */
const DEADLINE_GRACE_MS = 2000;

export function startPoller(parts: PollerParts): Poller {
  const poller = new DevicePoller(parts);
  poller.start();
  return poller;
}

class DevicePoller implements Poller {
  readonly #parts: PollerParts;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #connection: Connection | undefined;
  /** Spent, but not closed yet: nothing is read through it any more. */
  #spentConnection: Connection | undefined;
  #isReading = false;
  #reading: Promise<void> = Promise.resolve();
  #failures = 0;
  #lost: (() => void) | undefined;
  #fault: Fault = CONNECTING;
  #spentCounts: Omit<ConnectionCounts, 'writes'> = { requests: 0, timeouts: 0, strangers: 0 };
  #health: DeviceHealth;

  constructor(parts: PollerParts) {
    this.#parts = parts;
    this.#health = {
      deviceId: parts.device.id,
      state: 'connecting',
      sinceMs: parts.host.clock.wallMs(),
      pointsGood: 0,
      requests: 0,
      timeouts: 0,
      strangers: 0,
      writes: 0,
    };
  }

  start(): void {
    this.#loops.push(this.#keepConnected(), this.#keepPace());
  }

  health(): DeviceHealth {
    return { ...this.#health, ...this.#counts() };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#lost?.();
    await Promise.all(this.#loops);
    await this.#reading;
    await this.#dropConnection();
    this.#report({ state: 'stopped', pointsGood: 0 });
  }

  async #keepConnected(): Promise<void> {
    const { clock, random, log } = this.#parts.host;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const outcome = await this.#connectOnce();
      if (signal.aborted) {
        if (outcome.kind === 'connected') await outcome.connection.close();
        return;
      }
      if (outcome.kind === 'connected') {
        this.#connection = outcome.connection;
        await new Promise<void>((resolve) => {
          this.#lost = resolve;
        });
        await this.#reading;
        await this.#dropConnection();
      } else {
        this.#fault = outcome.fault;
      }
      if (signal.aborted) return;
      this.#failures += 1;
      const waitMs = backoffMs(this.#failures, random);
      const details = { deviceId: this.#parts.device.id, code: this.#fault.code, waitMs };
      // Said once for people; every further attempt is for the log alone.
      const say = this.#failures === 1 ? log.warn : log.info;
      say.call(log, details, `device ${this.#parts.device.id} is down: ${this.#fault.message}`);
      this.#report({ state: 'down', pointsGood: 0, fault: this.#fault, nextAttemptAtMs: clock.wallMs() + waitMs });
      await sleep(clock, waitMs, signal);
    }
  }

  async #connectOnce() {
    const { device, driver, host } = this.#parts;
    return this.#withDeadline(CONNECT_DEADLINE_MS, async (signal) => {
      try {
        return await driver.connect(device, host, signal);
      } catch (error) {
        return { kind: 'fault', fault: driverError(error) } as const;
      }
    });
  }

  async #keepPace(): Promise<void> {
    const { clock } = this.#parts.host;
    const { periodMs } = this.#parts.device;
    const { signal } = this.#stopping;
    let lastSlotMs = Number.NaN;
    while (!signal.aborted) {
      const nowMs = clock.wallMs();
      let slotMs = Math.floor(nowMs / periodMs) * periodMs + periodMs;
      // A timer may fire a moment early; the slot it was set for must not come twice.
      if (slotMs === lastSlotMs) slotMs += periodMs;
      await sleep(clock, slotMs - nowMs, signal);
      if (signal.aborted) return;
      lastSlotMs = slotMs;
      this.#takeSlot(slotMs);
    }
  }

  #takeSlot(slotMs: number): void {
    const connection = this.#connection;
    if (connection === undefined) {
      this.#emit(slotMs, this.#parts.host.clock.wallMs(), this.#misses(this.#fault));
    } else if (this.#isReading) {
      this.#emit(slotMs, this.#parts.host.clock.wallMs(), this.#misses(OVERRUN));
    } else {
      this.#isReading = true;
      this.#reading = this.#readSlot(connection, slotMs).finally(() => {
        this.#isReading = false;
      });
    }
  }

  async #readSlot(connection: Connection, slotMs: number): Promise<void> {
    const { device, host } = this.#parts;
    const startedAtMs = host.clock.wallMs();
    const deadlineMs = Math.max(CYCLE_DEADLINE_MIN_MS, 2 * device.periodMs);
    const read = this.#withDeadline(deadlineMs, async (signal) => {
      try {
        return await connection.read(device.points, signal);
      } catch (error) {
        return this.#misses(driverError(error));
      }
    });
    const outcomes = await this.#orGiveUp(read, deadlineMs + DEADLINE_GRACE_MS);
    if (this.#stopping.signal.aborted) return;
    this.#judgeCycle(outcomes);
    this.#emit(slotMs, startedAtMs, outcomes);
  }

  /** A driver that does not even obey its deadline must not leave the device looking well for ever. */
  async #orGiveUp(read: Promise<readonly Outcome[]>, afterMs: number): Promise<readonly Outcome[]> {
    let cancel = (): void => {};
    const late = new Promise<readonly Outcome[]>((resolve) => {
      cancel = this.#parts.host.clock.after(afterMs, () =>
        resolve(this.#misses(driverError('it ignored its deadline'))),
      );
    });
    try {
      return await Promise.race([read, late]);
    } finally {
      cancel();
    }
  }

  #judgeCycle(outcomes: readonly Outcome[]): void {
    const misses = outcomes.filter((outcome) => outcome.kind === 'miss');
    const pointsGood = outcomes.length - misses.length;
    const [first] = misses;
    const spent = misses.find(({ fault }) => fault.policy === 'reconnect');
    if (pointsGood > 0) this.#failures = 0;
    if (spent !== undefined) {
      this.#fault = spent.fault;
      this.#spentConnection = this.#connection;
      this.#connection = undefined;
      this.#lost?.();
    }
    const state = first === undefined ? 'up' : pointsGood > 0 ? 'degraded' : 'down';
    this.#report({ state, pointsGood, ...(first === undefined ? {} : { fault: first.fault }) });
  }

  async #dropConnection(): Promise<void> {
    const connection = this.#connection ?? this.#spentConnection;
    if (connection === undefined) return;
    const { requests, timeouts, strangers } = this.#counts();
    this.#spentCounts = { requests, timeouts, strangers };
    this.#connection = undefined;
    this.#spentConnection = undefined;
    await connection.close();
  }

  #emit(slotMs: number, startedAtMs: number, outcomes: readonly Outcome[]): void {
    const { device, host, onCycle } = this.#parts;
    const cycleId = `${device.id}-${slotMs}`;
    onCycle({ deviceId: device.id, cycleId, slotMs, startedAtMs, endedAtMs: host.clock.wallMs(), outcomes });
  }

  #misses(fault: Fault): Outcome[] {
    const atMs = this.#parts.host.clock.wallMs();
    return this.#parts.device.points.map(({ ref }) => ({ kind: 'miss', point: ref, fault, atMs }));
  }

  #report(change: Pick<DeviceHealth, 'state' | 'pointsGood' | 'fault' | 'nextAttemptAtMs'>): void {
    const nowMs = this.#parts.host.clock.wallMs();
    const earlier = this.#health;
    const lastGoodAtMs = change.pointsGood > 0 ? nowMs : earlier.lastGoodAtMs;
    this.#health = {
      deviceId: earlier.deviceId,
      sinceMs: change.state === earlier.state ? earlier.sinceMs : nowMs,
      ...change,
      ...this.#counts(),
      ...(lastGoodAtMs === undefined ? {} : { lastGoodAtMs }),
    };
    const isNews = change.state !== earlier.state || change.fault?.code !== earlier.fault?.code;
    if (isNews) this.#parts.onHealth(this.#health);
  }

  #counts(): ConnectionCounts {
    const open = (this.#connection ?? this.#spentConnection)?.counts();
    return {
      requests: this.#spentCounts.requests + (open?.requests ?? 0),
      timeouts: this.#spentCounts.timeouts + (open?.timeouts ?? 0),
      strangers: this.#spentCounts.strangers + (open?.strangers ?? 0),
      writes: 0,
    };
  }

  async #withDeadline<T>(deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const cancel = this.#parts.host.clock.after(deadlineMs, abort);
    this.#stopping.signal.addEventListener('abort', abort, { once: true });
    try {
      return await work(controller.signal);
    } finally {
      cancel();
      this.#stopping.signal.removeEventListener('abort', abort);
    }
  }
}

const CONNECTING: Fault = {
  code: 'ACQ_CONNECTING',
  message: 'The first connection to the device is being made',
  policy: 'retry',
};

const OVERRUN: Fault = {
  code: 'ACQ_OVERRUN',
  message: 'The device had not answered the poll before when this one was due',
  policy: 'retry',
  hint: 'lengthen the period of this device, or look for a slow link',
};

function driverError(error: unknown): Fault {
  const detail = error instanceof Error ? error.message : String(error);
  return { code: 'ACQ_DRIVER_ERROR', message: `The driver failed: ${detail}`, policy: 'reconnect' };
}
