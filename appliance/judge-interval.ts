import type { ClosedInterval } from '../core/acquisition/collector.ts';
import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig, UnitConfig } from '../core/config/plant.ts';
import { canonicalize } from '../core/ledger/canonical.ts';
import type { DeviceKey } from '../core/ledger/device-key.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { present } from '../core/model/assert.ts';
import type { Json, JsonObject } from '../core/model/json.ts';
import { judge } from '../core/verification/judge.ts';
import type { Sibling } from '../core/verification/layer.ts';
import { isWitness, type PlantMemory } from '../core/verification/plant-memory.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import type { Companion } from '../core/verification/witness/witness.ts';

export interface JudgedUnit {
  readonly reading: Reading;
  /** Canonical form of the reading: what is signed. */
  readonly readingText: string;
  /** Ed25519 by the device key over `readingText`, base64. */
  readonly signature: string;
  readonly verdict: Verdict;
  /** The other units' readings that the verdict was given beside. Not recorded: what is recorded gives them again. */
  readonly siblings: readonly Sibling[];
}

/** The entry that records it. */
export function readingEntry({ reading, readingText, signature, verdict }: JudgedUnit): NewEntry {
  const body = { reading, signature, verdict } as unknown as JsonObject;
  return { kind: 'reading', body, written: { value: reading, text: readingText } };
}

/** Signs and judges the readings of closed intervals, with a memory of each unit's earlier ones. */
export class IntervalJudge {
  readonly #config: PlantConfig;
  readonly #settings: VerificationSettings;
  readonly #key: Pick<DeviceKey, 'sign'>;
  readonly #memory: PlantMemory;

  constructor(config: PlantConfig, settings: VerificationSettings, key: Pick<DeviceKey, 'sign'>, memory: PlantMemory) {
    this.#config = config;
    this.#settings = settings;
    this.#key = key;
    this.#memory = memory;
  }

  get memory(): PlantMemory {
    return this.#memory;
  }

  /** In the order in which the readings will be recorded: each sees those before it, and none sees a later one. */
  judge(interval: ClosedInterval, closedAtMs: number): readonly JudgedUnit[] {
    const witnesses = new Map(this.#memory.witnesses);
    const companions = this.#companions(interval, closedAtMs);
    return interval.units.flatMap(({ unit, reading }) => {
      if (reading === undefined) return [];
      const siblings = this.#memory.siblingsOf(reading, witnesses);
      const others = companions?.filter((companion) => companion.reading.unitId !== unit.id);
      const beside = others && [...others, ...this.#recordedBeside(reading, others)];
      const verdict = this.#judgeOne({ unit, reading, closedAtMs, siblings, companions: beside });
      if (isWitness({ verdict })) witnesses.set(unit.id, reading);
      const readingText = canonicalize(reading as unknown as Json);
      const signature = Buffer.from(this.#key.sign(Buffer.from(readingText, 'utf8'))).toString('base64');
      return [{ reading, readingText, signature, verdict, siblings }];
    });
  }

  /**
   * The readings of the interval with what is said of each by itself: the units are added up against the meter of the
   * plant, and a reading that is refused anyway accuses no other. Undefined where nothing is there to add them up for.
   */
  #companions(interval: ClosedInterval, closedAtMs: number): readonly Companion[] | undefined {
    const { meter, inflow } = this.#config.witnesses ?? {};
    if (meter === undefined && inflow === undefined) return undefined;
    const witnesses = this.#memory.witnesses;
    return interval.units.flatMap(({ unit, reading }) => {
      if (reading === undefined) return [];
      const siblings = this.#memory.siblingsOf(reading, witnesses);
      const { status } = this.#judgeOne({ unit, reading, closedAtMs, siblings, companions: undefined });
      return [{ reading, status }];
    });
  }

  /** Readings of the same interval that were recorded before it was closed here, such as pushed ones. */
  #recordedBeside(reading: Reading, others: readonly Companion[]): readonly Companion[] {
    const known = new Set(others.map((other) => other.reading.unitId));
    return this.#memory.beside.companionsOf(reading).filter((companion) => !known.has(companion.reading.unitId));
  }

  #judgeOne({
    unit,
    reading,
    closedAtMs,
    siblings,
    companions,
  }: {
    readonly unit: UnitConfig;
    readonly reading: Reading;
    readonly closedAtMs: number;
    readonly siblings: readonly Sibling[];
    readonly companions: readonly Companion[] | undefined;
  }): Verdict {
    const { plant, intervalMs, waterBands } = this.#config;
    const { history, twin } = present(this.#memory.unit(unit.id), `memory of ${unit.id}`);
    const witness = this.#memory.beside.viewOf(reading, companions);
    const context = { plant, unit, intervalMs, closedAtMs, history, twin, siblings, witness, waterBands };
    return judge(reading, context, this.#settings);
  }

  /** Takes recorded readings into the memory. What was not recorded must not shape later verdicts. */
  remember(judged: readonly JudgedUnit[]): void {
    for (const each of judged) this.#memory.remember(each);
  }
}
