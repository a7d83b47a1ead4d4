import type { Reading, Statistics } from '../acquisition/reading.ts';
import type { PlantIdentity, UnitConfig } from '../config/plant.ts';
import { toIso } from '../model/time.ts';
import { UnitHistory } from './history.ts';
import { expectedPowerKw } from './hydraulics.ts';
import type { VerificationContext } from './layer.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

/** An honest unit and its readings, from which tests and benchmarks vary one thing at a time. */
export const PLANT: PlantIdentity = { id: 'HP-TEST', name: 'Test River', timezone: 'UTC', ratedPowerKw: 2000 };
export const UNIT: UnitConfig = {
  id: 'unit1',
  name: 'Unit 1',
  turbine: 'francis',
  ratedPowerKw: 2000,
  ratedFlowM3s: 2.5,
  ratedHeadM: 95,
  intake: 'shared',
  signals: {},
};
export const INTERVAL_MS = 300_000;
const BEGIN_MS = Date.UTC(2026, 9, 1);

export function around(mean: number, spreadShare = 0.004): Statistics {
  return { mean, min: mean * (1 - spreadShare), max: mean * (1 + spreadShare), coverage: 1 };
}

export function constant(value: number): Statistics {
  return { mean: value, min: value, max: value, coverage: 1 };
}

/** The `index`th reading of steady generation; no two are alike. */
export function steadyReading(index: number): Reading {
  const wobble = Math.sin(index * 12.9898) * 0.5;
  const flow = 2.1 + 0.05 * wobble;
  const head = 96 - 0.3 * wobble;
  const powerKw = expectedPowerKw(flow, head, UNIT, DEFAULT_SETTINGS) * (0.985 + 0.002 * Math.cos(index * 78.233));
  const energyWh = Math.floor((powerKw * INTERVAL_MS) / 3600);
  return {
    ...emptyReading(index),
    ...withEnergy(index, energyWh),
    powerKw: around(powerKw),
    flowM3s: around(flow),
    headM: around(head, 0.001),
    gatePercent: around(82 + 2 * wobble),
    waterTemperatureCel: around(11.2),
    ph: around(7.4),
    turbidityNtu: around(14),
    stateSeconds: { generating: 300 },
    coverage: 1,
    gaps: [],
  };
}

/** The `index`th reading of a unit at rest with everything measured. */
export function restingReading(index: number): Reading {
  const zero = constant(0);
  return {
    ...steadyReading(index),
    ...withEnergy(index, 0),
    powerKw: zero,
    flowM3s: zero,
    headM: around(98, 0.001),
    gatePercent: zero,
    stateSeconds: { stopped: 300 },
  };
}

/** The `index`th interval with nothing measured in it. */
export function emptyReading(index: number): Reading {
  const from = toIso(BEGIN_MS + index * INTERVAL_MS);
  const to = toIso(BEGIN_MS + (index + 1) * INTERVAL_MS);
  return {
    v: 1,
    plantId: PLANT.id,
    unitId: UNIT.id,
    from,
    to,
    origin: 'plant',
    coverage: 0,
    gaps: [{ from, to, reason: 'DRV_MODBUS_TIMEOUT' }],
    clock: 'disciplined',
    samples: [],
  };
}

/** Register and energy that belong together, the register read at both ends of the `index`th interval. */
export function withEnergy(index: number, energyWh: number): Pick<Reading, 'energyWh' | 'energySource' | 'registers'> {
  const startWh = 40_000_000 + index * 200_000;
  const energyExport = {
    startKwh: kwh(startWh),
    startAt: toIso(BEGIN_MS + index * INTERVAL_MS - 1000),
    endKwh: kwh(startWh + energyWh),
    endAt: toIso(BEGIN_MS + (index + 1) * INTERVAL_MS - 1000),
    events: [],
  };
  return { energyWh, energySource: 'counter', registers: { energyExport } };
}

function kwh(wattHours: number): string {
  return (wattHours / 1000).toFixed(3);
}

/** History of approved steady readings before the `count`th, registers cut off so that each stands alone. */
export function steadyHistory(count: number): UnitHistory {
  const history = new UnitHistory(UNIT);
  for (let index = 0; index < count; index += 1) {
    const { registers: _registers, ...reading } = steadyReading(index);
    history.remember({ reading, status: 'APPROVED' });
  }
  return history;
}

export function contextFor(reading: Reading, history = new UnitHistory(UNIT)): VerificationContext {
  const closedAtMs = Date.parse(reading.to) + 500;
  return { plant: PLANT, unit: UNIT, intervalMs: INTERVAL_MS, closedAtMs, history, siblings: [] };
}
