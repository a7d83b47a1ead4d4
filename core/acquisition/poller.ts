import type { DeviceConfig } from '../config/plant.ts';
import type { Fault } from '../model/fault.ts';
import { ConnectionKeeper, type EndedRead } from './connection-keeper.ts';
import type { DeviceHealth } from './device-health.ts';
import type { Driver, DriverHost } from './driver.ts';
import { missEach } from './poll-faults.ts';
import { PollPace } from './poll-pace.ts';
import type { Cycle, Outcome } from './sample.ts';

/**
 * Polls one device at its own pace: one chain of slots, and one owner of the connection. A slot in which nothing can
 * be read still gives a cycle, made of misses with the reason, so that every stretch of time is accounted for. A dead
 * device never delays another one: pollers share nothing.
 */
export interface Poller {
  readonly deviceId: string;
  health(): DeviceHealth;
  /** Somebody has just mended what kept the connection from being made: does not wait for the next attempt's turn. */
  askNow(): void;
  /** Ends the slots and closes the connection. Nothing is reported after it but the health `stopped`. */
  stop(): Promise<void>;
}

export interface PollerParts {
  readonly device: DeviceConfig;
  readonly driver: Driver;
  readonly host: DriverHost;
  readonly onCycle: (cycle: Cycle) => void;
  readonly onHealth: (health: DeviceHealth) => void;
}

export function startPoller(parts: PollerParts): Poller {
  const poller = new DevicePoller(parts);
  poller.start();
  return poller;
}

/** What of a device's health is told as news; the rest is asked of keeper and pace. */
type Standing = Pick<DeviceHealth, 'state' | 'sinceMs' | 'pointsGood' | 'fault' | 'lastGoodAtMs'>;

class DevicePoller implements Poller {
  readonly #parts: PollerParts;
  readonly #keeper: ConnectionKeeper;
  readonly #pace: PollPace;
  #standing: Standing;
  #stopped: Promise<void> | undefined;

  constructor(parts: PollerParts) {
    const { device, driver, host } = parts;
    this.#parts = parts;
    this.#standing = { state: 'connecting', sinceMs: host.clock.wallMs(), pointsGood: 0 };
    this.#keeper = new ConnectionKeeper({
      device,
      driver,
      host,
      onRead: (ended) => this.#onRead(ended),
      onRefused: (fault) => this.#report({ state: 'down', pointsGood: 0, fault }),
    });
    this.#pace = new PollPace({
      clock: host.clock,
      periodMs: device.periodMs,
      onSlot: (slotMs) => this.#onSlot(slotMs),
    });
  }

  get deviceId(): string {
    return this.#parts.device.id;
  }

  askNow(): void {
    this.#keeper.askNow();
  }

  start(): void {
    this.#keeper.start();
    this.#pace.start();
  }

  health(): DeviceHealth {
    const { device, host } = this.#parts;
    const { nextAttemptMs } = this.#keeper;
    const inMs = nextAttemptMs === undefined ? undefined : Math.max(0, nextAttemptMs - host.clock.monotonicMs());
    return {
      deviceId: device.id,
      ...this.#standing,
      activity: this.#keeper.activity,
      attempts: this.#keeper.attempts,
      skipped: this.#pace.skipped,
      ...this.#keeper.counts(),
      ...(inMs === undefined ? {} : { nextAttemptAtMs: Math.round(host.clock.wallMs() + inMs) }),
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#pace.stop();
    await this.#keeper.stop();
    this.#report({ state: 'stopped', pointsGood: 0 });
  }

  #onSlot(slotMs: number): void {
    const { device, host } = this.#parts;
    const fault = this.#keeper.read(slotMs);
    if (fault === undefined) return;
    const nowMs = host.clock.wallMs();
    this.#emit(slotMs, nowMs, missEach(device.points, fault, nowMs));
  }

  #onRead({ slotMs, startedAtMs, outcomes }: EndedRead): void {
    let pointsGood = 0;
    let fault: Fault | undefined;
    for (const outcome of outcomes) {
      if (outcome.kind === 'sample') pointsGood += 1;
      else fault ??= outcome.fault;
    }
    if (fault === undefined) this.#report({ state: 'up', pointsGood });
    else this.#report({ state: pointsGood > 0 ? 'degraded' : 'down', pointsGood, fault });
    this.#emit(slotMs, startedAtMs, outcomes);
  }

  #emit(slotMs: number, startedAtMs: number, outcomes: readonly Outcome[]): void {
    const { device, host, onCycle } = this.#parts;
    const cycleId = `${device.id}-${slotMs}`;
    onCycle({ deviceId: device.id, cycleId, slotMs, startedAtMs, endedAtMs: host.clock.wallMs(), outcomes });
  }

  #report(change: Pick<DeviceHealth, 'state' | 'pointsGood' | 'fault'>): void {
    const nowMs = this.#parts.host.clock.wallMs();
    const earlier = this.#standing;
    const lastGoodAtMs = change.pointsGood > 0 ? nowMs : earlier.lastGoodAtMs;
    this.#standing = {
      ...change,
      sinceMs: change.state === earlier.state ? earlier.sinceMs : nowMs,
      ...(lastGoodAtMs === undefined ? {} : { lastGoodAtMs }),
    };
    if (change.state === earlier.state && change.fault?.code === earlier.fault?.code) return;
    const health = this.health();
    if (change.state === 'down') this.#sayDown(health);
    if (change.state === 'up' && earlier.state !== 'up') this.#sayUp(earlier, nowMs);
    this.#parts.onHealth(health);
  }

  #sayUp({ state, sinceMs }: Standing, nowMs: number): void {
    const deviceId = this.#parts.device.id;
    const forMs = Math.max(0, nowMs - sinceMs);
    const words = state === 'down' || state === 'degraded' ? `up again, after ${Math.round(forMs / 1000)} s` : 'up';
    this.#parts.host.log.info({ deviceId, forMs }, `device ${deviceId} is ${words}`);
  }

  /** Once for people, when it begins and when the reason changes; attempts in between are in the health. */
  #sayDown({ deviceId, fault, nextAttemptAtMs }: DeviceHealth): void {
    const details = { deviceId, code: fault?.code, policy: fault?.policy, nextAttemptAtMs };
    this.#parts.host.log.warn(details, `device ${deviceId} is down: ${fault?.message ?? ''}`);
  }
}
