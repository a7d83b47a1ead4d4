import { expect, test } from 'vitest';
import { type Poller, startPoller } from '../../core/acquisition/poller.ts';
import type { Cycle } from '../../core/acquisition/sample.ts';
import { present } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { announceSeed, driverHost } from '../contract/driver-host.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { scriptedPlant } from '../fixtures/scripted-driver.ts';
import { CLOSE_TROUBLES, CONNECT_TROUBLES, READ_TROUBLES, TroubledDevice } from './troubled-device.ts';

const EVENTS = 10_000;
const RECOVERY_MS_MAX = 30_000;
const ATTEMPTS_PER_MINUTE_MAX = 12;
const STOP_MS_MAX = 5000;
const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 315_576_000_000;
const STEPS_MS = [1000, -1000, HOUR_MS, -HOUR_MS, TEN_YEARS_MS, -TEN_YEARS_MS];
const device = present(scriptedPlant().devices[0], 'the device of the scripted plant');

/** The poller's own view of the clock, which counts the timers that it has not ended. */
class CountingClock implements Clock {
  readonly #inner: ManualClock;
  pending = 0;

  constructor(inner: ManualClock) {
    this.#inner = inner;
  }

  wallMs(): number {
    return this.#inner.wallMs();
  }

  monotonicMs(): number {
    return this.#inner.monotonicMs();
  }

  after(delayMs: number, action: () => void): () => void {
    let isPending = true;
    this.pending += 1;
    const end = (): void => {
      if (isPending) this.pending -= 1;
      isPending = false;
    };
    const cancel = this.#inner.after(delayMs, () => {
      end();
      action();
    });
    return () => {
      end();
      cancel();
    };
  }
}

/** One device, one poller after another, and everything that must hold whatever happens to them. */
class Storm {
  readonly device: TroubledDevice;
  readonly counted: Record<string, number> = {};
  cycles = 0;
  readonly recoveriesMs: number[] = [];
  readonly #clock: ManualClock;
  readonly #pollersClock: CountingClock;
  readonly #random: Random;
  #poller: Poller | undefined;
  #startedMs = 0;
  #cyclesHere = 0;
  #stepsHere = 0;
  #lastSlotMs = Number.NEGATIVE_INFINITY;
  #wasPutBack = false;
  #goodAtMs = Number.NEGATIVE_INFINITY;
  #downSinceMs: number | undefined = 0;

  constructor(clock: ManualClock, random: Random) {
    this.#clock = clock;
    this.#pollersClock = new CountingClock(clock);
    this.#random = random;
    this.device = new TroubledDevice(clock, random);
  }

  start(): void {
    this.#startedMs = this.#clock.monotonicMs();
    this.#cyclesHere = 0;
    this.#stepsHere = 0;
    this.#lastSlotMs = Number.NEGATIVE_INFINITY;
    this.device.attemptsMs.length = 0;
    this.device.wellSinceMs = this.#startedMs;
    this.#downSinceMs = this.#startedMs;
    this.#poller = startPoller({
      device,
      driver: this.device.driver,
      host: driverHost(1, { clock: this.#pollersClock }),
      onCycle: (cycle) => this.#onCycle(cycle),
      onHealth: () => {},
    });
  }

  async happen(): Promise<void> {
    const name = this.#pick(Object.keys(this.#events));
    this.counted[name] = (this.counted[name] ?? 0) + 1;
    await this.#events[name]?.();
    const gapMs = this.#random.next() < 0.5 ? this.#random.next() * 5000 : this.#random.next() * 60_000;
    await this.#pass(gapMs);
  }

  readonly #events: Record<string, () => void | Promise<void>> = {
    reset: () => this.device.reset(),
    addressChange: () => this.device.move(),
    refuses: () => this.#away('refuses'),
    blackHole: () => this.#away('silent'),
    troubleInConnect: () => {
      this.device.next.connect = this.#pick(CONNECT_TROUBLES);
      this.device.reset();
    },
    troubleInRead: () => {
      this.device.next.read = this.#pick(READ_TROUBLES);
    },
    troubleInClose: () => {
      this.device.next.close = this.#pick(CLOSE_TROUBLES);
      this.device.reset();
    },
    clockStep: () => this.#step(this.#pick(STEPS_MS)),
    // The monotonic clock of Linux stands still while the computer sleeps.
    suspend: () => this.#step(Math.round(this.#random.next() * 8 * HOUR_MS)),
    stall: async () => {
      this.#clock.stall(this.#random.next() * 20_000);
      this.device.wellSinceMs = this.#clock.monotonicMs();
      await this.#pass(0);
    },
    stop: async () => {
      await this.stop();
      this.start();
    },
  };

  /** Stops at this very moment and checks that nothing is left behind. */
  async stop(): Promise<void> {
    const poller = present(this.#poller, 'the poller');
    const { skipped } = poller.health();
    const stopping = poller.stop();
    const beganMs = this.#clock.monotonicMs();
    let isStopped = false;
    void stopping.then(() => {
      isStopped = true;
    });
    while (!isStopped && this.#clock.monotonicMs() - beganMs <= STOP_MS_MAX) await this.#clock.pass(100);
    expect(isStopped, 'the poller stops in time').toBe(true);
    expect(this.#pollersClock.pending, 'timers left after the stop').toBe(0);
    expect(this.device.openNow, 'connections left after the stop').toBe(0);
    expect(poller.health()).toMatchObject({ state: 'stopped', activity: 'idle' });
    this.#checkCount(skipped, beganMs);
    delete this.device.next.connect;
    delete this.device.next.read;
    delete this.device.next.close;
    // A connection that was late is closed when it comes at last, also after the stop.
    await this.#clock.pass(25_000);
    expect(this.device.openNow, 'connections that came after the stop').toBe(0);
  }

  /** Every slot has its one cycle: what passed, in periods, is what was told plus what was left out. */
  #checkCount(skipped: number, nowMs: number): void {
    const due = (nowMs - this.#startedMs) / device.periodMs;
    // Each step moves the grid of slots once, a clock put back a little holds one slot back, a poll may be under way.
    const slack = 3 + 3 * this.#stepsHere;
    expect(Math.abs(this.#cyclesHere + skipped - due), 'cycles beside slots').toBeLessThanOrEqual(slack);
  }

  #away(path: 'refuses' | 'silent'): Promise<void> {
    this.device.setPath(path);
    this.device.reset();
    return this.#pass(this.#random.next() * 40_000).then(() => this.device.setPath('up'));
  }

  #step(stepMs: number): void {
    // Ten years this way and that way, but not out of what a date can hold.
    const byMs = Math.abs(this.#clock.wallMs() + stepMs - Date.UTC(2026)) > 5 * TEN_YEARS_MS ? -stepMs : stepMs;
    this.#clock.step(byMs);
    this.#stepsHere += 1;
    if (byMs < 0) this.#wasPutBack = true;
  }

  #pick<T>(items: readonly T[]): T {
    return present(items[Math.floor(this.#random.next() * items.length)], 'an item');
  }

  /** Lets time pass in small pieces, so that what must hold at any moment is looked at often. */
  async #pass(durationMs: number): Promise<void> {
    const endMs = this.#clock.monotonicMs() + durationMs;
    do {
      await this.#clock.pass(Math.min(1000, endMs - this.#clock.monotonicMs()));
      this.#check();
    } while (this.#clock.monotonicMs() < endMs);
  }

  #check(): void {
    const nowMs = this.#clock.monotonicMs();
    expect(this.device.openMax, 'connections open at once').toBeLessThanOrEqual(1);
    expect(this.device.overlaps, 'reads at once').toBe(0);
    // Slots come on the grid of the wall clock: one period may pass before the next, one more after a small step back.
    const deadlineMs = this.device.wellSinceMs + RECOVERY_MS_MAX + 2 * device.periodMs;
    if (this.device.isWell && nowMs > deadlineMs) {
      expect(this.#goodAtMs, `recovery by ${nowMs}`).toBeGreaterThan(nowMs - 3 * device.periodMs);
    }
    const attempts = this.device.attemptsMs;
    while ((attempts[0] ?? nowMs) < nowMs - 60_000) attempts.shift();
    expect(attempts.length, 'attempts in a minute').toBeLessThanOrEqual(ATTEMPTS_PER_MINUTE_MAX);
  }

  #onCycle(cycle: Cycle): void {
    this.cycles += 1;
    this.#cyclesHere += 1;
    expect(cycle.outcomes).toHaveLength(device.points.length);
    expect(cycle.slotMs % device.periodMs === 0, 'slots are multiples of the period').toBe(true);
    if (!this.#wasPutBack) expect(cycle.slotMs, 'no slot twice').not.toBe(this.#lastSlotMs);
    this.#wasPutBack = false;
    this.#lastSlotMs = cycle.slotMs;
    const nowMs = this.#clock.monotonicMs();
    if (cycle.outcomes.some(({ kind }) => kind === 'miss')) {
      this.#downSinceMs ??= nowMs;
      return;
    }
    const downSinceMs = this.#downSinceMs;
    this.#downSinceMs = undefined;
    this.#goodAtMs = nowMs;
    if (downSinceMs === undefined || !this.device.isWell) return;
    this.recoveriesMs.push(nowMs - Math.max(downSinceMs, this.device.wellSinceMs));
  }
}

test('a device is read again within 30 s whatever happened, over one connection, by one chain of polls', async () => {
  const seed = announceSeed('reconnects once and always');
  const storm = new Storm(new ManualClock(Date.UTC(2026, 10, 20, 12, 0, 0, 250)), seededRandom(seed));
  storm.start();
  for (let event = 0; event < EVENTS; event += 1) await storm.happen();
  await storm.stop();
  const recoveriesMs = storm.recoveriesMs.sort((a, b) => a - b);
  const medianMs = present(recoveriesMs[Math.floor(recoveriesMs.length / 2)], 'a recovery');
  const longestMs = present(recoveriesMs.at(-1), 'a recovery');
  process.stdout.write(
    `${EVENTS} events ${JSON.stringify(storm.counted)}, ${storm.cycles} cycles, ${recoveriesMs.length} recoveries: ` +
      `median ${Math.round(medianMs)} ms, longest ${Math.round(longestMs)} ms\n`,
  );
  expect(Object.values(storm.counted).reduce((sum, count) => sum + count, 0)).toBe(EVENTS);
  expect(Object.keys(storm.counted)).toHaveLength(11);
  expect(recoveriesMs.length).toBeGreaterThan(1000);
  expect(medianMs).toBeLessThanOrEqual(10_000);
});
