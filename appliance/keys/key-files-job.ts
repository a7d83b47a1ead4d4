import { Worker } from 'node:worker_threads';
import { Failure } from '../../core/model/failure.ts';
import { failureOf, type ToldFailure } from '../told-failure.ts';

/** A step of a key change that is done with files; plain data. */
export interface KeyFilesJob {
  readonly keysFolder: string;
  /** `prepare`: a next key lies beside the one in force. `settle`: the key in force takes the place of the old one. */
  readonly step: 'prepare' | 'settle';
  /** The verifier key that the ledger says is in force. */
  readonly inForce: string;
}

export type KeyFilesMessage = { readonly kind: 'done' } | ToldFailure;

const WORKER = new URL('./key-files-worker.ts', import.meta.url);

/**
 * Does the step in a thread of its own, since a disk may take its time to make a file durable and no poll waits for
 * that.
 *
 * @throws Failure `LED_KEY_UNREADABLE`, or `LED_KEY_NOT_WRITTEN` where the disk refused.
 */
export function workOnKeyFiles(job: KeyFilesJob): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: job });
    worker.on('message', (message: KeyFilesMessage) => {
      if (message.kind === 'done') return resolve();
      reject(failureOf(message));
    });
    worker.on('error', (cause: Error) => reject(keyNotWritten(job.keysFolder, cause.message, cause)));
    // After an answer this changes nothing any more.
    worker.on('exit', () => reject(keyNotWritten(job.keysFolder, 'the thread ended without an answer')));
  });
}

export function keyNotWritten(keysFolder: string, why: string, cause?: unknown): Failure {
  return new Failure(
    'LED_KEY_NOT_WRITTEN',
    `The files of the device key in ${keysFolder} could not be written: ${why}.`,
    {
      hint: 'see whether the disk is full or the folder may not be written, and try again',
      cause,
    },
  );
}
