import type { Reading, Statistics } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import type { UnitState } from '../../model/unit-state.ts';
import type { Trace } from '../time-line.ts';

/**
 * The greatest change of load within the interval and since the one before, as a share of the ratings: while the load
 * changes, means of products and products of means part.
 */
export function loadStepOf(reading: Reading, unit: UnitConfig, before: Trace | undefined): number {
  const { powerKw, flowM3s, gatePercent, stateSeconds } = reading;
  for (const state in stateSeconds) {
    if (state !== 'generating' && (stateSeconds[state as UnitState] ?? 0) > 0) return 1;
  }
  return Math.max(
    stepOf(powerKw, before?.powerKw) / unit.ratedPowerKw,
    stepOf(flowM3s, before?.flowM3s) / unit.ratedFlowM3s,
    stepOf(gatePercent, before?.gatePercent) / 100,
  );
}

function stepOf(statistics: Statistics | undefined, before: number | undefined): number {
  if (statistics === undefined) return 0;
  const within = statistics.max - statistics.min;
  return before === undefined ? within : Math.max(within, Math.abs(statistics.mean - before));
}
