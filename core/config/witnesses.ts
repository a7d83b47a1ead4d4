/**
 * Accuracy classes of energy meters by their limits of error in per cent at unity power factor: from 5 % of rated
 * current on, and between 1 % and 5 % of it. IEC 62053-22 for the classes with an S, IEC 62053-21 for the others.
 */
export const METER_CLASSES = {
  '0.1S': { percent: 0.1, lowLoadPercent: 0.2 },
  '0.2S': { percent: 0.2, lowLoadPercent: 0.4 },
  '0.5S': { percent: 0.5, lowLoadPercent: 1 },
  '0.5': { percent: 0.5, lowLoadPercent: 1 },
  '1': { percent: 1, lowLoadPercent: 1.5 },
  '2': { percent: 2, lowLoadPercent: 2.5 },
} as const;
export type MeterClass = keyof typeof METER_CLASSES;

/** What a meter is taken for whose class nobody states: small plants often have no better. */
export const ASSUMED_CLASS: MeterClass = '0.5S';
/** What a unit's flow meter is taken for, per cent of its value: IEC 62006 methods of small plants reach 2 to 5 %. */
export const ASSUMED_FLOW_PERCENT = 3;

/** How well a unit's own instruments measure. */
export interface AccuracyConfig {
  readonly energyExport?: MeterClass | undefined;
  readonly energyExportCheck?: MeterClass | undefined;
  /** Limit of error of the flow meter, per cent of its value. */
  readonly flowPercent?: number | undefined;
}

/** What stands beside the units of the whole plant and was not measured by them. Texts are `device/point`. */
export interface WitnessesConfig {
  readonly meter?: PlantMeterConfig | undefined;
  readonly inflow?: InflowConfig | undefined;
  /** Level of forebay or pond, and of the tailrace, both above the same datum, m. */
  readonly headwaterLevel?: string | undefined;
  readonly tailwaterLevel?: string | undefined;
}

/** The meter through which all that the units generate leaves the plant. */
export interface PlantMeterConfig {
  readonly energyExport: string;
  readonly energyImport?: string | undefined;
  readonly class: MeterClass;
  /** The most that transformers and lines between the units' meters and this one take, per cent of what the units give. */
  readonly lossPercent: number;
  /** The most that is used between the units' meters and this one, kW. */
  readonly auxiliariesKw: number;
}

/** A gauge of the water that comes to the units. */
export interface InflowConfig {
  readonly flow: string;
  /** `headrace`: all of this water goes to the units or is named below. `river`: some may pass by elsewhere. */
  readonly at: 'headrace' | 'river';
  /** Limit of error, per cent of its value. */
  readonly accuracyPercent: number;
  readonly spill?: string | undefined;
  readonly environmentalFlow?: string | undefined;
  /** Surface of the pond between gauge and units, m2, where a change of `headwaterLevel` stores water. */
  readonly pondAreaM2?: number | undefined;
}

/** The signals of the plant as a whole, in the order in which they are named, with what each is measured in. */
export const PLANT_SIGNALS = {
  plantExport: { unit: 'kWh', kind: 'counter' },
  plantImport: { unit: 'kWh', kind: 'counter' },
  headwaterLevel: { unit: 'm', kind: 'gauge' },
  tailwaterLevel: { unit: 'm', kind: 'gauge' },
  inflow: { unit: 'm3/s', kind: 'gauge' },
  spill: { unit: 'm3/s', kind: 'gauge' },
  environmentalFlow: { unit: 'm3/s', kind: 'gauge' },
} as const;
export type PlantSignal = keyof typeof PLANT_SIGNALS;

/** Where each signal of the plant stands in plant.yaml, and the point that it names. */
export function plantSignals(
  witnesses: WitnessesConfig | undefined,
): readonly { readonly signal: PlantSignal; readonly path: readonly string[]; readonly ref: string }[] {
  const { meter, inflow, headwaterLevel, tailwaterLevel } = witnesses ?? {};
  const named: [PlantSignal, string[], string | undefined][] = [
    ['plantExport', ['meter', 'energyExport'], meter?.energyExport],
    ['plantImport', ['meter', 'energyImport'], meter?.energyImport],
    ['headwaterLevel', ['headwaterLevel'], headwaterLevel],
    ['tailwaterLevel', ['tailwaterLevel'], tailwaterLevel],
    ['inflow', ['inflow', 'flow'], inflow?.flow],
    ['spill', ['inflow', 'spill'], inflow?.spill],
    ['environmentalFlow', ['inflow', 'environmentalFlow'], inflow?.environmentalFlow],
  ];
  return named.flatMap(([signal, path, ref]) =>
    ref === undefined ? [] : [{ signal, path: ['witnesses', ...path], ref }],
  );
}
