import type { CounterState } from '../core/acquisition/counter-state.ts';
import { gapBody } from '../core/acquisition/gap-body.ts';
import type { UnitConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import type { JsonObject } from '../core/model/json.ts';

/** Stretches between two pushes that are shorter than this share of an interval are jitter and no gap. */
const JITTER_SHARE = 0.1;
/** A gap that goes on is stated in ever longer pieces, so that weeks of silence are no thousands of entries. */
const PIECE_MS_MAX = 86_400_000;

export interface SilenceParts {
  readonly unit: UnitConfig;
  readonly intervalMs: number;
  /** Up to where readings and gaps speak for the unit already; undefined before its first reading ever. */
  readonly statedMs: number | undefined;
  /** When this run of the appliance began: what is missing before that, nobody could receive. */
  readonly startedAtMs: number;
  /** Where the unit's export register stood when it was last recorded; undefined before its first value ever. */
  readonly register: () => CounterState | undefined;
}

/** A stretch that is to be stated as a gap: its entries, and where the unit then is spoken for. */
export interface Silence {
  readonly entries: readonly NewEntry[];
  readonly untilMs: number;
}

/**
 * What one unit did not push. Nothing is stated before the first reading ever, nor before a second interval is due as
 * well: a push that is a little late is no gap. What was stated stays; a late push adds its reading beside it.
 */
export class PushSilence {
  readonly #parts: SilenceParts;
  #statedMs: number | undefined;
  #pieces = 1;
  #wasStepped = false;

  constructor(parts: SilenceParts) {
    this.#parts = parts;
    this.#statedMs = parts.statedMs;
  }

  /**
   * What is missing before a reading that begins at `fromMs`, given the index that the first entry will have; the reading
   * follows them. `counted` is where its register stands, if its energy reaches back over the silence.
   */
  before(fromMs: number, counted: CounterState | undefined): (firstIndex: number) => readonly NewEntry[] {
    const sinceMs = this.#statedMs;
    if (sinceMs === undefined || fromMs - sinceMs <= JITTER_SHARE * this.#parts.intervalMs) return () => [];
    const stretches = this.#stretches(sinceMs, fromMs);
    return (firstIndex) =>
      stretches.map((stretch, n) => {
        const { energyWh, ...body } = this.#body(stretch, counted, firstIndex + stretches.length);
        // Said once, although the register counted it over all of them.
        const isLast = n === stretches.length - 1;
        return { kind: 'gap', body: isLast && energyWh !== undefined ? { ...body, energyWh } : body };
      });
  }

  /** A reading up to `toMs` was recorded. */
  heard(toMs: number): void {
    if (this.#statedMs !== undefined && toMs <= this.#statedMs) return;
    this.#statedMs = toMs;
    this.#pieces = 1;
    this.#wasStepped = false;
  }

  /** Whole intervals that are missing by now, once there are enough of them to be worth an entry. */
  due(nowMs: number): Silence | undefined {
    const { intervalMs } = this.#parts;
    const sinceMs = this.#statedMs;
    // After a start the sender has as long as after any push to come with what it kept.
    if (sinceMs === undefined || nowMs - this.#parts.startedAtMs < 2 * intervalMs) return undefined;
    const missing = Math.floor((nowMs - sinceMs) / intervalMs) - 1;
    const wanted = Math.min(this.#pieces, Math.max(1, Math.floor(PIECE_MS_MAX / intervalMs)));
    if (missing < wanted) return undefined;
    const untilMs = sinceMs + missing * intervalMs;
    const entries = this.#stretches(sinceMs, untilMs).map(
      (stretch): NewEntry => ({ kind: 'gap', body: this.#body(stretch, undefined) }),
    );
    return { entries, untilMs };
  }

  /** The gap was recorded. */
  stated({ untilMs }: Silence): void {
    this.#statedMs = untilMs;
    this.#pieces *= 2;
  }

  /** The wall clock was put forward or back; what was said of a future that is none now is not held on to. */
  clockStepped(nowMs: number, lastReadingMs: number | undefined): void {
    this.#wasStepped = true;
    if (this.#statedMs === undefined) return;
    this.#statedMs = Math.max(Math.min(this.#statedMs, nowMs), lastReadingMs ?? Number.NEGATIVE_INFINITY);
  }

  #stretches(fromMs: number, toMs: number): Stretch[] {
    const startMs = Math.min(Math.max(this.#parts.startedAtMs, fromMs), toMs);
    const sinceStart = this.#wasStepped ? 'ACQ_CLOCK_STEP' : 'DRV_HTTP_SILENT';
    return [
      { fromMs, toMs: startMs, reason: 'ACQ_NOT_RUNNING' },
      { fromMs: startMs, toMs, reason: sinceStart },
    ].filter((stretch) => stretch.toMs > stretch.fromMs);
  }

  /** Nobody knows whether the register counted on through a silence before a reading counts from it. */
  #body({ fromMs, toMs, reason }: Stretch, counted: CounterState | undefined, readingIndex?: number): JsonObject {
    const { unit, register } = this.#parts;
    const before = register();
    const isMetered = unit.signals.energyExport !== undefined;
    const reasons = new Map([[reason, toMs - fromMs]]);
    const gap = { unitId: unit.id, isMetered, fromMs, toMs, reasons, before, after: counted, isCarried: true };
    const body = gapBody(gap, readingIndex);
    return isMetered && before !== undefined && counted === undefined ? { ...body, treatment: 'not-known-yet' } : body;
  }
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}
