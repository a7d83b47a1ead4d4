import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../core/model/failure.ts';
import { openStore } from '../core/store/open-store.ts';
import { drivers } from './drivers.ts';
import { tellFailure } from './told-failure.ts';
import { trainFromLedger } from './train-model.ts';
import { trainingBoundary } from './training-boundary.ts';
import type { TrainingJob, TrainingMessage, TrainingThread } from './training-job.ts';

/** Learns a model on a handle of its own that only reads, so that polls and records go on meanwhile. */
function work(
  { storePath, config, settings, origin, request }: TrainingJob,
  onProgress: (done: number, of: number) => void,
): TrainingMessage {
  const store = openStore(storePath, { access: 'read' });
  try {
    const boundary = trainingBoundary(store, config, request.unitId, drivers);
    const model = trainFromLedger({ store, config, settings, origin, boundary, onProgress }, request);
    return { kind: 'done', text: JSON.stringify(model) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return tellFailure(error);
  } finally {
    store.close();
  }
}

const { job, flag } = workerData as TrainingThread;
parentPort?.postMessage(
  work(job, (done, of) => {
    // In a thread this ends the thread alone.
    if (Atomics.load(flag, 0) !== 0) process.exit();
    parentPort?.postMessage({ kind: 'progress', done, of });
  }),
);
