import type { PlantConfig, UnitConfig } from './plant.ts';

export const WITNESS_KINDS = ['check-meter', 'plant-meter', 'inflow', 'water-level', 'siblings'] as const;
export type WitnessKind = (typeof WITNESS_KINDS)[number];

/** What stands beside a unit's own instruments. */
export interface WitnessSource {
  readonly kind: WitnessKind;
  /** What of the unit's claim it can contradict. */
  readonly sees: 'energy' | 'water' | 'head';
  /** Its points. */
  readonly refs: readonly string[];
  /** Whether none of its points comes through a device that the unit's own energy, power or flow comes through. */
  readonly isIndependent: boolean;
}

/** Every source that the configuration names beside the unit itself. */
export function witnessSources(
  { units, witnesses }: Pick<PlantConfig, 'units' | 'witnesses'>,
  unit: UnitConfig,
): readonly WitnessSource[] {
  const { energyExport, power, flow, energyExportCheck } = unit.signals;
  const own = new Set([energyExport, power, flow].flatMap((ref) => (ref === undefined ? [] : [deviceOf(ref)])));
  const sources: WitnessSource[] = [];
  const add = (kind: WitnessKind, sees: WitnessSource['sees'], named: readonly (string | undefined)[]): void => {
    const refs = named.filter((ref) => ref !== undefined);
    if (refs.length > 0) sources.push({ kind, sees, refs, isIndependent: !refs.some((ref) => own.has(deviceOf(ref))) });
  };
  add('check-meter', 'energy', [energyExportCheck]);
  add('plant-meter', 'energy', [witnesses?.meter?.energyExport, witnesses?.meter?.energyImport]);
  add('inflow', 'water', [witnesses?.inflow?.flow, witnesses?.inflow?.spill, witnesses?.inflow?.environmentalFlow]);
  add('water-level', 'head', [witnesses?.headwaterLevel, witnesses?.tailwaterLevel]);
  const siblings = units.filter(({ id, intake }) => unit.intake === 'shared' && intake === 'shared' && id !== unit.id);
  add('siblings', 'head', [siblings.find(({ signals }) => signals.head !== undefined)?.signals.head]);
  return sources;
}

/**
 * What a person must know where nothing independent stands behind a unit's energy, as a sentence; undefined where
 * something does.
 */
export function withoutWitness(sources: readonly WitnessSource[]): string | undefined {
  const seeing = sources.filter(({ sees }) => sees !== 'head');
  if (seeing.some(({ isIndependent }) => isIndependent)) return undefined;
  const sentence = 'No independent witness: a consistent forgery of power, flow and gate would not be seen.';
  const [dependent] = seeing;
  if (dependent !== undefined) {
    const device = deviceOf(dependent.refs[0] ?? '');
    return `${sentence} The ${WORDS[dependent.kind]} comes through ${device} like the unit's own values.`;
  }
  const head = sources.find(({ isIndependent }) => isIndependent);
  return head === undefined ? sentence : `${sentence} Its head alone has one (${WORDS[head.kind]}).`;
}

const WORDS: Readonly<Record<WitnessKind, string>> = {
  'check-meter': 'check meter',
  'plant-meter': 'meter of the plant',
  inflow: 'gauge of the inflow',
  'water-level': 'water level',
  siblings: 'the other units on the intake',
};

export function deviceOf(ref: string): string {
  return ref.slice(0, ref.indexOf('/'));
}
