import type { Reading, Statistics } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import type { UnitState } from '../../model/unit-state.ts';
import type { Trace } from '../time-line.ts';

/**
 * The change of load within the interval and since the one before, as a share of the ratings: while the load changes,
 * means of products and products of means part.
 *
 * Load is changed by the gate, and gate, flow and power move together. A power or flow that moves while the gate stays
 * where it was has not followed a load, and the change excuses nothing; without a gate, power and flow must both move.
 */
export function loadStepOf(reading: Reading, unit: UnitConfig, before: Trace | undefined): number {
  const { powerKw, flowM3s, gatePercent, stateSeconds } = reading;
  for (const state in stateSeconds) {
    if (state !== 'generating' && (stateSeconds[state as UnitState] ?? 0) > 0) return 1;
  }
  // Only the gate of what was refused may say where the load came from.
  const from = before?.status === 'REJECTED' && before.gatePercent === undefined ? undefined : before;
  const power = stepOf(powerKw, from?.powerKw) / unit.ratedPowerKw;
  const flow = stepOf(flowM3s, from?.flowM3s) / unit.ratedFlowM3s;
  if (gatePercent !== undefined && (from === undefined || from.gatePercent !== undefined)) {
    const gate = stepOf(gatePercent, from?.gatePercent) / 100;
    return Math.max(gate, Math.min(Math.max(power, flow), LOAD_PER_GATE_MAX * gate));
  }
  return flowM3s === undefined || powerKw === undefined ? Math.max(power, flow) : Math.min(power, flow);
}

/** No gate moves more than twice its share of the load: where the curve is steepest, about one and a half times. */
const LOAD_PER_GATE_MAX = 2;

function stepOf(statistics: Statistics | undefined, before: number | undefined): number {
  if (statistics === undefined) return 0;
  const within = statistics.max - statistics.min;
  return before === undefined ? within : Math.max(within, Math.abs(statistics.mean - before));
}
