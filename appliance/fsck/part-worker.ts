import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../../core/store/open-store.ts';
import type { PartJob, PartThread } from './part-job.ts';
import { workOnPart } from './work-on-part.ts';

const thread = workerData as PartThread;
const store = openStore(thread.storePath, { access: 'read' });

parentPort?.on('message', async (job: PartJob | 'end') => {
  if (job !== 'end') return parentPort?.postMessage(await workOnPart(store, thread, job));
  store.close();
  parentPort?.close();
});
