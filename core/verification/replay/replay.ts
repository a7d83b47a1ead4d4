import type { Reading } from '../../acquisition/reading.ts';
import type { PlantConfig } from '../../config/plant.ts';
import { judge, judgeUnreadable } from '../judge.ts';
import type { Sibling, VerificationContext, VerificationLayer } from '../layer.ts';
import type { VerificationSettings } from '../settings.ts';
import { type TrainingReading, trainTwin } from '../twin/twin-model.ts';
import { UnitMemory } from '../unit-memory.ts';
import type { Verdict } from '../verdict.ts';
import { type ReplayRow, type UnderstoodRow, understandRow } from './replay-row.ts';

export interface ReplayOptions {
  readonly config: Pick<PlantConfig, 'plant' | 'units' | 'intervalMs'>;
  readonly settings: VerificationSettings;
  /** Days from the first row on from which the units' twins are learned; 0 learns nothing. */
  readonly trainDays: number;
  /** The layers that judge; all of them when absent. */
  readonly layers?: readonly VerificationLayer[];
}

const MS_PER_DAY = 86_400_000;

interface UnitState {
  readonly memory: UnitMemory;
  training: TrainingReading[];
  latest: Reading | undefined;
}

/** Scores historic readings as if they arrived now: in the order of the rows, with nothing known of later ones. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #units: ReadonlyMap<string, UnitState>;
  #trainUntilMs: number | undefined;
  #isTrained = false;

  constructor(options: ReplayOptions) {
    const { config, settings } = options;
    this.#options = options;
    this.#units = new Map(
      config.units.map((unit) => {
        const memory = new UnitMemory(unit, undefined, settings);
        return [unit.id, { memory, training: [], latest: undefined }];
      }),
    );
  }

  /** The verdict on the next row. */
  judge(row: ReplayRow): Verdict {
    const { config, settings } = this.#options;
    const understood = understandRow(row, config.plant.id, config.intervalMs);
    if (understood === undefined) return judgeUnreadable({ timestamp: row.timestamp ?? '' }, settings);
    const state = this.#units.get(understood.reading.unitId);
    if (state === undefined) return judgeUnreadable({ deviceId: row.deviceId ?? '' }, settings);
    this.#trainInTime(understood.receivedAtMs);
    return this.#judge(state, understood);
  }

  #judge(state: UnitState, { reading, unreadable, receivedAtMs, registerKwh, resolutionKwh }: UnderstoodRow): Verdict {
    const { config, settings, layers } = this.#options;
    const { unit, history, twin } = state.memory;
    const siblings = this.#siblingsOf(state, reading);
    const register = registerKwh === undefined ? undefined : { atMs: Date.parse(reading.to), kwh: registerKwh };
    const context: VerificationContext = {
      plant: config.plant,
      unit,
      intervalMs: config.intervalMs,
      closedAtMs: receivedAtMs,
      history,
      twin,
      siblings,
      register,
      resolutionKwh,
      unreadable,
    };
    const verdict = judge(reading, context, settings, layers);
    state.memory.remember({ reading, siblings, verdict, register });
    // A reading that is doubted itself accuses nobody else.
    if (verdict.status === 'APPROVED') state.latest = reading;
    if (!this.#isTrained && verdict.status !== 'REJECTED') state.training.push({ reading, siblings });
    return verdict;
  }

  /** The other units' readings of the same interval, or of the one before where theirs has not arrived yet. */
  #siblingsOf(state: UnitState, reading: Reading): Sibling[] {
    const fromMs = Date.parse(reading.from);
    return [...this.#units.values()].flatMap((other) => {
      if (other === state || other.latest === undefined) return [];
      const apartMs = Math.abs(Date.parse(other.latest.from) - fromMs);
      return apartMs <= this.#options.config.intervalMs ? [{ unit: other.memory.unit, reading: other.latest }] : [];
    });
  }

  #trainInTime(receivedAtMs: number): void {
    const { trainDays, settings } = this.#options;
    if (this.#isTrained || trainDays === 0) return;
    this.#trainUntilMs ??= receivedAtMs + trainDays * MS_PER_DAY;
    if (receivedAtMs < this.#trainUntilMs) return;
    this.#isTrained = true;
    for (const state of this.#units.values()) {
      state.memory.learn(trainTwin(state.memory.unit, state.training, settings));
      state.training = [];
    }
  }
}
