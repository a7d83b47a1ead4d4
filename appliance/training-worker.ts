import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../core/model/failure.ts';
import { openStore } from '../core/store/open-store.ts';
import { drivers } from './drivers.ts';
import { trainFromLedger } from './train-model.ts';
import { trainingBoundary } from './training-boundary.ts';
import type { TrainingJob, TrainingMessage } from './training-job.ts';

/** Learns a model on a handle of its own that only reads, so that polls and records go on meanwhile. */
function work({ storePath, config, settings, origin, request }: TrainingJob): TrainingMessage {
  const store = openStore(storePath, { access: 'read' });
  try {
    const boundary = trainingBoundary(store, config, request.unitId, drivers);
    const onProgress = (done: number, of: number): void => parentPort?.postMessage({ kind: 'progress', done, of });
    const model = trainFromLedger({ store, config, settings, origin, boundary, onProgress }, request);
    return { kind: 'done', text: JSON.stringify(model) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, hint, exitCode } = error;
    return { kind: 'failed', code, message, hint, exitCode };
  } finally {
    store.close();
  }
}

parentPort?.postMessage(work(workerData as TrainingJob));
