import {
  type CounterState,
  type MeterChange,
  readCounterState,
  writeCounterState,
} from '../../../core/acquisition/counter-state.ts';
import { Meter } from '../../../core/acquisition/meter.ts';
import type { MeterChangeOutcome } from '../../../core/acquisition/meter-change-outcome.ts';
import type { CounterEventKind } from '../../../core/acquisition/reading.ts';
import type { Sample } from '../../../core/acquisition/sample.ts';
import type { PointConfig, UnitConfig } from '../../../core/config/plant.ts';
import { present } from '../../../core/model/assert.ts';
import type { Decimal } from '../../../core/model/decimal.ts';
import type { Random } from '../../../core/model/random.ts';

/** A register as the meter has it: what one count is worth, where it starts again, and where it stood at the begin. */
export interface RegisterKind {
  readonly unit: 'Wh' | 'kWh' | 'MWh';
  /** Decimals of one count in `unit`: 1 is 0.1. */
  readonly places: number;
  readonly modulus?: bigint;
  readonly startCounts: bigint;
  readonly floatBits?: 32 | 64;
  readonly resolution?: number;
}

export interface MonthOptions {
  readonly register: RegisterKind;
  readonly intervalMs: number;
  readonly periodMs: number;
  readonly days: number;
  readonly random: Random;
  /** When the first poll is due; a fixed month when absent. */
  readonly beginMs?: number;
  /** Adds up apart what the intervals within this time are credited. */
  readonly within?: { readonly fromMs: number; readonly toMs: number };
  /** What the device answers at a poll, in counts; undefined for no answer. `counts` is the meter's true register. */
  readonly observe: (poll: Poll) => bigint | undefined;
  /** The device sends its register so often, and a poll gives the last message; read with each poll when absent. */
  readonly messageMs?: number;
  /** A person's word, entered before the poll of this number. */
  readonly entered?: ReadonlyMap<number, MeterChange>;
  /** Polls at which the process is killed: what was read since the last recorded interval is read once more. */
  readonly crashes?: ReadonlySet<number>;
  /** Polls at which the wall clock is stepped by so much. */
  readonly clockSteps?: ReadonlyMap<number, number>;
}

export interface Poll {
  readonly n: number;
  readonly polls: number;
  /** The true register modulo its modulus, and without it. */
  readonly counts: bigint;
  readonly unboundedCounts: bigint;
  readonly atMs: number;
}

export interface MonthResult {
  readonly creditedWh: number;
  readonly correctionWh: number;
  readonly withinWh: number;
  readonly withinIntervals: number;
  /** Credited too early and not paid for yet, because the machine rests. */
  readonly owedWh: number;
  /**
   * What the machine generated between the poll from which counting began and the last one, as far as a meter of this
   * resolution can show it.
   */
  readonly generatedWh: number;
  readonly events: readonly CounterEventKind[];
  readonly intervals: number;
  readonly withoutEnergy: number;
  readonly refusedPolls: ReadonlyMap<string, number>;
  readonly outcomes: readonly MeterChangeOutcome[];
}

export const RATED_KW = 2000;
const BEGIN_MS = Date.UTC(2026, 9, 1);
const UNIT: UnitConfig = {
  id: 'unit1',
  name: 'Unit 1',
  turbine: 'francis',
  ratedPowerKw: RATED_KW,
  ratedFlowM3s: 2.5,
  ratedHeadM: 95,
  signals: { energyExport: 'plc1/energy' },
};
const MICRO_WH_OF: Readonly<Record<RegisterKind['unit'], bigint>> = { Wh: 10n ** 6n, kWh: 10n ** 9n, MWh: 10n ** 12n };

export function microWhOfCount({ unit, places }: RegisterKind): bigint {
  return MICRO_WH_OF[unit] / 10n ** BigInt(places);
}

/** Runs a meter over a month of a machine that starts, stops and changes its load, and adds up what is credited. */
export function runMonth(options: MonthOptions): MonthResult {
  return new Month(options).run();
}

class Month {
  readonly #options: MonthOptions;
  readonly #countMicroWh: bigint;
  #meter: Meter;
  #saved: CounterState | undefined;
  #sinceClose: Sample[] = [];
  #creditedWh = 0;
  #correctionWh = 0;
  #withinWh = 0;
  #withinIntervals = 0;
  #openedMs: number;
  #events: CounterEventKind[] = [];
  #intervals = 0;
  #withoutEnergy = 0;
  #offsetMs = 0;
  #heard: Sample | undefined;
  /** The true register at each poll until counting began, and at the poll with which it did. */
  #trueCounts = new Map<number, bigint>();
  #begunAtCounts: bigint | undefined;
  #refused = new Map<string, number>();
  #outcomes: MeterChangeOutcome[] = [];

  constructor(options: MonthOptions) {
    this.#options = options;
    this.#countMicroWh = microWhOfCount(options.register);
    this.#openedMs = options.beginMs ?? BEGIN_MS;
    this.#meter = this.#newMeter();
  }

  run(): MonthResult {
    const { intervalMs, periodMs, days } = this.#options;
    const polls = Math.floor((days * 86_400_000) / periodMs);
    const perInterval = intervalMs / periodMs;
    let generatedMicroWh = 0n;
    let powerKw = 0;
    let stepMicroWh = 0n;
    for (let n = 0; n < polls; n += 1) {
      if (n > 0 && n % perInterval === 0) this.#close();
      const nextKw = this.#nextPowerKw(powerKw);
      if (nextKw !== powerKw) stepMicroWh = BigInt(Math.floor((nextKw * periodMs * 1e9) / 3.6e6));
      powerKw = nextKw;
      if (n > 0) generatedMicroWh += stepMicroWh;
      this.#disturb(n);
      this.#poll(n, polls, generatedMicroWh);
    }
    this.#close();
    const last = this.#unboundedAt(generatedMicroWh) * this.#countMicroWh;
    const first = this.#begunAtCounts === undefined ? last : this.#begunAtCounts * this.#countMicroWh;
    return {
      creditedWh: this.#creditedWh,
      correctionWh: this.#correctionWh,
      withinWh: this.#withinWh,
      withinIntervals: this.#withinIntervals,
      owedWh: Number((this.#saved?.owedMicroWh ?? 0n) / 1_000_000n),
      generatedWh: Number((last - first) / 1_000_000n),
      events: this.#events,
      intervals: this.#intervals,
      withoutEnergy: this.#withoutEnergy,
      refusedPolls: this.#refused,
      outcomes: this.#outcomes,
    };
  }

  /** A machine that is mostly steady, sometimes moves, and is at rest for a third of the time. */
  #nextPowerKw(powerKw: number): number {
    const { random } = this.#options;
    if (random.next() > 0.01) return powerKw;
    return random.next() < 0.33 ? 0 : Math.floor(random.next() * RATED_KW);
  }

  #disturb(n: number): void {
    const { crashes, clockSteps, entered } = this.#options;
    if (crashes?.has(n) === true) this.#crash();
    const stepMs = clockSteps?.get(n);
    if (stepMs !== undefined) {
      // As the collector does: what was gathered is closed before the new time begins.
      this.#close();
      this.#offsetMs += stepMs;
      this.#trueCounts = new Map([...this.#trueCounts].map(([atMs, counts]) => [atMs + stepMs, counts]));
      const shifted = this.#meter.shiftClock(stepMs);
      if (shifted !== undefined) this.#saved = stored(shifted);
    }
    const change = entered?.get(n);
    if (change === undefined) return;
    const outcome = this.#meter.change(change);
    this.#outcomes.push(outcome);
    if (outcome.kind === 'next-reading' || outcome.kind === 'corrected') {
      this.#saved = stored(outcome.saved);
      outcome.commit();
    }
    if (outcome.kind === 'corrected') this.#correctionWh += outcome.correctionWh;
  }

  #poll(n: number, polls: number, generatedMicroWh: bigint): void {
    const { register, observe, periodMs } = this.#options;
    const unbounded = this.#unboundedAt(generatedMicroWh);
    const counts = register.modulus === undefined ? unbounded : unbounded % register.modulus;
    const atMs = (this.#options.beginMs ?? BEGIN_MS) + n * periodMs + this.#offsetMs;
    if (this.#isHeardAlready(n, polls, atMs)) return;
    const shown = observe({ n, polls, counts, unboundedCounts: unbounded, atMs });
    if (shown === undefined) return;
    const sample = sampleOf({ digits: shown, places: register.places }, register.unit, atMs);
    this.#sinceClose.push(sample);
    if (this.#begunAtCounts === undefined) this.#trueCounts.set(atMs, unbounded);
    this.#take(sample);
  }

  /** The true register without its modulus. */
  #unboundedAt(generatedMicroWh: bigint): bigint {
    return (this.#options.register.startCounts * this.#countMicroWh + generatedMicroWh) / this.#countMicroWh;
  }

  /** The message before still stands: the same sample once more. The last polls are messages of their own. */
  #isHeardAlready(n: number, polls: number, atMs: number): boolean {
    const { messageMs } = this.#options;
    const last = this.#heard;
    if (messageMs === undefined || last === undefined || n >= polls - 5) return false;
    if (Math.floor(last.readAtMs / messageMs) !== Math.floor(atMs / messageMs)) return false;
    this.#take(last);
    return true;
  }

  #take(sample: Sample): void {
    this.#heard = sample;
    const taken = this.#meter.take(sample);
    if (!taken.accepted) this.#refused.set(taken.reason, (this.#refused.get(taken.reason) ?? 0) + 1);
  }

  #close(): void {
    this.#intervals += 1;
    this.#openedMs += this.#options.intervalMs;
    this.#sinceClose = [];
    const closed = this.#meter.hasMoved ? this.#meter.close() : undefined;
    if (closed === undefined) {
      this.#withoutEnergy += 1;
      return;
    }
    this.#saved = stored(closed.state);
    this.#begunAtCounts ??= this.#trueCounts.get(Date.parse(closed.span.startAt));
    this.#creditedWh += closed.energyWh;
    this.#events.push(...closed.span.events.map(({ kind }) => kind));
    const { within, intervalMs } = this.#options;
    const fromMs = this.#openedMs - intervalMs;
    if (within === undefined || fromMs < within.fromMs || fromMs >= within.toMs) return;
    this.#withinWh += closed.energyWh;
    this.#withinIntervals += 1;
  }

  #crash(): void {
    this.#meter = this.#newMeter();
    for (const sample of this.#sinceClose) this.#meter.take(sample);
  }

  #newMeter(): Meter {
    const { register, periodMs } = this.#options;
    const point: PointConfig = {
      ref: 'plc1/energy',
      id: 'energy',
      unit: register.unit,
      kind: 'counter',
      // A float is not scaled: its decimals are its own.
      settings: { scale: { digits: 1n, places: register.floatBits === undefined ? register.places : 0 } },
      ...(register.modulus === undefined ? {} : { modulus: register.modulus }),
      ...(register.floatBits === undefined ? {} : { floatBits: register.floatBits }),
      ...(register.resolution === undefined ? {} : { resolution: register.resolution }),
    };
    return new Meter(UNIT, point, this.#saved, periodMs);
  }
}

/** As it comes back from the store. */
function stored(state: CounterState): CounterState {
  return readCounterState(writeCounterState(state));
}

function sampleOf(register: Decimal, unit: string, atMs: number): Sample {
  return {
    kind: 'sample',
    point: 'plc1/energy',
    value: 0,
    register,
    unit,
    quality: 'good',
    readAtMs: atMs,
    raw: new Uint8Array(),
    recipe: { v: 1, driver: 'test' },
  };
}

export function lastOutcome({ outcomes }: MonthResult): MeterChangeOutcome {
  return present(outcomes.at(-1), 'an outcome of what was entered');
}
