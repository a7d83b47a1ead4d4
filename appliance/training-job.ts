import { Worker } from 'node:worker_threads';
import type { PlantConfig } from '../core/config/plant.ts';
import { type ExitCode, Failure } from '../core/model/failure.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { TrainingRequest } from './train-model.ts';

/** All that the worker needs; plain data. */
export interface TrainingJob {
  readonly storePath: string;
  readonly config: PlantConfig;
  readonly settings: VerificationSettings;
  readonly origin: 'plant' | 'demo';
  readonly request: TrainingRequest;
}

export type TrainingMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly of: number }
  | { readonly kind: 'done'; readonly text: string }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
      readonly exitCode: ExitCode | undefined;
    };

const WORKER = new URL('./training-worker.ts', import.meta.url);

/**
 * Learns a unit's model in a thread of its own. The text of the model, whose SHA-256 is its digest.
 *
 * @throws Failure `VER_TRAIN_...`, of the store, or `VER_TRAIN_FAILED` when the thread ended without an answer.
 */
export function trainInWorker(
  job: TrainingJob,
  onProgress: (done: number, of: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: job });
    const stop = (): void => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: TrainingMessage) => {
      if (message.kind === 'progress') return onProgress(message.done, message.of);
      if (message.kind === 'done') return resolve(message.text);
      const { code, hint, exitCode } = message;
      reject(
        new Failure(code, message.message, {
          ...(hint === undefined ? {} : { hint }),
          ...(exitCode === undefined ? {} : { exitCode }),
        }),
      );
    });
    worker.on('error', (cause: Error) => reject(broken(cause.message, cause)));
    worker.on('exit', () => {
      signal?.removeEventListener('abort', stop);
      // After an answer this changes nothing any more.
      reject(broken(signal?.aborted === true ? 'it was stopped' : 'it ended without an answer'));
    });
  });
}

function broken(reason: string, cause?: unknown): Failure {
  return new Failure('VER_TRAIN_FAILED', `The training came to nothing: ${reason}.`, {
    hint: 'start it again; the model in force stays the one it was',
    cause,
  });
}
