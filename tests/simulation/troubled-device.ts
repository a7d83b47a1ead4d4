import { z } from 'zod';
import type { Connection, ConnectOutcome, Driver } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { type Clock, sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Random } from '../../core/model/random.ts';

const LOST: Fault = { code: 'TEST_LOST', message: 'The connection was lost', policy: 'reconnect' };
const REFUSED: Fault = { code: 'TEST_REFUSED', message: 'Refused', policy: 'reconnect' };
const SILENT: Fault = { code: 'TEST_SILENT', message: 'No answer', policy: 'reconnect' };
const REQUEST_TIMEOUT_MS = 2000;
const RECIPE = { v: 1, driver: 'troubled' };

/** What can go wrong with one call, once: `deaf` ignores its signal for ever, `late` for longer than its deadline. */
export type CallTrouble = 'deaf' | 'late' | 'throw' | 'reject' | 'hang';
/** Of `close` only: nothing tells it to give up. */
export const CONNECT_TROUBLES: readonly CallTrouble[] = ['deaf', 'late', 'throw', 'reject', 'hang'];
export const READ_TROUBLES = CONNECT_TROUBLES;
export const CLOSE_TROUBLES: readonly CallTrouble[] = ['deaf', 'late', 'throw', 'reject'];

/** How long a late call takes: past its deadline, and within what the poller waits for a stray. */
const LATE_MS = { connect: 20_000, read: 25_000, close: 9000 } as const;

interface Opened {
  readonly address: number;
  isReset: boolean;
  isClosed: boolean;
}

/** A device on a bad line, its troubles chosen by a test. It sees simulated time and counts what is done to it. */
export class TroubledDevice {
  readonly driver: Driver;
  path: 'up' | 'refuses' | 'silent' = 'up';
  readonly next: { connect?: CallTrouble; read?: CallTrouble; close?: CallTrouble } = {};
  /** Monotonic times of the attempts. */
  readonly attemptsMs: number[] = [];
  openMax = 0;
  overlaps = 0;
  /** Since when nothing is wrong any more, monotonic. */
  wellSinceMs = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #opened = new Set<Opened>();
  #address = 1;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.driver = {
      name: 'troubled',
      origin: 'plant',
      places: { device: () => 'here', point: () => 'there' },
      schemas: { connection: z.unknown(), point: z.unknown() },
      connect: (_device, _host, signal) => this.#connect(signal),
    };
  }

  get openNow(): number {
    return [...this.#opened].filter(({ isClosed }) => !isClosed).length;
  }

  get isWell(): boolean {
    return this.path === 'up' && Object.keys(this.next).length === 0;
  }

  setPath(path: 'up' | 'refuses' | 'silent'): void {
    this.path = path;
    this.#noteTrouble();
  }

  /** The peer ends the connection with an RST: the next call sees it at once. */
  reset(): void {
    for (const opened of this.#opened) opened.isReset = true;
    this.#noteTrouble();
  }

  /** The device has another address, or restarted: what is open leads nowhere and nobody says so. */
  move(): void {
    this.#address += 1;
    this.#noteTrouble();
  }

  #noteTrouble(): void {
    this.wellSinceMs = this.#clock.monotonicMs();
  }

  #connect(signal: AbortSignal): Promise<ConnectOutcome> {
    this.attemptsMs.push(this.#clock.monotonicMs());
    const open = async (): Promise<ConnectOutcome> => {
      await sleep(this.#clock, 5 + this.#random.next() * 45);
      if (this.path === 'refuses') return { kind: 'fault', fault: REFUSED };
      if (this.path === 'silent') {
        await aborted(signal);
        return { kind: 'fault', fault: SILENT };
      }
      return { kind: 'connected', connection: this.#open() };
    };
    const refused = (): ConnectOutcome => ({ kind: 'fault', fault: SILENT });
    return this.#suffer('connect', signal, open, refused);
  }

  /** Plays the trouble that was chosen for this call, if any, and the call itself otherwise. */
  #suffer<T>(
    call: 'connect' | 'read' | 'close',
    signal: AbortSignal | undefined,
    act: () => Promise<T>,
    giveUp: () => T,
  ): Promise<T> {
    const trouble = this.next[call];
    delete this.next[call];
    if (trouble === undefined) return act();
    this.#noteTrouble();
    if (trouble === 'throw') throw new Error(`${call} throws`);
    if (trouble === 'reject') return Promise.reject(new Error(`${call} rejects`));
    if (trouble === 'deaf') return new Promise(() => {});
    if (trouble === 'hang' && signal !== undefined) return aborted(signal).then(giveUp);
    return sleep(this.#clock, LATE_MS[call]).then(act);
  }

  #open(): Connection {
    const opened: Opened = { address: this.#address, isReset: false, isClosed: false };
    this.#opened.add(opened);
    this.openMax = Math.max(this.openMax, this.openNow);
    let reading = 0;
    let requests = 0;
    return {
      read: (points, signal) => {
        if (reading > 0) this.overlaps += 1;
        requests += 1;
        reading += 1;
        const read = this.#suffer(
          'read',
          signal,
          () => this.#read(opened, points, signal),
          () => this.#misses(points, SILENT),
        );
        return read.finally(() => {
          reading -= 1;
        });
      },
      counts: () => ({ requests, timeouts: 0, strangers: 0, writes: 0 }),
      close: () => {
        opened.isClosed = true;
        this.#opened.delete(opened);
        return this.#suffer(
          'close',
          undefined,
          async () => {},
          () => {},
        );
      },
    };
  }

  async #read(opened: Opened, points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    await sleep(this.#clock, 5 + this.#random.next() * 45);
    if (opened.isClosed || opened.isReset) return this.#misses(points, LOST);
    if (this.path === 'silent' || opened.address !== this.#address) {
      await sleep(this.#clock, REQUEST_TIMEOUT_MS, signal);
      return this.#misses(points, SILENT);
    }
    const readAtMs = this.#clock.wallMs();
    return points.map(({ ref, unit }) => ({
      kind: 'sample',
      point: ref,
      value: 7,
      unit,
      quality: 'good',
      readAtMs,
      raw: new Uint8Array(),
      recipe: RECIPE,
    }));
  }

  #misses(points: readonly PointConfig[], fault: Fault): Outcome[] {
    return points.map(({ ref }) => ({ kind: 'miss', point: ref, fault, atMs: this.#clock.wallMs() }));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
