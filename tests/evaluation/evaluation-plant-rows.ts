import type { UnitConfig } from '../../core/config/plant.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReplayRow } from '../../core/verification/replay/replay-row.ts';
import type { PlantRow } from './row.ts';
import { GUARANTEE, RATED_FLOW_M3S, RATED_HEAD_M, RATED_POWER_KW } from './unit-as-built.ts';

/** What plant.yaml says of the evaluation plant: the guarantee, never what was built. */
export const EVALUATION_CONFIG = {
  plant: { id: 'HP-EVAL', name: 'Evaluation plant', timezone: 'Asia/Kolkata', ratedPowerKw: 2 * RATED_POWER_KW },
  intervalMs: 300_000,
  units: ['unit1', 'unit2'].map(
    (id): UnitConfig => ({
      id,
      name: id,
      turbine: 'francis',
      ratedPowerKw: RATED_POWER_KW,
      ratedFlowM3s: RATED_FLOW_M3S,
      ratedHeadM: RATED_HEAD_M,
      efficiency: GUARANTEE,
      intake: 'shared',
      signals: {},
    }),
  ),
};

/** The row as the logger writes it to CSV. */
export function toReplayRow(row: PlantRow): ReplayRow {
  return {
    rowId: row.rowId,
    timestamp: toIso(row.endMs),
    deviceId: row.unitId,
    flowRate_m3_per_s: textOf(row.flowM3s),
    headHeight_m: textOf(row.headM),
    power_kW: textOf(row.powerKw),
    generatedKwh: textOf(row.generatedKwh, row.unitId === 'unit1' ? 1 : 0),
    exportCounter_kWh: textOf(row.counterKwh, 1),
    pH: textOf(row.ph),
    turbidity_ntu: textOf(row.turbidityNtu),
    temperature_celsius: textOf(row.temperatureCel),
    gatePercent: textOf(row.gatePercent),
    status: row.status ?? '',
    receivedAt: toIso(row.receivedAtMs),
  };
}

function textOf(value: number | string | undefined, places?: number): string {
  if (value === undefined) return '';
  return typeof value === 'number' && places !== undefined ? value.toFixed(places) : String(value);
}
