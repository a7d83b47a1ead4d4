import type { Reading } from '../acquisition/reading.ts';
import type { PlantIdentity, UnitConfig } from '../config/plant.ts';
import type { WitnessesConfig } from '../config/witnesses.ts';
import { instantMs } from '../model/time.ts';
import type { Originals } from './fingerprint-book.ts';
import type { Sibling } from './layer.ts';
import type { VerificationSettings } from './settings.ts';
import { type JudgedUnitReading, UnitMemory } from './unit-memory.ts';
import { WitnessMemory } from './witness/witness-memory.ts';

export interface PlantMemoryParts {
  readonly plant: Pick<PlantIdentity, 'ratedPowerKw'>;
  readonly units: readonly UnitConfig[];
  readonly intervalMs: number;
  readonly settings: VerificationSettings;
  /** The sources beside the units that plant.yaml names. */
  readonly witnesses?: WitnessesConfig | undefined;
  /** Where a unit's older readings are found; without it, the memory keeps what it needs itself. */
  readonly originals?: ((unitId: string) => Originals) | undefined;
}

/** The latest reading of each unit that may speak about the others, by unit id. */
export type Witnesses = ReadonlyMap<string, Reading>;

/**
 * What all units' earlier readings leave behind for the next verdicts. It depends on the recorded readings and their
 * order alone: rebuilt from them after a restart, it judges as the one that never stopped.
 */
export class PlantMemory {
  readonly #parts: PlantMemoryParts;
  readonly #units: ReadonlyMap<string, UnitMemory>;
  readonly #witnesses = new Map<string, Reading>();
  readonly #beside: WitnessMemory;

  constructor(parts: PlantMemoryParts) {
    this.#parts = parts;
    this.#beside = new WitnessMemory(parts);
    this.#units = new Map(
      parts.units.map((unit) => [unit.id, new UnitMemory(unit, parts.settings, parts.originals?.(unit.id))]),
    );
  }

  get units(): Iterable<UnitMemory> {
    return this.#units.values();
  }

  unit(unitId: string): UnitMemory | undefined {
    return this.#units.get(unitId);
  }

  get witnesses(): Witnesses {
    return this.#witnesses;
  }

  /** The other units' readings of the same interval, or of the one beside it where theirs has not arrived yet. */
  siblingsOf(reading: Reading, witnesses: Witnesses = this.#witnesses): Sibling[] {
    return siblingsOf(reading, witnesses, this.#parts);
  }

  /** What was measured beside the units, for the verdict on the reading. */
  get beside(): Pick<WitnessMemory, 'viewOf' | 'companionsOf'> {
    return this.#beside;
  }

  /** Takes a judged reading in: once for each, in the order in which they are recorded. */
  remember(judged: JudgedUnitReading): void {
    const unit = this.#units.get(judged.reading.unitId);
    for (const each of unit?.heldBack.release(judged) ?? []) {
      unit?.remember(each);
      this.#beside.remember({ ...each, status: each.verdict.status, findings: each.verdict.findings });
      if (isWitness(each)) this.#witnesses.set(each.reading.unitId, each.reading);
    }
  }
}

/** A reading that is doubted itself accuses nobody else. */
export function isWitness({ verdict }: Pick<JudgedUnitReading, 'verdict'>): boolean {
  return verdict.status === 'APPROVED';
}

/** What `PlantMemory.siblingsOf` gives, for whoever needs nothing else of it. */
export function siblingsOf(
  reading: Reading,
  witnesses: Witnesses,
  { units, intervalMs }: Pick<PlantMemoryParts, 'units' | 'intervalMs'>,
): Sibling[] {
  const siblings: Sibling[] = [];
  const fromMs = instantMs(reading.from);
  for (const unit of units) {
    const other = unit.id === reading.unitId ? undefined : witnesses.get(unit.id);
    if (other === undefined) continue;
    if (Math.abs(instantMs(other.from) - fromMs) <= intervalMs) siblings.push({ unit, reading: other });
  }
  return siblings;
}
