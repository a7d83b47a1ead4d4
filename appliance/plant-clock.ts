import type { ClockStanding, OutsideTime } from '../core/acquisition/clock-trust.ts';
import { type ClockStep, type ClockTransition, ClockWatch } from '../core/acquisition/clock-watch.ts';
import { agreeingDevices, DeviceClock, doubtStill } from '../core/acquisition/device-clock.ts';
import type { Driver } from '../core/acquisition/driver.ts';
import type { ClockTrust } from '../core/acquisition/reading.ts';
import type { Cycle } from '../core/acquisition/sample.ts';
import { type TimeAnswer, type TimeServerState, TimeServers } from '../core/acquisition/time-servers.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { CancelTimer, Clock } from '../core/model/clock.ts';
import type { JsonObject } from '../core/model/json.ts';
import type { Log } from '../core/model/log.ts';
import type { Random } from '../core/model/random.ts';
import { alignDown, toIso } from '../core/model/time.ts';

export interface PlantClockParts {
  readonly config: PlantConfig;
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Asks one time server. Called only for those that plant.yaml names. */
  readonly askTimeServer: (host: string, signal: AbortSignal) => Promise<TimeAnswer>;
  /** Records an entry of kind `clock`. */
  readonly record: (body: JsonObject) => void;
  /** Closes what belongs to the old time, and records the step as an entry of kind `clock`. */
  readonly onStep: (step: ClockStep, body: JsonObject) => void;
}

/** What is known of a device's clock, for whoever shows it. */
export interface DeviceClockState {
  readonly offsetMs: number;
  readonly isWrong: boolean;
}

const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 60_000;

/**
 * All that the appliance knows of time: its own clock against the monotonic one, against time servers, and against
 * the clocks of the devices. Steps, changes of trust and devices whose clock is wrong become entries of the ledger as
 * they happen, and once a day the offsets.
 */
export class PlantClock {
  readonly #parts: PlantClockParts;
  readonly #watch: ClockWatch;
  readonly #servers: TimeServers;
  readonly #devices: ReadonlyMap<string, DeviceClock>;
  readonly #wrong = new Set<string>();
  #dayMs: number;
  #cancel: CancelTimer | undefined;

  constructor(parts: PlantClockParts) {
    const { config, drivers, clock, random } = parts;
    this.#parts = parts;
    const tellTime = config.devices.filter(({ driver }) => drivers.get(driver)?.sourceTime !== 'record');
    this.#devices = new Map(tellTime.map(({ id, periodMs }) => [id, new DeviceClock(periodMs)]));
    this.#watch = new ClockWatch({
      clock,
      onStep: (step) => this.#onStep(step),
      onTransition: (transition) => this.#onTransition(transition),
      devices: () => agreeingDevices([...this.#devices.values()].flatMap(({ offsetMs }) => offsetMs ?? [])),
    });
    this.#servers = new TimeServers({
      hosts: config.clock?.ntp ?? [],
      ask: parts.askTimeServer,
      clock,
      random,
      onTime: (outside) => this.#watch.hear(outside),
    });
    this.#dayMs = alignDown(clock.wallMs(), DAY_MS);
  }

  start(): void {
    this.#watch.start();
    this.#servers.start();
    this.#arm();
  }

  stop(): void {
    this.#watch.stop();
    this.#servers.stop();
    this.#cancel?.();
  }

  /** Compares wall and monotonic clock now, so that what comes next is not dated in the wrong time. */
  look(): void {
    this.#watch.look();
  }

  /** A clock that stands before what was recorded with it was put back, or lost its time, while nothing ran. */
  knowRecorded(recordedMs: number, slackMs: number): void {
    const nowMs = this.#parts.clock.wallMs();
    this.#watch.knowRecorded(recordedMs);
    if (nowMs < recordedMs - slackMs) this.#watch.report({ atMs: nowMs, stepMs: nowMs - recordedMs });
  }

  /** The poll as it may be believed: uncertain where the device's own time stands still. */
  weigh(cycle: Cycle): { readonly cycle: Cycle; readonly isStill: boolean } {
    const device = this.#devices.get(cycle.deviceId);
    device?.take(cycle);
    const isStill = device?.isStill ?? false;
    return { cycle: isStill ? doubtStill(cycle) : cycle, isStill };
  }

  /** The least trust over the last `durationMs`. */
  trustOver(durationMs: number): ClockTrust {
    return this.#watch.trustOver(durationMs);
  }

  get standing(): ClockStanding {
    return this.#watch.standing;
  }

  get lastStepMs(): number | undefined {
    return this.#watch.lastStepMs;
  }

  get outside(): OutsideTime | undefined {
    return this.#watch.outside;
  }

  get servers(): readonly TimeServerState[] {
    return this.#servers.states;
  }

  device(id: string): DeviceClockState | undefined {
    const clock = this.#devices.get(id);
    return clock?.offsetMs === undefined ? undefined : { offsetMs: clock.offsetMs, isWrong: clock.isWrong };
  }

  #arm(): void {
    this.#cancel = this.#parts.clock.after(LOOK_EVERY_MS, () => {
      this.#arm();
      this.#lookAtDevices();
      this.#keepDaily();
    });
  }

  #lookAtDevices(): void {
    const { clock, log, record } = this.#parts;
    for (const [id, device] of this.#devices) {
      const { isWrong, offsetMs } = device;
      if (offsetMs === undefined || isWrong === this.#wrong.has(id)) continue;
      if (isWrong) this.#wrong.add(id);
      else this.#wrong.delete(id);
      const reason = isWrong ? 'The clock of the device is wrong' : 'The clock of the device is right again';
      log.warn({ deviceId: id, code: 'ACQ_DEVICE_CLOCK', offsetMs }, reason);
      record({ now: toIso(clock.wallMs()), device: id, offsetMs, reason });
    }
  }

  /** Once a day, and only where there is something to compare with. */
  #keepDaily(): void {
    const nowMs = this.#parts.clock.wallMs();
    const dayMs = alignDown(nowMs, DAY_MS);
    if (dayMs === this.#dayMs) return;
    this.#dayMs = dayMs;
    const devices = Object.fromEntries(
      [...this.#devices].flatMap(([id, { offsetMs }]) => (offsetMs === undefined ? [] : [[id, offsetMs]])),
    );
    if (this.outside === undefined && Object.keys(devices).length === 0) return;
    this.#parts.record({ ...this.#present(), ...(Object.keys(devices).length === 0 ? {} : { devices }) });
  }

  #onStep(step: ClockStep): void {
    this.#parts.log.warn({ stepMs: step.stepMs }, 'the wall clock was stepped');
    for (const device of this.#devices.values()) device.forget();
    this.#dayMs = alignDown(step.atMs, DAY_MS);
    this.#servers.askSoon();
    this.#parts.onStep(step, { stepMs: step.stepMs, ...this.#present() });
  }

  #onTransition({ from, standing }: ClockTransition): void {
    this.#parts.log.info({ from, to: standing.trust }, standing.reason);
    this.#parts.record({ ...this.#present(), from });
  }

  #present(): JsonObject {
    const { trust, reason } = this.standing;
    const { outside } = this;
    return {
      now: toIso(this.#parts.clock.wallMs()),
      trust,
      reason,
      ...(outside === undefined
        ? {}
        : { offsetMs: outside.offsetMs, boundMs: outside.boundMs, servers: outside.servers }),
    };
  }
}
