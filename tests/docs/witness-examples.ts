import type { CountedWitness, Reading, WitnessValues } from '../../core/acquisition/reading.ts';
import type { UnitConfig } from '../../core/config/plant.ts';
import { witnessSources } from '../../core/config/witness-sources.ts';
import type { PlantMeterConfig, WitnessesConfig } from '../../core/config/witnesses.ts';
import { around, constant, INTERVAL_MS, UNIT } from '../../core/verification/readings.testing.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import { checkDifference } from '../../core/verification/witness/check-meter.ts';
import { type Difference, DifferenceBook } from '../../core/verification/witness/difference-book.ts';
import { flowDifference } from '../../core/verification/witness/inflow.ts';
import { LevelBook } from '../../core/verification/witness/level-book.ts';
import { plantDifference } from '../../core/verification/witness/plant-meter.ts';
import type { WitnessView } from '../../core/verification/witness/witness.ts';
import { AT, type FindingExample, running } from './example-readings.ts';

const [unit1, unit2] = ['unit1', 'unit2'].map(
  (id): UnitConfig => ({
    ...UNIT,
    id,
    name: id,
    intake: 'own',
    accuracy: { energyExport: '0.2S', energyExportCheck: '0.5S', flowPercent: 2 },
    signals: { energyExport: `plc/${id}` },
  }),
) as [UnitConfig, UnitConfig];
const units = [unit1, unit2];
const checked: UnitConfig = { ...unit1, signals: { ...unit1.signals, energyExportCheck: 'meters/unit1' } };
const meter: PlantMeterConfig = { energyExport: 'grid/out', class: '0.2S', lossPercent: 1, auxiliariesKw: 20 };
const inflow = { flow: 'rtu/flow', at: 'headrace', accuracyPercent: 3 } as const;

function counts(energyWh: number): CountedWitness {
  return { energyWh, resolutionKwh: 0.1 };
}

/** A reading of imported energy, over the very interval. */
function claiming(kwh: number, witness: WitnessValues, more: Partial<Reading> & { at?: number } = {}): Reading {
  const { at = AT, ...changes } = more;
  const { registers: _registers, ...reading } = running({ power: kwh * 12, at });
  return { ...reading, energyWh: kwh * 1000, witness, ...changes };
}

/** What an appliance knows beside the reading, after the intervals whose differences are given. */
function beside(
  config: WitnessesConfig,
  {
    unit = unit1,
    others = [],
    before = [],
    heardMs = new Map(),
  }: {
    unit?: UnitConfig;
    others?: readonly Reading[];
    before?: readonly (Difference | string)[];
    heardMs?: ReadonlyMap<string, number>;
  } = {},
): FindingExample['context'] {
  const book = new DifferenceBook(Number.MAX_SAFE_INTEGER);
  for (const difference of before) if (typeof difference !== 'string') book.add(difference);
  const all = others.length > 0 ? units : [unit];
  const witness: WitnessView = {
    unit,
    units: all,
    plantPowerKw: 4000,
    intervalMs: INTERVAL_MS,
    config,
    sources: witnessSources({ units: all, witnesses: config }, unit),
    companions: others.map((reading) => ({ reading, status: 'APPROVED' })),
    books: { check: book, plant: book, inflow: book, level: new LevelBook(0) },
    heardMs,
    storedM3s: undefined,
    lastWhole: undefined,
  };
  return { unit, witness };
}

const TWO_DAYS_BEFORE = Date.parse(running().to) - 2 * 86_400_000;
const count = (length: number): number[] => Array.from({ length }, (_, place) => AT - length + place);
const other = (kwh: number, witness: WitnessValues, at = AT): Reading =>
  claiming(kwh, witness, { unitId: 'unit2', at });

const drifting = (at: number): Reading => claiming(137.7, { energyExportCheck: counts(135_000) }, { at });
const pair = (at: number, first: number): [Reading, Reading] => {
  const witness = { plantExport: counts(269_000) };
  return [claiming(first, witness, { at }), other(135, witness, at)];
};
const water = (at: number, flow: number, gauge: number): [Reading, Reading] => {
  const witness = { inflowM3s: constant(gauge) };
  const flowM3s = around(flow, 0);
  return [claiming(135, witness, { at, flowM3s }), { ...other(135, witness, at), flowM3s }];
};
const flowView = { units, inflow, storedM3s: undefined };
const plantView = { units, plantPowerKw: 4000, meter };

export const WITNESS_EXAMPLES: readonly FindingExample[] = [
  {
    code: 'VER_CHECK_METER_MISMATCH',
    given:
      'the meter (class 0.2S) counted 145 kWh over an interval, the check meter (class 0.5S) 135 kWh over the same one',
    reading: claiming(145, { energyExportCheck: counts(135_000) }),
    context: { ...beside({}, { unit: checked }) },
  },
  {
    code: 'VER_CHECK_METER_DRIFT',
    given: 'the meter counted 137.7 kWh and the check meter 135 kWh in each of 13 intervals',
    reading: drifting(AT),
    context: {
      ...beside(
        {},
        {
          unit: checked,
          before: count(12).map((at) => checkDifference(drifting(at), { unit: checked }, DEFAULT_SETTINGS)),
        },
      ),
    },
  },
  {
    code: 'VER_PLANT_METER_MISMATCH',
    given:
      'two units (0.2S) claim 155 and 135 kWh, the meter of the plant (0.2S) counted 266 kWh, with lossPercent: 1 and ' +
      'auxiliariesKw: 20',
    reading: claiming(155, { plantExport: counts(266_000) }),
    context: { ...beside({ meter }, { others: [other(135, { plantExport: counts(266_000) })] }) },
  },
  {
    code: 'VER_PLANT_METER_DRIFT',
    given:
      'in each of 13 intervals two units claimed 142 and 135 kWh, and the meter of the plant counted 269 kWh, with ' +
      'lossPercent: 1 and auxiliariesKw: 20',
    reading: pair(AT, 142)[0],
    context: {
      ...beside(
        { meter },
        {
          others: [pair(AT, 142)[1]],
          before: count(12).map((at) => plantDifference(pair(at, 142), plantView, DEFAULT_SETTINGS)),
        },
      ),
    },
  },
  {
    code: 'VER_INFLOW_MISMATCH',
    given: 'two units take 2.4 m3/s each (flow meters of 2 %), the gauge in the headrace (3 %) shows 4.2 m3/s',
    reading: water(AT, 2.4, 4.2)[0],
    context: { ...beside({ inflow }, { others: [water(AT, 2.4, 4.2)[1]] }) },
  },
  {
    code: 'VER_INFLOW_DRIFT',
    given: 'in each of 7 intervals two units took 2.2 m3/s each, and the gauge in the headrace showed 4.12 m3/s',
    reading: water(AT, 2.2, 4.12)[0],
    context: {
      ...beside(
        { inflow },
        {
          others: [water(AT, 2.2, 4.12)[1]],
          before: count(6).map((at) => flowDifference(water(at, 2.2, 4.12), flowView, DEFAULT_SETTINGS)),
        },
      ),
    },
  },
  {
    code: 'VER_HEAD_UNLIKE_LEVEL',
    given: 'head 96 m, forebay at 494 m, tailrace at 400 m',
    reading: claiming(135, { headwaterLevelM: constant(494), tailwaterLevelM: constant(400) }),
    context: { ...beside({ headwaterLevel: 'rtu/level', tailwaterLevel: 'rtu/tail' }) },
  },
  {
    code: 'VER_WITNESS_SILENT',
    given: 'the device of the check meter answered no poll of the interval',
    reading: claiming(135, { silent: { energyExportCheck: 'DRV_MODBUS_TIMEOUT' } }),
    context: { ...beside({}, { unit: checked }) },
  },
  {
    code: 'VER_WITNESS_LOST',
    given: 'a claim of 135 kWh, and a check meter that answered last two days before',
    reading: claiming(135, { silent: { energyExportCheck: 'DRV_MODBUS_TIMEOUT' } }),
    context: { ...beside({}, { unit: checked, heardMs: new Map([['energyExportCheck', TWO_DAYS_BEFORE]]) }) },
  },
];
