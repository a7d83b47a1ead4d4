import type { Random } from '../../../core/model/random.ts';

/** 2000 kW as whole microwatt-hours in a millisecond, so that the truth is exact. */
const RATE_MAX = 555_555;
const MICRO_WH_PER_WH = 1_000_000;
const KW_PER_RATE = 0.0036;
export const MODULUS = 2 ** 32;
/** A register that wraps does so while it is watched. */
const WRAP_WITHIN = 150_000;
/** Far enough from every other meter's values that none is a power of ten of another. */
const START_MIN = 110_000_000;
const START_SPREAD = 30_000_000;

interface Stretch {
  readonly fromMs: number;
  readonly rate: number;
  readonly microWh: number;
}

/** One meter, or one meter from one setting of its register to the next. */
interface Era {
  readonly startCounts: number;
  readonly startMicroWh: number;
}

/** A turbine set and its meter as they are, whoever reads them. Counts are watt-hours. */
export class TrueUnit {
  readonly #random: Random;
  #stretches: Stretch[] = [{ fromMs: 0, rate: 0, microWh: 0 }];
  #nextChangeMs = 0;
  #eras: Era[];
  /** A register near its end, or one that was reset a moment ago: a step of it could be taken for something else. */
  #isAmbiguous: boolean;
  /** The register does not move on the wire until then. */
  #stuck: { readonly counts: number; readonly untilMs: number } | undefined;
  #dipUntilMs = 0;
  #dipAtFirstMs = 0;
  /** Every value that the meter showed to anybody, with the era that it belongs to. */
  readonly shown = new Map<number, number>();
  /** Values at which the register stood still on the wire, and from which it leapt to the true one afterwards. */
  readonly stood = new Set<number>();

  /** `mayWrap`: one register in three goes round while it is watched. */
  constructor(random: Random, { mayWrap }: { readonly mayWrap: boolean }) {
    this.#random = random;
    const isNearEnd = random.next() < 0.33 && mayWrap;
    const startCounts = isNearEnd
      ? MODULUS - Math.floor(random.next() * WRAP_WITHIN)
      : START_MIN + Math.floor(START_SPREAD * random.next());
    this.#isAmbiguous = isNearEnd;
    this.#eras = [{ startCounts, startMicroWh: 0 }];
  }

  powerKw(atMs: number): number {
    return Math.round(this.#stretchAt(atMs).rate * KW_PER_RATE);
  }

  /** What the meter answers: its counts, or a low value that comes from nowhere. */
  show(atMs: number): number {
    if (this.#dipAtFirstMs > 0) this.dip(atMs, this.#dipAtFirstMs);
    this.#dipAtFirstMs = 0;
    if (atMs < this.#dipUntilMs) return 0;
    const counts = this.#stuck !== undefined && atMs < this.#stuck.untilMs ? this.#stuck.counts : this.#counts(atMs);
    this.shown.set(counts, this.#eras.length - 1);
    return counts;
  }

  get eras(): number {
    return this.#eras.length;
  }

  /** The register begins again from 0, or another meter was put in: from then on it counts from `counts`. */
  replaceMeter(atMs: number, counts: number): void {
    if (this.#isAmbiguous) return;
    this.#stuck = undefined;
    this.#isAmbiguous = counts === 0;
    this.#eras.push({ startCounts: counts, startMicroWh: this.#microWh(atMs) });
  }

  stick(atMs: number, forMs: number): void {
    this.#stuck = { counts: this.#counts(atMs), untilMs: atMs + forMs };
    this.stood.add(this.#stuck.counts);
  }

  /** It has no value yet when it is asked for the first time, and for so long after that. */
  dipAtFirst(forMs: number): void {
    this.#dipAtFirstMs = forMs;
  }

  dip(atMs: number, forMs: number): void {
    this.#dipUntilMs = atMs + forMs;
  }

  #counts(atMs: number): number {
    const era = this.#eras.at(-1) as Era;
    return (era.startCounts + Math.floor((this.#microWh(atMs) - era.startMicroWh) / MICRO_WH_PER_WH)) % MODULUS;
  }

  #microWh(atMs: number): number {
    const { fromMs, rate, microWh } = this.#stretchAt(atMs);
    return microWh + Math.floor((atMs - fromMs) * rate);
  }

  /** A machine that is mostly steady, sometimes moves, and rests for a fifth of the time. Only asked about the present. */
  #stretchAt(atMs: number): Stretch {
    while (this.#nextChangeMs <= atMs) {
      const last = this.#stretches.at(-1) as Stretch;
      const fromMs = this.#nextChangeMs;
      const microWh = last.microWh + Math.floor((fromMs - last.fromMs) * last.rate);
      const rate = this.#random.next() < 0.2 ? 0 : Math.floor(this.#random.next() * RATE_MAX);
      this.#stretches.push({ fromMs, rate, microWh });
      this.#nextChangeMs += 10_000 + Math.floor(this.#random.next() * 120_000);
    }
    return this.#stretches.at(-1) as Stretch;
  }
}
