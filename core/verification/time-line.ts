import type { Reading } from '../acquisition/reading.ts';
import { instantMs } from '../model/time.ts';
import type { VerdictStatus } from './verdict.ts';

/** What is kept of an earlier reading: enough to compare neighbours in time with, and no more. */
export interface Trace {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: VerdictStatus;
  readonly powerKw: number | undefined;
  readonly flowM3s: number | undefined;
  readonly headM: number | undefined;
  readonly gatePercent: number | undefined;
  readonly energyKwh: number | undefined;
  /** Whether nothing but the register spoke against the energy that the reading claims. */
  readonly claimHolds: boolean;
  /** The export register at the interval's end, where only what was claimed beside it can have been wrong. */
  readonly registerKwh: number | undefined;
  /** Begin of the earlier interval that looked the same to the last digit, where there is one. */
  readonly originalMs: number | undefined;
  /** How many readings in a row, this one the last, showed one constant value. */
  readonly runs: Runs;
}

/** Quantities whose sensors are watched for standing still. */
export const WATCHED = ['flowM3s', 'powerKw', 'headM'] as const;
export type Watched = (typeof WATCHED)[number];
/** A quantity that moved within its interval has no run. */
export type Runs = Readonly<Partial<Record<Watched, number>>>;

/** An export register as it stood at a moment, from a reading that was not refused. */
export interface RegisterMark {
  readonly atMs: number;
  readonly kwh: number;
}

/**
 * A unit's earlier readings by their own time, whatever order they arrived in: after an outage the readings of that
 * time come late, and their neighbours are those of their time. Holds the last `capacity` readings that arrived.
 */
export class TimeLine {
  readonly #capacity: number;
  /** In order of arrival, so that the oldest leaves first. */
  readonly #arrived: { readonly trace: Trace; readonly mark: RegisterMark | undefined }[] = [];
  #oldest = 0;
  readonly #byFrom = new Map<number, Trace>();
  readonly #byTo = new Map<number, Trace>();
  readonly #marks: RegisterMark[] = [];
  #doubted: (RegisterMark & { readonly run: number }) | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `holds` says whether nothing spoke against the register itself. */
  remember(trace: Trace, mark: RegisterMark | undefined, holds: boolean): void {
    const isBelieved = trace.status !== 'REJECTED' && (holds || this.#hasSettled(trace, mark));
    const kept = isBelieved ? mark : undefined;
    this.#push({ trace, mark: kept });
    const earlier = this.#byFrom.get(trace.fromMs);
    // What was refused never takes the place of what counts.
    if (earlier === undefined || earlier.status === 'REJECTED' || trace.status !== 'REJECTED') {
      this.#byFrom.set(trace.fromMs, trace);
      this.#byTo.set(trace.toMs, trace);
    }
    if (kept !== undefined) this.#mark(kept);
  }

  /** The register was set, or belongs to another meter since: what it showed before binds nobody. */
  forgetRegisters(): void {
    this.#marks.length = 0;
  }

  /** The reading that begins at `fromMs`; one that counts, where there are several. */
  at(fromMs: number): Trace | undefined {
    return this.#byFrom.get(fromMs);
  }

  /** The reading whose interval ends at `toMs`. */
  endingAt(toMs: number): Trace | undefined {
    return this.#byTo.get(toMs);
  }

  /** The registers nearest in time before (or at) and after a moment. */
  registersAround(atMs: number): { readonly before?: RegisterMark; readonly after?: RegisterMark } {
    const place = this.#placeOf(atMs);
    const before = this.#marks[place - 1];
    const after = this.#marks[place];
    return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
  }

  /**
   * What the readings between two moments claim together, kWh: those that nothing but the register spoke against, and
   * all of them. Undefined where a reading in between is missing or claims nothing, or the way is too long.
   */
  claimsBetween(fromMs: number, toMs: number): { readonly holding: number; readonly all: number } | undefined {
    let holding = 0;
    let all = 0;
    let at = toMs;
    for (let steps = 0; at > fromMs; steps += 1) {
      const trace = this.#byTo.get(at);
      if (trace?.energyKwh === undefined || steps === CLAIMS_MAX) return undefined;
      all += Math.max(0, trace.energyKwh);
      if (trace.claimHolds) holding += Math.max(0, trace.energyKwh);
      at = trace.fromMs;
    }
    return at === fromMs ? { holding, all } : undefined;
  }

  /**
   * A register that rose by more than was claimed, and then went on as claimed for several intervals, has lost or
   * gained nothing that anybody claims: it is believed from there on. One that claims more than it rose is refused
   * each time and never gets here.
   */
  #hasSettled(trace: Trace, mark: RegisterMark | undefined): boolean {
    const doubted = this.#doubted;
    if (mark === undefined) return false;
    const goesOn = doubted !== undefined && doubted.atMs === trace.fromMs && mark.kwh >= doubted.kwh;
    const run = goesOn ? doubted.run + 1 : 1;
    this.#doubted = { ...mark, run };
    return run >= SETTLED_RUN;
  }

  /** A register that counts in its place: what stood later and lower was believed too soon. */
  #mark(kept: RegisterMark): void {
    const place = this.#placeOf(kept.atMs);
    let end = place;
    while (end < this.#marks.length && (this.#marks[end]?.kwh ?? 0) < kept.kwh - ROUNDING_KWH) end += 1;
    // A handful may have been believed too soon; a long row of them is what counts.
    if (end - place > BELIEVED_TOO_SOON_MAX) return;
    this.#marks.splice(place, end - place, kept);
  }

  #push(arrival: { trace: Trace; mark: RegisterMark | undefined }): void {
    if (this.#arrived.length < this.#capacity) {
      this.#arrived.push(arrival);
      return;
    }
    const leaving = this.#arrived[this.#oldest];
    this.#arrived[this.#oldest] = arrival;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
    if (leaving === undefined) return;
    const { trace, mark } = leaving;
    if (this.#byFrom.get(trace.fromMs) === trace) this.#byFrom.delete(trace.fromMs);
    if (this.#byTo.get(trace.toMs) === trace) this.#byTo.delete(trace.toMs);
    const place = mark === undefined ? -1 : this.#placeOf(mark.atMs) - 1;
    if (place >= 0 && this.#marks[place] === mark) this.#marks.splice(place, 1);
  }

  /** Index of the first mark after `atMs`. */
  #placeOf(atMs: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#marks[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const BELIEVED_TOO_SOON_MAX = 48;
/** Intervals in a row after which a register that only had risen too far is believed again. */
const SETTLED_RUN = 4;
/** Registers are shown in whole kilowatt-hours at the coarsest. */
const ROUNDING_KWH = 2;
/** So many refused readings in a row are looked through for their claims. */
const CLAIMS_MAX = 300;

/** Longest run of equal values that is counted. The window of history is always longer. */
const RUN_MAX = 60;

/** `before` is the reading whose interval ends where this one begins. */
export function runOf(name: Watched, { [name]: statistics }: Reading, before: Trace | undefined): number {
  if (statistics === undefined || statistics.min !== statistics.max) return 0;
  if (before?.[name] !== statistics.mean) return 1;
  return Math.min((before.runs[name] ?? 0) + 1, RUN_MAX);
}

/** What a trace keeps beside the reading itself. */
export interface Judgement {
  readonly status: VerdictStatus;
  readonly claimHolds: boolean;
  readonly mark: RegisterMark | undefined;
  /** Nothing spoke against the register, or nothing but claims that it does not bear out. */
  readonly register: 'holds' | 'unlike-claim' | 'doubted';
  readonly originalMs: number | undefined;
}

export function traceOf(
  reading: Reading,
  { status, claimHolds, mark, register, originalMs }: Judgement,
  before: Trace | undefined,
): Trace {
  const toMs = instantMs(reading.to);
  const isShown = mark?.atMs === toMs && register !== 'doubted';
  // A register that claims do not fit is right only if it moved on from one that was.
  const isSound = register === 'holds' || (before?.registerKwh !== undefined && before.registerKwh <= (mark?.kwh ?? 0));
  return {
    originalMs,
    registerKwh: isShown && isSound ? mark.kwh : undefined,
    runs: Object.fromEntries(WATCHED.map((name) => [name, runOf(name, reading, before)])),
    energyKwh: reading.energyWh === undefined ? undefined : reading.energyWh / 1000,
    claimHolds,
    fromMs: instantMs(reading.from),
    toMs,
    status,
    powerKw: reading.powerKw?.mean,
    flowM3s: reading.flowM3s?.mean,
    headM: reading.headM?.mean,
    gatePercent: reading.gatePercent?.mean,
  };
}
