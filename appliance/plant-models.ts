import type { Clock } from '../core/model/clock.ts';
import { Failure } from '../core/model/failure.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { ApplianceActions } from './api/actions.ts';
import { listModels, type ModelParts, putInForce, useModel } from './model-actions.ts';
import { trainInWorker } from './training-job.ts';
import { Trainings } from './trainings.ts';

export interface PlantModelsParts extends ModelParts {
  readonly clock: Clock;
  readonly storePath: string;
  readonly settings: VerificationSettings;
  readonly origin: () => 'plant' | 'demo';
  readonly staleOf: (unitId: string) => string | undefined;
}

/** The models of a running plant. */
export class PlantModels {
  readonly actions: Pick<ApplianceActions, 'listModels' | 'trainModel' | 'useModel'>;
  readonly #stop = new AbortController();

  constructor(parts: PlantModelsParts) {
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
      trainModel: (request, by) => trainings.start(request, by),
      useModel: (digest, unitId, by) => useModel(parts, digest, unitId, by),
    };
  }

  /** Gives up what is being trained. Nothing of it is kept. */
  stop(): void {
    this.#stop.abort();
  }
}
