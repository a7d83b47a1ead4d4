import { Worker } from 'node:worker_threads';
import { JoinedParts, jobsFor } from './joined-parts.ts';
import type { PartAnswer, PartThread } from './part-job.ts';

const WORKER = new URL('./part-thread.mjs', import.meta.url);

export interface PartsOptions {
  readonly size: number;
  readonly threads: number;
  /** Entries in one part. */
  readonly partEntries: number;
  /** Indexes of the closes of months. */
  readonly closes: readonly number[];
  readonly onProgress?: ((entries: number) => void) | undefined;
}

type Counts = Readonly<Record<string, number>>;

/**
 * Has threads check the first `size` entries in parts, each on a handle of its own that only reads, and adds up what
 * they counted. Undefined as soon as anything does not hold, or a thread cannot say.
 */
export function checkParts(thread: PartThread, options: PartsOptions): Promise<Counts | undefined> {
  const { size, threads, onProgress } = options;
  const jobs = jobsFor(thread.depth, options);
  const joined = new JoinedParts();
  const workers = Array.from({ length: threads }, () => new Worker(WORKER, { workerData: thread }));
  const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  let open = 0;
  let isOver = false;
  const found = new Promise<Counts | undefined>((resolve) => {
    const give = (worker: Worker): void => {
      if (isOver) return;
      const next = jobs.next();
      if (next.done === true) {
        if (open === 0) resolve(joined.size === size ? joined.counts() : undefined);
        return;
      }
      open += 1;
      worker.postMessage(next.value);
    };
    for (const worker of workers) {
      worker.on('message', (answer: PartAnswer) => {
        open -= 1;
        if (!joined.take(answer)) return resolve(undefined);
        if (answer.kind === 'part') onProgress?.(joined.size);
        give(worker);
      });
      worker.on('error', () => resolve(undefined));
      worker.on('exit', () => resolve(undefined));
      give(worker);
    }
  });
  // Each ends with the part that it is at: to be ended in the middle of unpacking a block ends the whole process (Node 24).
  return found.finally(() => {
    isOver = true;
    for (const worker of workers) worker.postMessage('end');
    return Promise.all(exits);
  });
}
