import { type CounterState, readCounterState } from '../core/acquisition/counter-state.ts';
import type { Reading, RegisterSpan } from '../core/acquisition/reading.ts';
import { toMicroWh } from '../core/acquisition/register-measure.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { parseDecimal } from '../core/model/decimal.ts';
import type { Log } from '../core/model/log.ts';
import { loadCounters } from '../core/store/counters.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { newestReadingsOfUnit } from '../core/store/readings.ts';
import { type MeterOfPlant, metersOf } from './meter-change.ts';

export type SavedCounters = ReadonlyMap<string, CounterState>;

/**
 * Where each counter stood when it was last recorded. The table that says so is computed from nothing, but a unit's meter
 * moves only in a write with the reading whose registers end where it then stands. So one that is at another register at
 * the same time, or at an earlier one, is not what was written: counting on from it would count energy twice or leave some
 * out. It is left out with the code `STO_COUNTER_DAMAGED`, and begins anew, which the next reading says.
 */
export function provenCounters(store: ReadableStore, config: PlantConfig, log: Log): SavedCounters {
  const meters = new Map(metersOf(config).map((meter) => [meter.key, meter]));
  const proven = new Map<string, CounterState>();
  for (const [point, text] of loadCounters(store)) {
    const state = readQuietly(text);
    const meter = meters.get(point);
    const contradiction = meter === undefined ? undefined : newestRegister(store, meter);
    if (state !== undefined && (contradiction === undefined || fits(state, contradiction))) proven.set(point, state);
    else {
      const message = `What the counter ${point} stands at is not what was recorded; it begins anew.`;
      log.error({ code: 'STO_COUNTER_DAMAGED', point, index: contradiction?.index ?? null }, message);
    }
  }
  return proven;
}

interface SeenRegister {
  readonly index: number;
  readonly microWh: bigint | undefined;
  readonly atMs: number;
}

/** The last register of the meter that a reading holds, in the order in which they were recorded. */
function newestRegister(store: ReadableStore, { unit, quantity }: MeterOfPlant): SeenRegister | undefined {
  for (const { index, body } of newestReadingsOfUnit(store, unit.id)) {
    const { registers } = body.reading as unknown as Reading;
    const span = registers?.[quantity];
    if (span !== undefined) return { index, microWh: microWhOf(span), atMs: Date.parse(span.endAt) };
  }
  return undefined;
}

function microWhOf({ endKwh }: RegisterSpan): bigint | undefined {
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
