import { Worker } from 'node:worker_threads';
import type { PlantConfig } from '../core/config/plant.ts';
import { Failure } from '../core/model/failure.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import { failureOf, type ToldFailure } from './told-failure.ts';
import type { TrainingRequest } from './train-model.ts';

/** Plain data. */
export interface TrainingJob {
  readonly storePath: string;
  readonly config: PlantConfig;
  readonly settings: VerificationSettings;
  readonly origin: 'plant' | 'demo';
  readonly request: TrainingRequest;
}

/** What the thread is given: the job, and a flag that is not 0 once the training is to end. */
export interface TrainingThread {
  readonly job: TrainingJob;
  readonly flag: Int32Array;
}

export type TrainingMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly of: number }
  | { readonly kind: 'done'; readonly text: string }
  | ToldFailure;

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
  if (signal?.aborted === true) return Promise.reject(stopped());
  return new Promise((resolve, reject) => {
    const flag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const worker = new Worker(WORKER, { workerData: { job, flag } satisfies TrainingThread });
    const stop = (): void => {
      // It ends itself: to be ended while it unpacks a block ends the whole process (Node 24).
      Atomics.store(flag, 0, 1);
      worker.unref();
      reject(stopped());
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: TrainingMessage) => {
      if (message.kind === 'progress') return onProgress(message.done, message.of);
      if (message.kind === 'done') return resolve(message.text);
      reject(failureOf(message));
    });
    worker.on('error', (cause: Error) => reject(broken(cause.message, cause)));
    worker.on('exit', () => {
      signal?.removeEventListener('abort', stop);
      // After an answer this changes nothing any more.
      reject(broken('it ended without an answer'));
    });
  });
}

function stopped(): Failure {
  return broken('it was stopped');
}

function broken(reason: string, cause?: unknown): Failure {
  return new Failure('VER_TRAIN_FAILED', `The training came to nothing: ${reason}.`, {
    hint: 'start it again; the model in force stays the one it was',
    cause,
  });
}
