import type { DeviceConfig } from '../config/plant.ts';
import type { Fault } from '../model/fault.ts';
import { ConnectionRecord } from './connection-record.ts';
import type { DeviceActivity } from './device-health.ts';
import type { Connection, ConnectionCounts, ConnectOutcome, Driver, DriverHost } from './driver.ts';
import { POLICY_REMEDIES } from './fault-remedy.ts';
import { CONNECTING, driverError, missEach, OVERRUN, type Settled, settle, textOf } from './poll-faults.ts';
import type { Cycle, Outcome } from './sample.ts';
import { StateTimers } from './state-timers.ts';
import { NOTHING_COUNTED, sumCounts } from './sum-counts.ts';

export interface ConnectionKeeperParts {
  readonly device: DeviceConfig;
  readonly driver: Driver;
  readonly host: DriverHost;
  /** A poll ended, well or not: exactly one call for each `read`. */
  readonly onRead: (ended: EndedRead) => void;
  /** The connection could not be opened. */
  readonly onRefused: (fault: Fault) => void;
}

export type EndedRead = Pick<Cycle, 'slotMs' | 'startedAtMs' | 'outcomes'>;

/** Every state has a deadline of its own, so that no call that never returns can hold the device for ever. */
const CONNECT_MS = 10_000;
const READ_MS_MIN = 10_000;
const READ_MS_MAX = 60_000;
const CLOSE_MS = 3000;
/** What a driver may take after its deadline to answer. */
const GRACE_MS = 1000;
/** How long a new attempt is held back for a former one that still has not let go. */
const STRAY_MS = 15_000;
const STRAY_LOOK_MS = 500;

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting'; readonly abort: AbortController }
  | { readonly name: 'connected'; readonly connection: Connection }
  | Reading
  | { readonly name: 'closing'; readonly connection: Connection }
  | { readonly name: 'waiting'; readonly untilMs: number };

interface Reading {
  readonly name: 'reading';
  readonly connection: Connection;
  readonly abort: AbortController;
  readonly slotMs: number;
  readonly startedAtMs: number;
}

/**
 * The one owner of a device's connection: idle, connecting, connected, reading, closing, waiting, and round again. The
 * first connection and every later one are the same code. Each state has a deadline; entering a state ends the timers
 * of the one before and raises the generation, and what an earlier generation still brings (a late connection, a late
 * reply) is thrown away or closed, so that nothing of a former connection acts on the present one.
 */
export class ConnectionKeeper {
  readonly #parts: ConnectionKeeperParts;
  readonly #record: ConnectionRecord;
  readonly #timers: StateTimers;
  #state: State = { name: 'idle' };
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #fault: Fault = CONNECTING;
  /** Attempts and closings that were given up and have not come back yet. */
  #strays = 0;
  #strayUntilMs = Number.NEGATIVE_INFINITY;
  #spent = NOTHING_COUNTED;
  #stopped: (() => void) | undefined;

  constructor(parts: ConnectionKeeperParts) {
    this.#parts = parts;
    this.#timers = new StateTimers(parts.host.clock);
    this.#record = new ConnectionRecord(parts.host.random);
  }

  get activity(): DeviceActivity {
    const { name } = this.#state;
    return name === 'connected' && this.#isResting() ? 'resting' : name;
  }

  get attempts(): number {
    return this.#record.attempts;
  }

  /** Monotonic time of the next attempt, while there is nothing but waiting for it. */
  get nextAttemptMs(): number | undefined {
    if (this.#state.name === 'waiting') return this.#state.untilMs;
    return this.activity === 'resting' ? this.#restUntilMs : undefined;
  }

  counts(): ConnectionCounts {
    return 'connection' in this.#state ? sumCounts(this.#spent, this.#state.connection.counts()) : this.#spent;
  }

  start(): void {
    this.#connect();
  }

  /** Begins a poll. Returns why there is none in this slot, or undefined: the poll then ends in `onRead`. */
  read(slotMs: number): Fault | undefined {
    if (this.#state.name === 'reading') return OVERRUN;
    if (this.#state.name !== 'connected' || this.#isResting()) return this.#fault;
    this.#read(this.#state.connection, slotMs);
    return undefined;
  }

  /** Ends the waiting for the next attempt, as far as the limit of attempts allows. */
  askNow(): void {
    if (this.#state.name === 'waiting') this.#waitFor(this.#record.limitMs(this.#nowMs()));
  }

  /** Lets go of the device, at the latest when the deadlines are over. Nothing is reported any more. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopped = resolve;
      const state = this.#state;
      if (state.name === 'connected') {
        this.#close(state.connection);
      } else if (state.name === 'reading' || state.name === 'connecting') {
        this.#timers.cancel();
        this.#timers.later(GRACE_MS, () => this.#abandon());
        state.abort.abort();
      } else if (state.name !== 'closing') {
        this.#rest();
      }
    });
  }

  #connect(): void {
    const { device, driver, host } = this.#parts;
    const abort = new AbortController();
    const generation = this.#enter({ name: 'connecting', abort });
    this.#record.noteAttempt(this.#nowMs());
    this.#abortLater(CONNECT_MS, abort);
    void settle(() => driver.connect(device, host, abort.signal)).then((settled) => {
      const outcome: ConnectOutcome =
        settled.kind === 'value' ? settled.value : { kind: 'fault', fault: driverError(settled.error) };
      if (this.#timers.isPresent(generation)) this.#connected(outcome);
      else if (outcome.kind === 'connected') this.#discard(outcome.connection);
      else this.#strays -= 1;
    });
  }

  #connected(outcome: ConnectOutcome): void {
    if (outcome.kind === 'connected') {
      this.#record.noteConnected();
      this.#restUntilMs = Number.NEGATIVE_INFINITY;
      if (this.#stopped !== undefined) this.#close(outcome.connection);
      else this.#enter({ name: 'connected', connection: outcome.connection });
    } else {
      this.#refused(outcome.fault);
    }
  }

  #refused(fault: Fault): void {
    this.#fault = fault;
    if (this.#stopped === undefined) {
      this.#record.noteFailure();
      this.#wait(POLICY_REMEDIES[fault.policy].refused === 'hold' ? 'hold' : 'backoff');
      this.#parts.onRefused(fault);
    } else {
      this.#rest();
    }
  }

  #read(connection: Connection, slotMs: number): void {
    const { device, host } = this.#parts;
    const abort = new AbortController();
    const startedAtMs = host.clock.wallMs();
    const generation = this.#enter({ name: 'reading', connection, abort, slotMs, startedAtMs });
    this.#abortLater(Math.max(READ_MS_MIN, Math.min(READ_MS_MAX, 2 * device.periodMs)), abort);
    void settle(() => connection.read(device.points, abort.signal)).then((settled) => {
      if (this.#timers.isPresent(generation)) this.#readEnded(slotMs, startedAtMs, this.#checked(settled));
    });
  }

  /** A driver that does not answer for every point has a mistake, and a hole in the outcomes would hide it. */
  #checked(settled: Settled<readonly Outcome[]>): readonly Outcome[] {
    const { points } = this.#parts.device;
    if (settled.kind === 'error') return this.#misses(driverError(settled.error));
    const { value } = settled;
    if (value.length === points.length) return value;
    return this.#misses(driverError(`it gave ${value.length} outcomes for ${points.length} points`));
  }

  #readEnded(slotMs: number, startedAtMs: number, outcomes: readonly Outcome[]): void {
    if (!('connection' in this.#state)) return;
    const { connection } = this.#state;
    if (this.#stopped !== undefined) {
      this.#close(connection);
      return;
    }
    this.#enter({ name: 'connected', connection });
    const remedy = this.#record.weigh(outcomes, this.#nowMs());
    if (remedy.kind !== 'ask') this.#fault = remedy.fault;
    if (remedy.kind === 'rest') {
      this.#restUntilMs = this.#nowMs() + this.#record.restMs();
    } else if (remedy.kind !== 'ask') {
      this.#record.noteFailure();
      this.#close(connection, remedy.kind === 'hold' ? 'hold' : 'backoff');
    }
    this.#parts.onRead({ slotMs, startedAtMs, outcomes });
  }

  #close(connection: Connection, then: 'backoff' | 'hold' = 'backoff'): void {
    const generation = this.#enter({ name: 'closing', connection });
    this.#timers.later(CLOSE_MS, () => {
      this.#addStray();
      this.#closed(connection, then);
    });
    void settle(() => connection.close()).then((settled) => {
      if (settled.kind === 'error') this.#warn(settled.error, 'the driver could not close its connection');
      if (this.#timers.isPresent(generation)) this.#closed(connection, then);
      else this.#strays -= 1;
    });
  }

  #closed(connection: Connection, then: 'backoff' | 'hold'): void {
    this.#spent = sumCounts(this.#spent, connection.counts());
    if (this.#stopped === undefined) this.#wait(then);
    else this.#rest();
  }

  #wait(why: 'backoff' | 'hold'): void {
    this.#waitFor(this.#record.waitMs(this.#nowMs(), why));
  }

  #waitFor(waitMs: number): void {
    const nowMs = this.#nowMs();
    // Counted in looks, not by the clock: a computer that was busy heard nothing from the stray either.
    const looks = Math.max(1, Math.ceil((this.#strayUntilMs - nowMs - waitMs) / STRAY_LOOK_MS));
    this.#enter({ name: 'waiting', untilMs: nowMs + waitMs });
    this.#timers.later(waitMs, () => this.#connectOnceAlone(looks));
  }

  /** A former attempt or closing that still hangs may hold the device: give it a while before a second one begins. */
  #connectOnceAlone(looks: number): void {
    if (this.#strays > 0 && looks > 0) this.#timers.later(STRAY_LOOK_MS, () => this.#connectOnceAlone(looks - 1));
    else this.#connect();
  }

  /** The driver did not come back in time although it was told to give up. */
  #abandon(): void {
    const state = this.#state;
    const fault = driverError('it ignored its deadline');
    if (state.name === 'connecting') {
      this.#addStray();
      this.#refused(fault);
    } else if (state.name === 'reading') {
      this.#readEnded(state.slotMs, state.startedAtMs, this.#misses(fault));
    }
  }

  /** A connection that comes after its attempt was given up is closed at once: the present attempt is another. */
  #discard(connection: Connection): void {
    void settle(() => connection.close()).then(() => {
      this.#strays -= 1;
    });
  }

  #rest(): void {
    this.#enter({ name: 'idle' });
    this.#stopped?.();
  }

  #addStray(): void {
    this.#strays += 1;
    this.#strayUntilMs = this.#nowMs() + STRAY_MS;
  }

  #isResting(): boolean {
    return this.#nowMs() < this.#restUntilMs;
  }

  #enter(state: State): number {
    this.#state = state;
    return this.#timers.enter();
  }

  #abortLater(afterMs: number, abort: AbortController): void {
    this.#timers.later(afterMs, () => {
      this.#timers.later(GRACE_MS, () => this.#abandon());
      abort.abort();
    });
  }

  #nowMs(): number {
    return this.#parts.host.clock.monotonicMs();
  }

  #misses(fault: Fault): Outcome[] {
    return missEach(this.#parts.device.points, fault, this.#parts.host.clock.wallMs());
  }

  #warn(error: unknown, message: string): void {
    this.#parts.host.log.warn({ deviceId: this.#parts.device.id, error: textOf(error) }, message);
  }
}
