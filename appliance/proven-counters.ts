import { type CounterState, readCounterState } from '../core/acquisition/counter-state.ts';
import type { Reading, RegisterSpan } from '../core/acquisition/reading.ts';
import { toMicroWh } from '../core/acquisition/register-measure.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { parseDecimal } from '../core/model/decimal.ts';
import type { Log } from '../core/model/log.ts';
import { configurationAt } from '../core/store/configuration.ts';
import { loadCounters } from '../core/store/counters.ts';
import { latestEntry } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { newestReadingsOfUnit } from '../core/store/readings.ts';
import { measureOf } from './close-former-interval.ts';
import { type MeterOfPlant, metersOf } from './meter-change.ts';
import { readRecordedConfig } from './read-recorded-config.ts';

export type SavedCounters = ReadonlyMap<string, CounterState>;

/**
 * Where each counter stood when it was last recorded. The table that says so is computed from nothing, but a unit's meter
 * moves only in a write with the reading whose registers end where it then stands. So one that is at another register at
 * the same time, or at an earlier one, is not what was written: counting on from it would count energy twice or leave some
 * out. It is left out with the code `STO_COUNTER_DAMAGED`, and begins anew, which the next reading says.
 *
 * Where the unit's energy came from another register since, as after plant.yaml named another one for a while, a counter
 * is what was written and is too old all the same: what its register turned meanwhile was counted by the other one, or by
 * nobody. It begins anew as well, with the code `ACQ_COUNTER_OTHER`.
 */
export function provenCounters(store: ReadableStore, config: PlantConfig, log: Log): SavedCounters {
  const meters = new Map(metersOf(config).map((meter) => [meter.key, meter]));
  const history = new MeterHistory(store, config);
  const proven = new Map<string, CounterState>();
  for (const [point, text] of loadCounters(store)) {
    const state = readQuietly(text);
    const meter = meters.get(point);
    const past = meter === undefined ? undefined : history.of(meter);
    if (past?.kind === 'elsewhere' && !isBegunIn(past, state)) {
      const message = `The unit's energy was counted elsewhere since ${point} was; it begins anew.`;
      log.warn({ code: 'ACQ_COUNTER_OTHER', point, index: past.index }, message);
    } else if (state !== undefined && (past?.kind !== 'seen' || fits(state, past))) proven.set(point, state);
    else {
      const message = `What the counter ${point} stands at is not what was recorded; it begins anew.`;
      log.error({ code: 'STO_COUNTER_DAMAGED', point, index: past?.index ?? null }, message);
    }
  }
  return proven;
}

interface SeenRegister {
  readonly kind: 'seen';
  readonly index: number;
  readonly microWh: bigint | undefined;
  readonly atMs: number;
}

/** The unit's energy came from another register, by the reading with this index. */
interface CountedElsewhere {
  readonly kind: 'elsewhere';
  readonly index: number;
  /** From the meter's newest value since of which nothing could be counted, as a first push has it. */
  readonly begun?: SeenRegister | undefined;
  /** When it was named again, where no reading of that time is looked at any more: what was read later goes on. */
  readonly sinceMs?: number;
}

/** What the unit's readings say of a meter. */
class MeterHistory {
  readonly #store: ReadableStore;
  readonly #config: PlantConfig;
  /** By the index of their entry. */
  readonly #configs = new Map<number, PlantConfig | undefined>();

  constructor(store: ReadableStore, config: PlantConfig) {
    this.#store = store;
    this.#config = config;
  }

  /**
   * The last register of the meter that a reading holds, in the order in which they were recorded; undefined where none
   * says anything. `elsewhere` where a reading had its energy from another register after that: the meter may be named
   * again for long, and still be silent.
   */
  of(meter: MeterOfPlant): SeenRegister | CountedElsewhere | undefined {
    const { unit, quantity } = meter;
    let begun: SeenRegister | undefined;
    for (const { index, body } of newestReadingsOfUnit(this.#store, unit.id)) {
      if (!this.#isFrom(meter, index)) return { kind: 'elsewhere', index, begun };
      const { registers, uncounted } = body.reading as unknown as Reading;
      const span = registers?.[quantity];
      if (span !== undefined) return seenAt(index, span);
      const begins = uncounted?.[quantity];
      if (begins !== undefined) begun ??= seenAt(index, begins);
    }
    return this.#elsewhereLongAgo(meter);
  }

  /** Whether readings that are too far back to be looked at had their energy elsewhere: the meter was silent since. */
  #elsewhereLongAgo(meter: MeterOfPlant): CountedElsewhere | undefined {
    const sql = 'SELECT max(idx) AS "index" FROM readings WHERE +unit_id = ? AND idx > ? AND idx < ?';
    let later = latestEntry(this.#store, 'start');
    for (let run = later; later !== undefined && run !== undefined; later = run) {
      run = latestEntry(this.#store, 'start', later.index);
      if (run === undefined || this.#isFrom(meter, later.index)) continue;
      const { index } = this.#store.get<{ index: number | null }>(sql, meter.unit.id, run.index, later.index) ?? {};
      if (index != null) return { kind: 'elsewhere', index, sinceMs: Date.parse(later.at) };
    }
    return undefined;
  }

  /** Whether the reading with this index had its energy from the meter, as far as its configuration can still be read. */
  #isFrom(meter: MeterOfPlant, index: number): boolean {
    const then = this.#configAt(index);
    if (then === undefined) return true;
    const former = metersOf(then).find(
      ({ unit, quantity }) => unit.id === meter.unit.id && quantity === meter.quantity,
    );
    return former?.key === meter.key && registerOf(former, then) === registerOf(meter, this.#config);
  }

  #configAt(index: number): PlantConfig | undefined {
    const entry = configurationAt(this.#store, index);
    if (entry === undefined) return undefined;
    if (!this.#configs.has(entry.index)) this.#configs.set(entry.index, readRecordedConfig(entry));
    return this.#configs.get(entry.index);
  }
}

/** A text that is another one where the meter's point stands for another register, or for one in another measure. */
function registerOf({ point, key }: MeterOfPlant, { devices }: PlantConfig): string {
  // A pushed register is known by its unit and field, whoever sends it.
  const isPushed = key !== point.ref;
  return measureOf(point, isPushed ? undefined : devices.find(({ points }) => points.includes(point)));
}

function seenAt(index: number, span: Pick<RegisterSpan, 'endKwh' | 'endAt'>): SeenRegister {
  return { kind: 'seen', index, microWh: microWhOf(span), atMs: Date.parse(span.endAt) };
}

function isBegunIn({ begun, sinceMs }: CountedElsewhere, state: CounterState | undefined): boolean {
  if (state === undefined) return false;
  if (sinceMs !== undefined && state.atMs > sinceMs) return true;
  return begun?.atMs === state.atMs && begun.microWh === state.registerMicroWh;
}

function microWhOf({ endKwh }: Pick<RegisterSpan, 'endKwh'>): bigint | undefined {
  const kwh = parseDecimal(endKwh);
  return kwh === undefined ? undefined : toMicroWh(kwh, 'kWh');
}

/** Without an own reading, a state is younger only where the meter was seen once and the clock stepped, or it is another one. */
function fits(state: CounterState, { microWh, atMs }: SeenRegister): boolean {
  return state.atMs > atMs || (state.atMs === atMs && (microWh === undefined || state.registerMicroWh === microWh));
}

function readQuietly(text: string): CounterState | undefined {
  try {
    const state = readCounterState(text);
    return typeof state.registerMicroWh === 'bigint' && typeof state.totalMicroWh === 'bigint' ? state : undefined;
  } catch {
    return undefined;
  }
}
