import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Signed } from '../../core/evidence/machine.ts';
import { holdsSignature } from './signature-check.ts';
import { type ParcelAnswer, packSignatures } from './signature-parcel.ts';

const PROGRAM = new URL('./signature-thread.mjs', import.meta.url);
/** One thread reads and compares while three look at signatures: it could not keep more of them at work. */
const THREADS_MAX = 3;
/** Fewer than that are looked at sooner than a thread has started. */
const ALONE_SIGNATURES = 2000;
/** One parcel is looked at and one waits, so that no thread ever does. */
const PARCELS_EACH = 2;
/** Holds 64 readings of 4 KB. */
const PARCEL_BYTES = 256 * 1024;
/** What a thread's heap needs, and no more. */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

export interface SignatureThreadOptions {
  /** Threads besides this one. */
  readonly others?: number;
  /** So many signatures are looked at here before others are started. */
  readonly aloneBelow?: number;
  /** What a thread runs. */
  readonly program?: URL;
}

interface Open {
  readonly signed: readonly Signed[];
  readonly resolve: (answers: readonly boolean[]) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** Memory for parcels; none any more once the thread has ended. */
  free: Uint8Array<ArrayBuffer>[];
  hasEnded: boolean;
  /** In the order in which they were asked, which is that of the answers. */
  readonly open: Open[];
}

/**
 * Looks at signatures on as many threads as there are processors, this one included: where all others have enough to do,
 * it does the next ones itself. What a thread that fails was given is looked at here.
 */
export class SignatureThreads {
  readonly #threads: Thread[] = [];
  readonly #options: Required<SignatureThreadOptions>;
  #asked = 0;

  constructor(options: SignatureThreadOptions = {}) {
    const others = Math.min(THREADS_MAX, availableParallelism() - 1);
    this.#options = { others, aloneBelow: ALONE_SIGNATURES, program: PROGRAM, ...options };
  }

  /** For each whether it holds, in their order. */
  areSigned(signed: readonly Signed[]): Promise<readonly boolean[]> {
    this.#asked += signed.length;
    if (this.#asked >= this.#options.aloneBelow) this.#start();
    for (const thread of this.#threads) {
      takeAnswers(thread);
      const answers = ask(thread, signed);
      if (answers !== undefined) return answers;
    }
    return Promise.resolve(signed.map(holdsSignature));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #start(): void {
    while (this.#threads.length < this.#options.others) this.#threads.push(startThread(this.#options.program));
  }
}

/** Gives `work` the way to look at signatures on several threads, and ends them with it. */
export async function withSignatureThreads<T>(
  work: (areSigned: (signed: readonly Signed[]) => Promise<readonly boolean[]>) => Promise<T>,
): Promise<T> {
  const threads = new SignatureThreads();
  try {
    return await work((signed) => threads.areSigned(signed));
  } finally {
    await threads.stop();
  }
}

function startThread(program: URL): Thread {
  const { port1: port, port2 } = new MessageChannel();
  const worker = new Worker(program, { workerData: port2, transferList: [port2], resourceLimits: HEAP_LIMITS });
  const free = Array.from({ length: PARCELS_EACH }, () => new Uint8Array(PARCEL_BYTES));
  const thread: Thread = { worker, port, free, hasEnded: false, open: [] };
  const giveUp = (): void => {
    thread.hasEnded = true;
    thread.free = [];
    for (const { signed, resolve } of thread.open.splice(0)) resolve(signed.map(holdsSignature));
    port.close();
  };
  worker.on('error', giveUp);
  worker.on('exit', giveUp);
  port.on('message', (answer: ParcelAnswer) => take(thread, answer));
  return thread;
}

function ask({ port, free, open }: Thread, signed: readonly Signed[]): Promise<readonly boolean[]> | undefined {
  const bytes = free.at(-1);
  const parcel = bytes === undefined ? undefined : packSignatures(signed, bytes);
  if (parcel === undefined) return undefined;
  free.pop();
  port.postMessage(parcel, [parcel.bytes.buffer]);
  return new Promise((resolve) => open.push({ signed, resolve }));
}

/** Answers that are there already: the loop that would bring them has no turn while entries are read. */
function takeAnswers(thread: Thread): void {
  for (let next = receiveMessageOnPort(thread.port); next !== undefined; next = receiveMessageOnPort(thread.port)) {
    take(thread, next.message as ParcelAnswer);
  }
}

function take(thread: Thread, { bytes, answers }: ParcelAnswer): void {
  // What it sent before it ended was looked at here since.
  if (thread.hasEnded) return;
  thread.free.push(bytes);
  thread.open.shift()?.resolve(answers);
}
