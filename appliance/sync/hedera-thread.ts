import { Worker } from 'node:worker_threads';
import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import type { Log } from '../../core/model/log.ts';
import type { BookNode } from '../../core/sync/targets/hedera/node-book.ts';
import type {
  AskOutcome,
  ConsensusPort,
  PrepareOutcome,
  PrepareRequest,
  SendOutcome,
} from '../../core/sync/targets/hedera/port.ts';
import type { HederaAnswer, HederaQuestion, HederaWorkerData, PublicNetwork } from './hedera-worker-words.ts';

export interface HederaThreadParts {
  /** What a thread is given when it begins. */
  readonly data: () => HederaWorkerData;
  /** Proxies, by the names that the SDK's gRPC library reads. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
  /** How many answers one thread gives before another takes its place; a few thousand unless a test says so. */
  readonly answersMax?: number;
}

/** So many questions are with the nodes at once. */
const AT_ONCE_MAX = 16;
/** A thread is replaced after so many answers: the SDK keeps something of each for good. */
const ANSWERS_MAX = 20_000;
const HEAP_BYTES_MAX = 120_000_000;
/** A small nursery keeps what the SDK throws away from growing the appliance; beyond the rest the thread ends by itself. */
const MEMORY = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 160 };
/** Longer than the SDK itself waits; a thread that is silent for so long hangs. */
const ANSWER_MS = 30_000;
/** Without a question for so long the thread is ended, so that a plant that sends hourly does not hold the SDK's memory. */
const IDLE_MS = 60_000;
const WORKER = new URL('./hedera-thread.mjs', import.meta.url);

type Question = HederaQuestion extends infer Q ? (Q extends HederaQuestion ? Omit<Q, 'number'> : never) : never;

interface Asked {
  readonly question: Question;
  readonly settle: (outcome: HederaAnswer['outcome'] | undefined) => void;
}

/**
 * The SDK in a thread of its own, which is begun with the first question, replaced when it grows, hangs or fails, and
 * ended when nothing is asked. What a thread takes with it when it ends may have been sent: its questions are unanswered.
 */
export class HederaThread implements ConsensusPort {
  readonly #parts: HederaThreadParts;
  readonly #queue: Asked[] = [];
  readonly #asked = new Map<number, Asked & { readonly cancel: CancelTimer }>();
  #worker: Worker | undefined;
  #number = 0;
  #answers = 0;
  #isGrown = false;
  #isClosed = false;
  #why = 'the thread of the Hedera SDK ended';
  #cancelIdle: CancelTimer = () => undefined;
  /** How many threads there were. */
  begun = 0;

  constructor(parts: HederaThreadParts) {
    this.#parts = parts;
  }

  async prepare(request: Parameters<ConsensusPort['prepare']>[0], signal: AbortSignal): Promise<PrepareOutcome> {
    const outcome = await this.#ask({ kind: 'prepare', request: alone(request) }, signal);
    return (outcome as PrepareOutcome | undefined) ?? { kind: 'failed', why: this.#why };
  }

  async send(bytes: Uint8Array, signal: AbortSignal): Promise<SendOutcome> {
    const outcome = await this.#ask({ kind: 'send', bytes: new Uint8Array(bytes) }, signal);
    return (outcome as SendOutcome | undefined) ?? { kind: 'unanswered', why: this.#why };
  }

  async ask(id: string, signal: AbortSignal): Promise<AskOutcome> {
    const outcome = await this.#ask({ kind: 'ask', id }, signal);
    return (outcome as AskOutcome | undefined) ?? { kind: 'unanswered', why: this.#why };
  }

  /** The address book that came with the SDK. */
  async bundledBook(network: PublicNetwork): Promise<readonly BookNode[]> {
    const outcome = await this.#ask({ kind: 'bundled', network }, new AbortController().signal);
    return (outcome as readonly BookNode[] | undefined) ?? [];
  }

  /** What a thread is given has changed: another one takes the place of this one once what is under way has ended. */
  renew(): void {
    if (this.#worker === undefined) return;
    this.#isGrown = true;
    this.#pump();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelIdle();
    for (const { settle } of this.#queue.splice(0)) settle(undefined);
    await this.#end('the appliance ends');
  }

  #ask(question: Question, signal: AbortSignal): Promise<HederaAnswer['outcome'] | undefined> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#isClosed) return resolve(undefined);
      const settle = (outcome: HederaAnswer['outcome'] | undefined): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(outcome);
      };
      const asked = { question, settle };
      // What is still in the queue is never sent after whoever asked has given up.
      const giveUp = (): void => {
        const at = this.#queue.indexOf(asked);
        if (at !== -1) this.#queue.splice(at, 1);
        settle(undefined);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#queue.push(asked);
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isDue() && this.#asked.size === 0) {
      void this.#end('it is replaced').then(() => this.#pump());
      return;
    }
    if (this.#isDue()) return;
    while (this.#asked.size < AT_ONCE_MAX) {
      const asked = this.#queue.shift();
      if (asked === undefined) break;
      this.#cancelIdle();
      this.#worker ??= this.#begin();
      this.#number += 1;
      const number = this.#number;
      const cancel = this.#parts.clock.after(
        ANSWER_MS,
        () => void this.#end(`no answer in ${ANSWER_MS / 1000} s`).then(() => this.#pump()),
      );
      this.#asked.set(number, { ...asked, cancel });
      this.#worker.postMessage({ ...asked.question, number } satisfies HederaQuestion);
    }
    this.#rest();
  }

  /** Whether the thread has answered enough or grown too large; then what is under way ends and nothing is added. */
  #isDue(): boolean {
    if (this.#worker === undefined) return false;
    return this.#isGrown || this.#answers >= (this.#parts.answersMax ?? ANSWERS_MAX);
  }

  #rest(): void {
    if (this.#asked.size > 0 || this.#queue.length > 0 || this.#worker === undefined) return;
    this.#cancelIdle();
    this.#cancelIdle = this.#parts.clock.after(IDLE_MS, () => {
      if (this.#asked.size === 0) void this.#end('nothing is asked');
    });
  }

  #begin(): Worker {
    const { data, environment, log } = this.#parts;
    const env = { ...process.env, ...environment };
    const worker = new Worker(WORKER, { workerData: data(), env, resourceLimits: MEMORY });
    this.begun += 1;
    this.#answers = 0;
    this.#isGrown = false;
    worker.on('message', (answer: HederaAnswer) => this.#answered(answer));
    worker.on('error', (error) => {
      log.warn({ code: 'SYN_HEDERA_SDK_FAILED', why: error.message }, 'The thread of the Hedera SDK failed');
      this.#lost(worker, error.message);
    });
    worker.on('exit', () => this.#lost(worker, 'the thread of the Hedera SDK ended'));
    return worker;
  }

  #answered({ number, outcome, heapBytes }: HederaAnswer): void {
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    this.#answers += 1;
    this.#isGrown ||= heapBytes > HEAP_BYTES_MAX;
    asked?.cancel();
    asked?.settle(outcome);
    this.#pump();
  }

  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#why = why;
    for (const { cancel, settle } of this.#asked.values()) {
      cancel();
      settle(undefined);
    }
    this.#asked.clear();
    if (this.#queue.length > 0) this.#pump();
  }

  async #end(why: string): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#parts.log.debug({ why, answers: this.#answers }, 'The thread of the Hedera SDK ends');
    this.#lost(worker, why);
    await worker.terminate();
  }
}

/** A message between threads takes the whole buffer with it, and small ones share one of 64 KB: so a copy by itself goes. */
function alone(request: PrepareRequest): PrepareRequest {
  return request.kind === 'message' ? { ...request, message: new Uint8Array(request.message) } : request;
}
