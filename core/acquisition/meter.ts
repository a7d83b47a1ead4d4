import type { PointConfig, UnitConfig } from '../config/plant.ts';
import { type Decimal, decimalOf, multiply, toText } from '../model/decimal.ts';
import { toIso } from '../model/time.ts';
import { advanceCounter, beginCounter, type CounterLimits, type CounterState, shiftCounterClock } from './counter.ts';
import type { CounterEventKind, RegisterSpan } from './reading.ts';
import type { Sample } from './sample.ts';

/** Above the rating a machine may run for a while; a register that counts faster than this is not believed. */
const OVERLOAD_FACTOR = 1.5;
const MICRO_WH_PER_WH = 1_000_000n;

/** One energy register of one unit, followed from interval to interval. */
export class Meter {
  readonly point: string;
  readonly #limits: CounterLimits;
  #state: CounterState | undefined;
  #begin: CounterState | undefined;
  #last: { readonly sample: Sample; readonly accepted: boolean } | undefined;
  #events: { kind: CounterEventKind; atMs: number; fromMicroWh: bigint; toMicroWh: bigint }[] = [];

  /** `saved` is the state at the end of the last recorded interval, or undefined for a meter never seen. */
  constructor(unit: UnitConfig, point: PointConfig, saved: CounterState | undefined) {
    this.point = point.ref;
    this.#limits = meterLimits(unit, point);
    this.#state = saved;
    this.#begin = saved;
  }

  /**
   * Takes a good sample in. `accepted` is false while a contradicting register waits for confirmation. The sample of
   * the boundary comes twice, at the end of one interval and at the begin of the next: it confirms nothing by itself.
   */
  take(sample: Sample): { readonly accepted: boolean } {
    if (this.#last?.sample !== sample) this.#last = { sample, ...this.#follow(sample) };
    return this.#last;
  }

  shiftClock(stepMs: number): void {
    if (this.#state !== undefined) this.#state = shiftCounterClock(this.#state, stepMs);
  }

  #follow(sample: Sample): { readonly accepted: boolean } {
    const { register } = sample;
    if (register === undefined) return { accepted: false };
    const registerMicroWh = toMicroWh(register, sample.unit);
    if (this.#state === undefined) {
      this.#state = beginCounter(registerMicroWh, sample.readAtMs);
      this.#begin = this.#state;
      return { accepted: true };
    }
    const step = advanceCounter(this.#state, registerMicroWh, sample.readAtMs, this.#limits);
    this.#state = step.state;
    if (step.event !== undefined) this.#events.push({ ...step.event, atMs: sample.readAtMs });
    return { accepted: step.kind === 'accepted' };
  }

  /** The energy counted since the last close, rounded down, and the registers it came from; then begins anew. */
  close(): { readonly energyWh: number; readonly span: RegisterSpan; readonly state: CounterState } | undefined {
    const begin = this.#begin;
    const state = this.#state;
    if (begin === undefined || state === undefined) return undefined;
    const energyWh = Number(state.totalMicroWh / MICRO_WH_PER_WH - begin.totalMicroWh / MICRO_WH_PER_WH);
    const span = {
      startKwh: toKwhText(begin.registerMicroWh),
      startAt: toIso(begin.atMs),
      endKwh: toKwhText(state.registerMicroWh),
      endAt: toIso(state.atMs),
      events: this.#events.map(({ kind, atMs, fromMicroWh, toMicroWh: reached }) => ({
        kind,
        at: toIso(atMs),
        fromKwh: toKwhText(fromMicroWh),
        toKwh: toKwhText(reached),
      })),
    };
    this.#events = [];
    this.#begin = state;
    return { energyWh, span, state };
  }

  /** Whether the register was read since the last close. */
  get hasMoved(): boolean {
    return this.#state !== undefined && this.#state.atMs !== this.#begin?.atMs;
  }
}

function meterLimits(unit: UnitConfig, point: PointConfig): CounterLimits {
  const scale = scaleOf(point.settings);
  const resolutionMicroWh = toMicroWh(scale, point.unit);
  return {
    resolutionMicroWh: resolutionMicroWh > 0n ? resolutionMicroWh : 1n,
    maxPowerKw: unit.ratedPowerKw * OVERLOAD_FACTOR,
    ...(point.modulus === undefined
      ? {}
      : { modulusMicroWh: toMicroWh(multiply({ digits: point.modulus, places: 0 }, scale), point.unit) }),
  };
}

/** What one raw count is worth in the point's unit; drivers that have no scale count whole units. */
function scaleOf(settings: unknown): Decimal {
  const scale = typeof settings === 'object' && settings !== null && 'scale' in settings ? settings.scale : undefined;
  if (typeof scale === 'number') return decimalOf(scale);
  if (isDecimal(scale)) return scale;
  return { digits: 1n, places: 0 };
}

function isDecimal(value: unknown): value is Decimal {
  return typeof value === 'object' && value !== null && 'digits' in value && 'places' in value;
}

const MICRO_WH_PLACES: Readonly<Record<string, number>> = { Wh: 6, kWh: 9, MWh: 12 };

/** Whole microwatt-hours, rounded down; finer digits than that no meter has. */
function toMicroWh(amount: Decimal, unit: string): bigint {
  const shift = (MICRO_WH_PLACES[unit] ?? 9) - amount.places;
  return shift >= 0 ? amount.digits * 10n ** BigInt(shift) : amount.digits / 10n ** BigInt(-shift);
}

function toKwhText(microWh: bigint): string {
  return toText({ digits: microWh, places: 9 });
}
