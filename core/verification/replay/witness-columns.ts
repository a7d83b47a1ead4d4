import type { CountedWitness, Statistics, WitnessValues } from '../../acquisition/reading.ts';
import type { PlantConfig, UnitConfig } from '../../config/plant.ts';
import { unitFactor } from '../../model/quantity.ts';
import type { ReplayRow } from './replay-row.ts';

const COUNTED = {
  checkGeneratedKwh: 'energyExportCheck',
  plantExportKwh: 'plantExport',
  plantImportKwh: 'plantImport',
} as const;
const GAUGED = {
  headwaterLevel_m: ['headwaterLevel', 'headwaterLevelM'],
  tailwaterLevel_m: ['tailwaterLevel', 'tailwaterLevelM'],
  inflow_m3_per_s: ['inflow', 'inflowM3s'],
  spill_m3_per_s: ['spill', 'spillM3s'],
  environmentalFlow_m3_per_s: ['environmentalFlow', 'environmentalFlowM3s'],
} as const;

const COUNTED_COLUMNS = Object.entries(COUNTED) as [keyof typeof COUNTED, (typeof COUNTED)[keyof typeof COUNTED]][];
const GAUGED_COLUMNS = Object.entries(GAUGED) as [keyof typeof GAUGED, (typeof GAUGED)[keyof typeof GAUGED]][];

/** Columns that a file may have beside those of the units: energies and values of the same interval. */
export const WITNESS_COLUMNS: readonly string[] = [...Object.keys(COUNTED), ...Object.keys(GAUGED)];

/** The steps of registers that plant.yaml states, kWh: a file shows 240 alike for steps of one and of ten. */
export type StatedSteps = Readonly<Partial<Record<(typeof COUNTED)[keyof typeof COUNTED], number>>>;

/** What plant.yaml states of the registers that witness a unit. */
export function statedSteps(
  { devices = [], witnesses }: Partial<Pick<PlantConfig, 'devices' | 'witnesses'>>,
  unit: UnitConfig | undefined,
): StatedSteps {
  const steps: Partial<Record<keyof StatedSteps, number>> = {};
  const refs = {
    energyExportCheck: unit?.signals.energyExportCheck,
    plantExport: witnesses?.meter?.energyExport,
    plantImport: witnesses?.meter?.energyImport,
  };
  for (const point of devices.flatMap(({ points }) => points)) {
    for (const [signal, ref] of Object.entries(refs) as [keyof StatedSteps, string | undefined][]) {
      if (ref !== point.ref || point.resolution === undefined) continue;
      steps[signal] = point.resolution * (unitFactor(point.unit, 'kWh') ?? 1);
    }
  }
  return steps;
}

/** What the witnesses showed, or undefined for a row without any. What is no number makes its witness silent, no more. */
export function witnessOf(
  row: ReplayRow,
  numberOf: (text: string) => number | undefined,
  stepOf: (text: string) => number,
  stated: StatedSteps = {},
): WitnessValues | undefined {
  const counted: Partial<Record<(typeof COUNTED)[keyof typeof COUNTED], CountedWitness>> = {};
  const gauged: Partial<Record<(typeof GAUGED)[keyof typeof GAUGED][1], Statistics>> = {};
  let silent: Record<string, string> | undefined;
  let isThere = false;
  for (const [column, signal] of COUNTED_COLUMNS) {
    const text = row[column];
    if (text === undefined || text === '') continue;
    isThere = true;
    const kwh = numberOf(text);
    if (kwh === undefined) silent = { ...silent, [signal]: 'VER_VALUE_INVALID' };
    else
      counted[signal] = {
        energyWh: Math.round(kwh * 1000),
        resolutionKwh: Math.max(stepOf(text), stated[signal] ?? 0),
      };
  }
  for (const [column, [signal, field]] of GAUGED_COLUMNS) {
    const text = row[column];
    if (text === undefined || text === '') continue;
    isThere = true;
    const value = numberOf(text);
    if (value === undefined) silent = { ...silent, [signal]: 'VER_VALUE_INVALID' };
    else gauged[field] = { mean: value, min: value, max: value, coverage: 1 };
  }
  return isThere ? { ...counted, ...gauged, ...(silent === undefined ? {} : { silent }) } : undefined;
}
