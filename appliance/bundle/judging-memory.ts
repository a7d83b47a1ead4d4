import type { Reading } from '../../core/acquisition/reading.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import type { JudgedEntry } from '../../core/evidence/judge-pass.ts';
import { PlantMemory } from '../../core/verification/plant-memory.ts';
import { settingsDigest, type VerificationSettings } from '../../core/verification/settings.ts';
import type { TwinModel } from '../../core/verification/twin/twin-model.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { IntervalJudge } from '../judge-interval.ts';
import type { ModelBody } from '../recorded-model.ts';
import { unitBasis } from '../unit-basis.ts';
import type { SeenReadings } from './seen-readings.ts';

/** The readings are signed already. */
const NO_KEY = { sign: () => new Uint8Array(0) };

/** What an appliance that judges under one configuration and one set of settings knows, rebuilt from a bundle. */
export class JudgingMemory {
  readonly settings: VerificationSettings;
  readonly settingsDigest: string;
  readonly #config: PlantConfig;
  readonly #models: ReadonlyMap<string, string>;
  readonly #memory: PlantMemory;
  readonly #judge: IntervalJudge;

  /** `models`: texts by their digest. */
  constructor(
    config: PlantConfig,
    settings: VerificationSettings,
    models: ReadonlyMap<string, string>,
    seen: SeenReadings,
  ) {
    const { plant, units, intervalMs, witnesses } = config;
    this.settings = settings;
    this.settingsDigest = settingsDigest(settings);
    this.#config = config;
    this.#models = models;
    this.#memory = new PlantMemory({
      plant,
      units,
      intervalMs,
      witnesses,
      settings,
      originals: (unitId) => ({
        add: () => {},
        find: (fingerprint, exceptFromMs) => seen.findOriginal(unitId, fingerprint, exceptFromMs),
      }),
    });
    this.#judge = new IntervalJudge(config, settings, NO_KEY, this.#memory);
  }

  /** The verdicts on readings of one closed interval, in their order; undefined for a unit that the plant does not have. */
  judge(readings: readonly Reading[], closedAtMs: number): readonly (Verdict | undefined)[] {
    const [first] = readings;
    if (first === undefined) return [];
    const units = readings.flatMap((reading) => {
      const unit = this.#config.units.find(({ id }) => id === reading.unitId);
      return unit === undefined ? [] : [{ unit, reading, counters: new Map() }];
    });
    const times = { fromMs: Date.parse(first.from), toMs: Date.parse(first.to) };
    const judged = this.#judge.judge({ ...times, units, counters: new Map() }, closedAtMs);
    return readings.map((reading) => judged.find((each) => each.reading === reading)?.verdict);
  }

  /** Takes a recorded reading in, with the verdict that was recorded with it. */
  remember(reading: Reading, verdict: Verdict): void {
    this.#memory.remember({ reading, verdict, siblings: this.#memory.siblingsOf(reading) });
  }

  learn({ body }: JudgedEntry): void {
    const { unitId, digest, basis } = body as unknown as ModelBody;
    const text = basis === unitBasis(this.#config, unitId) ? this.#models.get(digest) : undefined;
    this.#memory.unit(unitId)?.learn(text === undefined ? undefined : (JSON.parse(text) as TwinModel));
  }

  /**
   * The units whose history shapes a verdict on the reading: its own, and where units are added up against a meter or a
   * gauge of the plant, all of them.
   */
  unitsBehind(reading: Reading): readonly string[] {
    const { meter, inflow } = this.#config.witnesses ?? {};
    if (meter === undefined && inflow === undefined) return [reading.unitId];
    return this.#config.units.map(({ id }) => id);
  }
}
