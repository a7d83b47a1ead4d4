import { present } from '../../core/model/assert.ts';
import type { UnitState } from '../../core/model/unit-state.ts';
import { buildMachine, type Machine, type Nameplate } from './machine.ts';
import { hashToUnit } from './noise.ts';
import { DAYS_PER_CYCLE, flowOfTheYear, GRID_MS, GRID_PER_CYCLE, seasonAt } from './river.ts';
import { type DutyCycle, drawSegments, GRID_PER_SLOT, type Segment, SLOT_MS } from './schedule.ts';

/** What is true of one unit at one moment, before any sensor looks at it. */
export interface Truth {
  readonly state: UnitState;
  readonly flowShare: number;
  readonly headM: number;
  readonly powerKw: number;
  /** Since 2026-01-01T00:00:00Z; negative before. Never falls as time goes on. */
  readonly exportedKwh: number;
  readonly importedKwh: number;
  /** Water in the river, share of what all units can take. */
  readonly riverShare: number;
  /** 0 in the driest week, 1 at the height of the monsoon. */
  readonly season: number;
}

/** A unit by its nameplate, and how it is run where not by the river. */
export interface SimulatedUnit extends Nameplate {
  readonly cycle?: DutyCycle | undefined;
}

const EPOCH_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const CYCLE_MS = DAYS_PER_CYCLE * DAY_MS;
const SLOTS_PER_CYCLE = CYCLE_MS / SLOT_MS;
const MS_PER_HOUR = 3_600_000;

/**
 * A run-of-river plant as a function of seed and time. Each four-hour slot of a repeating year is decided by hashes,
 * flow runs in straight lines within it, and energy is the integral of power, so that registers continue exactly
 * after any restart and any date is reached at once.
 */
export class SimulatedPlant {
  readonly #seed: number;
  readonly #river: Readonly<Float64Array>;
  /** How many units the river feeds in each slot; they are started in order. */
  readonly #running: Uint8Array;
  readonly #cycles: readonly (DutyCycle | undefined)[];
  readonly #machines: readonly Machine[];
  readonly #prefixes: readonly EnergyPrefix[];
  readonly #slots = new Map<number, { slot: number; segments: Segment[] }>();

  constructor(seed: number, units: readonly SimulatedUnit[]) {
    this.#seed = seed;
    this.#river = flowOfTheYear(seed);
    this.#running = unitsFed(this.#river, units.length);
    this.#cycles = units.map(({ cycle }) => cycle);
    this.#machines = units.map((nameplate, unit) => buildMachine(nameplate, seed, 100 + 10 * unit));
    this.#prefixes = this.#machines.map((_machine, unit) => this.#sumTheYear(unit));
  }

  /** Index of a unit by its id, or undefined. */
  indexOf(id: string): number | undefined {
    const index = this.#machines.findIndex(({ nameplate }) => nameplate.id === id);
    return index < 0 ? undefined : index;
  }

  nameplate(unit: number): Nameplate {
    return present(this.#machines[unit], 'the unit').nameplate;
  }

  truthAt(unit: number, utcMs: number): Truth {
    const machine = present(this.#machines[unit], 'the unit');
    const cycle = Math.floor((utcMs - EPOCH_MS) / CYCLE_MS);
    const cycleMs = utcMs - EPOCH_MS - cycle * CYCLE_MS;
    const slot = Math.floor(cycleMs / SLOT_MS);
    const slotMs = cycleMs - slot * SLOT_MS;
    const prefix = present(this.#prefixes[unit], 'the prefix sums of the unit');
    let exported = cycle * prefix.exportedCycleKwh + present(prefix.exportedKwh[slot], 'the slot');
    let imported = cycle * prefix.importedCycleKwh + present(prefix.importedKwh[slot], 'the slot');
    for (const segment of this.#segments(unit, slot)) {
      const untilMs = Math.min(segment.toMs, slotMs);
      if (untilMs > segment.fromMs) {
        exported += this.#exportedKwh(machine, slot, segment, untilMs);
        imported += importedKwh(machine, segment, untilMs);
      }
      if (slotMs >= segment.toMs) continue;
      const riverShare = this.#riverAt(slot, slotMs);
      const flowShare = flowAt(segment, slotMs);
      const grossHeadM = machine.grossHeadM(riverShare);
      return {
        state: segment.state,
        flowShare,
        headM: machine.netHeadM(grossHeadM, flowShare),
        powerKw: segment.breaker === 'closed' ? machine.powerKw(grossHeadM, flowShare) : 0,
        exportedKwh: exported,
        importedKwh: imported,
        riverShare,
        season: seasonAt(cycleMs / DAY_MS),
      };
    }
    throw new Error(`Assertion failed: slot ${slot} has a segment at ${slotMs} ms`);
  }

  #sumTheYear(unit: number): EnergyPrefix {
    const machine = present(this.#machines[unit], 'the unit');
    const exportedKwh = new Float64Array(SLOTS_PER_CYCLE);
    const importedKwhs = new Float64Array(SLOTS_PER_CYCLE);
    let exported = 0;
    let imported = 0;
    for (let slot = 0; slot < SLOTS_PER_CYCLE; slot += 1) {
      exportedKwh[slot] = exported;
      importedKwhs[slot] = imported;
      for (const segment of this.#drawSlot(unit, slot)) {
        exported += this.#exportedKwh(machine, slot, segment, segment.toMs);
        imported += importedKwh(machine, segment, segment.toMs);
      }
    }
    return { exportedKwh, importedKwh: importedKwhs, exportedCycleKwh: exported, importedCycleKwh: imported };
  }

  /** The slot that was asked for last stays drawn: polls ask for the same one for hours. */
  #segments(unit: number, slot: number): Segment[] {
    const drawn = this.#slots.get(unit);
    if (drawn?.slot === slot) return drawn.segments;
    const segments = this.#drawSlot(unit, slot);
    this.#slots.set(unit, { slot, segments });
    return segments;
  }

  #drawSlot(unit: number, slot: number): Segment[] {
    const before = (slot + SLOTS_PER_CYCLE - 1) % SLOTS_PER_CYCLE;
    // The first point belongs to the slot before, so that load never jumps where slots meet.
    const load = [this.#loadAt(before, slot * GRID_PER_SLOT)];
    for (let point = 1; point <= GRID_PER_SLOT; point += 1) load.push(this.#loadAt(slot, slot * GRID_PER_SLOT + point));
    return drawSegments({
      seed: this.#seed,
      stream: 1000 + 10 * unit,
      slot,
      ranBefore: (this.#running[before] ?? 0) > unit,
      runs: (this.#running[slot] ?? 0) > unit,
      noLoadShare: present(this.#machines[unit], 'the unit').noLoadShare,
      load,
      cycle: this.#cycles[unit],
    });
  }

  #loadAt(slot: number, gridIndex: number): number {
    const point = gridIndex % GRID_PER_CYCLE;
    const share = ((this.#river[point] ?? 0) * this.#machines.length) / (this.#running[slot] ?? 1);
    return Math.min(0.96, Math.max(0.45, share)) * this.#governorAt(point);
  }

  /** The governor's small corrections at a grid point, around 1. */
  #governorAt(point: number): number {
    return 1 + 0.012 * (2 * hashToUnit(this.#seed, 3, point) - 1);
  }

  #riverAt(slot: number, slotMs: number): number {
    const position = slot * GRID_PER_SLOT + slotMs / GRID_MS;
    const index = Math.floor(position);
    const from = this.#river[index] ?? 0;
    const to = this.#river[index + 1 === GRID_PER_CYCLE ? 0 : index + 1] ?? 0;
    return from + (to - from) * (position - index);
  }

  /** Gauss and Legendre's two points, exact to the third degree: within a segment power is nearly a straight line. */
  #exportedKwh(machine: Machine, slot: number, segment: Segment, untilMs: number): number {
    if (segment.breaker === 'open') return 0;
    const halfMs = (untilMs - segment.fromMs) / 2;
    const middleMs = segment.fromMs + halfMs;
    const first = this.#powerAt(machine, slot, segment, middleMs - GAUSS_NODE * halfMs);
    const second = this.#powerAt(machine, slot, segment, middleMs + GAUSS_NODE * halfMs);
    return ((first + second) * halfMs) / MS_PER_HOUR;
  }

  #powerAt(machine: Machine, slot: number, segment: Segment, slotMs: number): number {
    return machine.powerKw(machine.grossHeadM(this.#riverAt(slot, slotMs)), flowAt(segment, slotMs));
  }
}

/** By the water in the middle of each slot; the first unit always runs. */
function unitsFed(river: Readonly<Float64Array>, units: number): Uint8Array {
  return Uint8Array.from({ length: SLOTS_PER_CYCLE }, (_none, slot) => {
    const middle = river[slot * GRID_PER_SLOT + GRID_PER_SLOT / 2] ?? 0;
    return Math.min(units, Math.max(1, Math.ceil(middle * units - 0.15)));
  });
}

interface EnergyPrefix {
  /** Energy before each slot of the cycle. */
  readonly exportedKwh: Float64Array;
  readonly importedKwh: Float64Array;
  readonly exportedCycleKwh: number;
  readonly importedCycleKwh: number;
}

const GAUSS_NODE = 1 / Math.sqrt(3);

function flowAt(segment: Segment, slotMs: number): number {
  const part = (slotMs - segment.fromMs) / (segment.toMs - segment.fromMs);
  return segment.flowFrom + (segment.flowTo - segment.flowFrom) * part;
}

function importedKwh(machine: Machine, segment: Segment, untilMs: number): number {
  return segment.breaker === 'open' ? (machine.auxiliaryKw * (untilMs - segment.fromMs)) / MS_PER_HOUR : 0;
}
