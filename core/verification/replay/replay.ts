import type { PlantConfig } from '../../config/plant.ts';
import { instantMs } from '../../model/time.ts';
import { judge, judgeUnreadable } from '../judge.ts';
import type { VerificationContext, VerificationLayer } from '../layer.ts';
import { PlantMemory } from '../plant-memory.ts';
import type { VerificationSettings } from '../settings.ts';
import { type TrainingReading, trainTwin } from '../twin/twin-model.ts';
import type { UnitMemory } from '../unit-memory.ts';
import type { Verdict } from '../verdict.ts';
import { expectedOf, type ReplayRow, type UnderstoodRow, understandRow } from './replay-row.ts';
import { type StatedSteps, statedSteps } from './witness-columns.ts';

export interface ReplayOptions {
  readonly config: Pick<PlantConfig, 'plant' | 'units' | 'intervalMs' | 'witnesses' | 'waterBands'> &
    Partial<Pick<PlantConfig, 'devices'>>;
  readonly settings: VerificationSettings;
  /** Days from the first row on from which the units' twins are learned; 0 learns nothing. */
  readonly trainDays: number;
  /** The layers that judge; all of them when absent. */
  readonly layers?: readonly VerificationLayer[];
}

const MS_PER_DAY = 86_400_000;

/** Scores historic readings as if they arrived now: in the order of the rows, with nothing known of later ones. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #memory: PlantMemory;
  readonly #stated: ReadonlyMap<string, StatedSteps>;
  readonly #training = new Map<string, TrainingReading[]>();
  #trainUntilMs: number | undefined;
  #isTrained = false;

  constructor(options: ReplayOptions) {
    const { config, settings } = options;
    this.#options = options;
    this.#memory = new PlantMemory({ ...config, settings });
    this.#stated = new Map(config.units.map((unit) => [unit.id, statedSteps(config, unit)]));
    for (const { id } of config.units) this.#training.set(id, []);
  }

  /** The verdict on the next row. */
  judge(row: ReplayRow): Verdict {
    const { config, settings } = this.#options;
    const understood = understandRow(row, config.plant.id, config.intervalMs, this.#stated.get(row.deviceId ?? ''));
    if (understood === undefined) return judgeUnreadable({ timestamp: row.timestamp ?? '' }, settings);
    const memory = this.#memory.unit(understood.reading.unitId);
    if (memory === undefined) return judgeUnreadable({ deviceId: row.deviceId ?? '' }, settings);
    this.#trainInTime(understood.receivedAtMs);
    return this.#judge(memory, understood, row);
  }

  #judge(
    memory: UnitMemory,
    { reading, unreadable, receivedAtMs, isDatedByItself, registerKwh, resolutionKwh }: UnderstoodRow,
    row: ReplayRow,
  ): Verdict {
    const { config, settings, layers } = this.#options;
    const { unit, history, twin } = memory;
    const siblings = this.#memory.siblingsOf(reading);
    const register = registerKwh === undefined ? undefined : { atMs: instantMs(reading.to), kwh: registerKwh };
    const context: VerificationContext = {
      plant: config.plant,
      unit,
      intervalMs: config.intervalMs,
      closedAtMs: receivedAtMs,
      isDatedByItself,
      history,
      twin,
      siblings,
      register,
      resolutionKwh,
      expected: expectedOf(row, unit),
      unreadable,
      waterBands: config.waterBands,
      witness: this.#memory.beside.viewOf(reading, this.#memory.beside.companionsOf(reading)),
    };
    const verdict = judge(reading, context, settings, layers);
    this.#memory.remember({ reading, siblings, verdict, register, resolutionKwh });
    if (!this.#isTrained && verdict.status !== 'REJECTED') this.#training.get(unit.id)?.push({ reading, siblings });
    return verdict;
  }

  #trainInTime(receivedAtMs: number): void {
    const { trainDays, settings } = this.#options;
    if (this.#isTrained || trainDays === 0) return;
    this.#trainUntilMs ??= receivedAtMs + trainDays * MS_PER_DAY;
    if (receivedAtMs < this.#trainUntilMs) return;
    this.#isTrained = true;
    for (const memory of this.#memory.units) {
      memory.learn(trainTwin(memory.unit, this.#training.get(memory.unit.id) ?? [], settings));
    }
    this.#training.clear();
  }
}
