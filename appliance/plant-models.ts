import type { CancelTimer, Clock } from '../core/model/clock.ts';
import { Failure } from '../core/model/failure.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { ApplianceActions } from './api/actions.ts';
import { listModels, type ModelParts, putInForce, useModel } from './model-actions.ts';
import { unitToTrain } from './train-model.ts';
import { trainInWorker } from './training-job.ts';
import { Trainings } from './trainings.ts';

export interface PlantModelsParts extends ModelParts {
  readonly clock: Clock;
  readonly storePath: string;
  readonly settings: VerificationSettings;
  readonly origin: () => 'plant' | 'demo';
  readonly staleOf: (unitId: string) => string | undefined;
  /** Whether the disk has room for what can be computed again. */
  readonly keepsDerived: () => boolean;
}

const LOOK_EVERY_MS = 86_400_000;

/** The models of a running plant. */
export class PlantModels {
  readonly actions: Pick<ApplianceActions, 'listModels' | 'trainModel' | 'useModel'>;
  readonly #parts: PlantModelsParts;
  readonly #stop = new AbortController();
  #cancelLook: CancelTimer | undefined;

  constructor(parts: PlantModelsParts) {
    this.#parts = parts;
    const { config, storePath, settings, clock } = parts;
    const { signal } = this.#stop;
    const trainings = new Trainings({
      clock,
      train: (request, onProgress) =>
        trainInWorker({ storePath, config, settings, origin: parts.origin(), request }, onProgress, signal),
      finish: (text, by) => {
        if (signal.aborted) throw new Failure('VER_TRAIN_FAILED', 'The appliance was stopped.');
        return putInForce(parts, text, by).digest;
      },
    });
    this.actions = {
      listModels: () => ({ items: listModels(parts, parts.staleOf), trainings: trainings.list() }),
      trainModel: (request, by) => {
        unitToTrain(config, request.unitId);
        if (!parts.keepsDerived()) throw noRoom();
        return trainings.start(request, by);
      },
      useModel: (digest, unitId, by) => useModel(parts, digest, unitId, by),
    };
    this.#arm();
  }

  /** Gives up what is being trained. Nothing of it is kept. */
  stop(): void {
    this.#stop.abort();
    this.#cancelLook?.();
  }

  /** Once a day the log says which unit has become another one than its model. */
  #arm(): void {
    const { clock, config, log, staleOf } = this.#parts;
    this.#cancelLook = clock.after(LOOK_EVERY_MS, () => {
      for (const { id } of config.units) {
        const stale = staleOf(id);
        if (stale !== undefined) log.warn({ code: 'VER_MODEL_STALE', unitId: id }, stale);
      }
      this.#arm();
    });
  }
}

function noRoom(): Failure {
  return new Failure('STO_DERIVED_STOPPED', 'The disk is nearly full: nothing is kept that can be computed again.', {
    hint: 'free some space on the disk of the data folder, then try again',
  });
}
