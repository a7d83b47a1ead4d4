import type { Clock } from '../core/model/clock.ts';
import { Failure } from '../core/model/failure.ts';
import { toIso } from '../core/model/time.ts';
import type { TrainingAnswer } from './api/schema/model.ts';
import type { TrainingRequest } from './train-model.ts';

export interface TrainingsParts {
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Gives the text of the model. */
  readonly train: (request: TrainingRequest, onProgress: (done: number, of: number) => void) => Promise<string>;
  /** Records the model and puts it in force; gives its digest. */
  readonly finish: (text: string, by: string) => string;
}

/** Trainings of a running plant: one after the other, so that they never take more than one core. */
export class Trainings {
  readonly #parts: TrainingsParts;
  readonly #latest = new Map<string, TrainingAnswer>();
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: TrainingsParts) {
    this.#parts = parts;
  }

  /** The latest of each unit. */
  list(): TrainingAnswer[] {
    return [...this.#latest.values()];
  }

  /**
   * Begins in the background.
   *
   * @throws Failure `VER_TRAIN_RUNNING`
   */
  start(request: TrainingRequest, by: string): TrainingAnswer {
    const { unitId } = request;
    if (this.#latest.get(unitId)?.state === 'running') {
      throw new Failure('VER_TRAIN_RUNNING', `A model of ${unitId} is being trained already.`, {
        hint: 'wait for it: "forebay model list" shows how far it is',
      });
    }
    const startedAt = toIso(this.#parts.clock.wallMs());
    const begun: TrainingAnswer = {
      unitId,
      state: 'running',
      startedAt,
      by,
      done: 0,
      of: null,
      digest: null,
      problem: null,
    };
    this.#latest.set(unitId, begun);
    this.#turn = this.#turn.then(() => this.#run(request, by));
    return begun;
  }

  /** Resolves when nothing is being trained any more. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  async #run(request: TrainingRequest, by: string): Promise<void> {
    const { train, finish } = this.#parts;
    const { unitId } = request;
    try {
      const text = await train(request, (done, of) => this.#change(unitId, { done, of }));
      this.#change(unitId, { state: 'done', digest: finish(text, by) });
    } catch (error) {
      const { code, message, hint } =
        error instanceof Failure ? error : new Failure('VER_TRAIN_FAILED', `The training came to nothing: ${error}.`);
      this.#change(unitId, { state: 'failed', problem: { code, message, hint: hint ?? null } });
    }
  }

  #change(unitId: string, changes: Partial<TrainingAnswer>): void {
    const latest = this.#latest.get(unitId);
    if (latest !== undefined) this.#latest.set(unitId, { ...latest, ...changes });
  }
}
