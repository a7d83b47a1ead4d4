import type { UnitState } from '../../core/model/unit-state.ts';
import { hashToUnit } from './noise.ts';
import { GRID_MS } from './river.ts';

/** Units are started and stopped by the river every four hours; each slot is decided by itself. */
export const SLOT_MS = 14_400_000;
export const GRID_PER_SLOT = SLOT_MS / GRID_MS;

/** A stretch in which flow and river change in a straight line. Times in milliseconds from the slot's start. */
export interface Segment {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: UnitState;
  /** Only with a closed breaker is there power. */
  readonly breaker: 'open' | 'closed';
  /** Flow at both ends, share of rated flow. */
  readonly flowFrom: number;
  readonly flowTo: number;
}

/** A unit that is started and stopped again and again for the peaks of demand, out of the water in its forebay. */
export interface DutyCycle {
  /** From stop to stop; divides the slot, so that each slot holds whole cycles. */
  readonly everyMs: number;
  /** At a standstill in each of them. */
  readonly restMs: number;
}

/** What the slot's segments are drawn from. */
export interface SlotPlan {
  readonly seed: number;
  readonly stream: number;
  /** Index of the slot in the cycle. */
  readonly slot: number;
  readonly ranBefore: boolean;
  readonly runs: boolean;
  readonly noLoadShare: number;
  /** Flow under load at each grid point of the slot, its end included. */
  readonly load: readonly number[];
  readonly cycle?: DutyCycle | undefined;
}

const MINUTE_MS = 60_000;
const TRIPS_PER_SLOT = 0.02;
const RAMP_PIECES = 10;
const START_MS = 4 * MINUTE_MS;
const STOP_MS = 3.25 * MINUTE_MS;
/** A machine that is built for peaks takes half the time to start and stop. */
const PEAKING_PACE = 0.5;
const PEAKING_MOVES_MS = PEAKING_PACE * (START_MS + STOP_MS);

/** Why no machine can run this cycle, or undefined. */
export function refuseCycle({ everyMs, restMs }: DutyCycle): string | undefined {
  if (SLOT_MS % everyMs !== 0) return 'every must divide 4h without a rest';
  if (everyMs - restMs < PEAKING_MOVES_MS + MINUTE_MS) return 'every must leave 5m beside rest to start, run and stop';
  return undefined;
}

export function drawSegments(plan: SlotPlan): Segment[] {
  if (plan.cycle !== undefined) return drawCycles(plan, plan.cycle);
  const sketch = new Sketch(plan, 1);
  const delayMs = Math.floor(hashToUnit(plan.seed, plan.stream + 1, plan.slot) * 40) * MINUTE_MS;
  if (plan.runs && plan.ranBefore) {
    if (hashToUnit(plan.seed, plan.stream + 2, plan.slot) < TRIPS_PER_SLOT) {
      sketch.runUntil((60 + Math.floor(hashToUnit(plan.seed, plan.stream + 3, plan.slot) * 90)) * MINUTE_MS + 17_000);
      sketch.trip((12 + Math.floor(hashToUnit(plan.seed, plan.stream + 4, plan.slot) * 18)) * MINUTE_MS);
      sketch.start();
    }
    sketch.runUntil(SLOT_MS);
  } else if (plan.runs) {
    sketch.rest('stopped', delayMs);
    sketch.start();
    sketch.runUntil(SLOT_MS);
  } else if (plan.ranBefore) {
    sketch.runUntil(delayMs);
    sketch.stop();
    sketch.rest('stopped', SLOT_MS - sketch.atMs);
  } else sketch.rest('stopped', SLOT_MS);
  return sketch.segments;
}

/** Runs, stops, rests and starts; the slot begins and ends under load, so that slots meet without a jump. */
function drawCycles(plan: SlotPlan, { everyMs, restMs }: DutyCycle): Segment[] {
  const sketch = new Sketch(plan, PEAKING_PACE);
  while (sketch.atMs < SLOT_MS) {
    sketch.runUntil(sketch.atMs + everyMs - restMs - PEAKING_MOVES_MS);
    sketch.stop();
    sketch.rest('stopped', restMs);
    sketch.start();
  }
  return sketch.segments;
}

/** Draws one slot from left to right. */
class Sketch {
  readonly segments: Segment[] = [];
  atMs = 0;
  readonly #plan: SlotPlan;
  readonly #minuteMs: number;

  /** `pace` is the share of the ordinary time that starting and stopping take. */
  constructor(plan: SlotPlan, pace: number) {
    this.#plan = plan;
    this.#minuteMs = pace * MINUTE_MS;
  }

  runUntil(toMs: number): void {
    while (this.atMs < toMs) {
      const knotMs = Math.min(toMs, (Math.floor(this.atMs / GRID_MS) + 1) * GRID_MS);
      this.#draw(knotMs - this.atMs, 'generating', 'closed', this.#loadAt(this.atMs), this.#loadAt(knotMs));
    }
  }

  rest(state: UnitState, durationMs: number): void {
    if (durationMs > 0) this.#draw(durationMs, state, 'open', 0, 0);
  }

  /** At the ordinary pace: gate to speed-no-load in a minute, another to synchronise, then load in two. */
  start(): void {
    const idle = this.#plan.noLoadShare;
    this.#draw(this.#minuteMs, 'starting', 'open', 0, idle);
    this.#draw(this.#minuteMs, 'starting', 'open', idle, idle);
    this.#ramp(2 * this.#minuteMs, 'generating', idle, this.#loadAt(this.atMs + 2 * this.#minuteMs));
  }

  /** Unload in two and a half minutes, open the breaker, close the gate. */
  stop(): void {
    const idle = this.#plan.noLoadShare;
    this.#ramp(2.5 * this.#minuteMs, 'stopping', this.#loadAt(this.atMs), idle);
    this.#draw(0.75 * this.#minuteMs, 'stopping', 'open', idle, 0);
  }

  /** The breaker opens at once; the gate needs seconds, or the penstock would burst. */
  trip(durationMs: number): void {
    this.#draw(9000, 'tripped', 'open', this.#loadAt(this.atMs), 0);
    this.rest('tripped', durationMs);
  }

  /** Short pieces, in each of which power is nearly straight, so that its integral never errs by more than a trace. */
  #ramp(durationMs: number, state: UnitState, flowFrom: number, flowTo: number): void {
    const step = (flowTo - flowFrom) / RAMP_PIECES;
    for (let piece = 0; piece < RAMP_PIECES; piece += 1) {
      this.#draw(durationMs / RAMP_PIECES, state, 'closed', flowFrom + piece * step, flowFrom + (piece + 1) * step);
    }
  }

  #draw(durationMs: number, state: UnitState, breaker: 'open' | 'closed', flowFrom: number, flowTo: number): void {
    this.segments.push({ fromMs: this.atMs, toMs: this.atMs + durationMs, state, breaker, flowFrom, flowTo });
    this.atMs += durationMs;
  }

  #loadAt(slotMs: number): number {
    const index = Math.min(GRID_PER_SLOT - 1, Math.floor(slotMs / GRID_MS));
    const from = this.#plan.load[index] ?? 0;
    const to = this.#plan.load[index + 1] ?? from;
    return from + (to - from) * (slotMs / GRID_MS - index);
  }
}
