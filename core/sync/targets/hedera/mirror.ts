import type { z } from 'zod';
import { type CancelTimer, type Clock, sleep } from '../../../model/clock.ts';
import type { SyncFault } from '../../target.ts';
import { instantText, type Nanos } from './instant.ts';
import {
  accountAnswer,
  blocksAnswer,
  type MirrorAccount,
  type MirrorMessage,
  type MirrorNodePage,
  type MirrorTopic,
  type MirrorTransaction,
  type MirrorTransactionPage,
  messageAnswer,
  messagesAnswer,
  nodesAnswer,
  refusalAnswer,
  topicAnswer,
  transactionPageAnswer,
  transactionsAnswer,
} from './mirror-answers.ts';
import {
  busyMirror,
  failingMirror,
  foreignAnswer,
  lineOf,
  unreachableMirror,
  unreadableAnswer,
} from './mirror-faults.ts';
import { clockOf, type MirrorTime } from './mirror-time.ts';
import { readText } from './read-text.ts';
import { mirrorIdText, type TransactionId } from './transaction-id.ts';

export type { MirrorTime };

/** The standard `fetch`, as far as it is used: only reading, no redirects followed. */
export type MirrorFetch = (
  url: string,
  init: {
    readonly method: 'GET';
    readonly headers: Readonly<Record<string, string>>;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

export interface MirrorParts {
  /** Such as `https://testnet.mirrornode.hedera.com`, with or without a slash at its end. */
  readonly url: string;
  readonly fetch: MirrorFetch;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** `absent`: the mirror answered, in its own form, that it does not have it. Nothing else is ever taken for that. */
export type MirrorOutcome<T> = { readonly kind: 'found'; readonly value: T } | { readonly kind: 'absent' } | Failed;

export interface Failed {
  readonly kind: 'failed';
  readonly fault: SyncFault;
  /** What answers knows no such question at all: something else, or a mirror of one's own that has less than others. */
  readonly isNoRoute?: boolean;
}

export interface MessageRange {
  /** The first sequence number wanted. */
  readonly fromSequence?: number;
  /** Not before this consensus time. */
  readonly fromInstant?: Nanos;
  readonly order: 'oldest-first' | 'newest-first';
  /** At most 100. */
  readonly limit: number;
}

/** A page over a link of 64 kbit/s takes half a minute. */
const TIMEOUT_MS = 45_000;
/** A mirror that has not begun to answer by then will not; a page may wait behind others on a thin link. */
const FIRST_WORD_MS = 10_000;
const ASKS_MAX = 3;
const ASK_PAUSE_MS = 250;
/** A page of 100 messages of 1,024 bytes takes about 250 KB. */
const ANSWER_BYTES_MAX = 2_000_000;

/**
 * Reads a Hedera mirror node over its REST API. Each answer is read up to a limit, within a time, and held against a
 * schema, so that a portal's page, a proxy's error or a damaged answer is never taken for the mirror's word.
 */
export class MirrorClient {
  readonly #base: string;
  readonly #parts: MirrorParts;

  constructor(parts: MirrorParts) {
    this.#base = parts.url.replace(/\/+$/, '');
    this.#parts = parts;
  }

  /** Where it is, for messages. */
  get url(): string {
    return this.#base;
  }

  message(topicId: string, sequence: number, signal?: AbortSignal): Promise<MirrorOutcome<MirrorMessage>> {
    return this.get(`/topics/${topicId}/messages/${sequence}`, messageAnswer, signal);
  }

  /** The message that reached consensus at this very moment; no two did. */
  messageAt(consensusAt: Nanos, signal?: AbortSignal): Promise<MirrorOutcome<MirrorMessage>> {
    return this.get(`/topics/messages/${instantText(consensusAt)}`, messageAnswer, signal);
  }

  async messages(
    topicId: string,
    { fromSequence, fromInstant, order, limit }: MessageRange,
    signal?: AbortSignal,
  ): Promise<MirrorOutcome<readonly MirrorMessage[]>> {
    const query = new URLSearchParams({ limit: String(limit), order: order === 'oldest-first' ? 'asc' : 'desc' });
    if (fromSequence !== undefined) query.set('sequencenumber', `gte:${fromSequence}`);
    if (fromInstant !== undefined) query.set('timestamp', `gte:${instantText(fromInstant)}`);
    const firstWordMs = limit > 1 ? TIMEOUT_MS : FIRST_WORD_MS;
    const outcome = await this.get(`/topics/${topicId}/messages?${query}`, messagesAnswer, signal, firstWordMs);
    return outcome.kind === 'found' ? { kind: 'found', value: outcome.value.messages } : outcome;
  }

  /** Every row that bears the id: a `SUCCESS` may stand beside one of `DUPLICATE_TRANSACTION`. */
  async transaction(id: TransactionId, signal?: AbortSignal): Promise<MirrorOutcome<readonly MirrorTransaction[]>> {
    const outcome = await this.get(`/transactions/${mirrorIdText(id)}`, transactionsAnswer, signal);
    if (outcome.kind !== 'found') return outcome;
    const { transactions } = outcome.value;
    return transactions.length === 0 ? { kind: 'absent' } : { kind: 'found', value: transactions };
  }

  /** The transaction that reached consensus at this very moment. */
  async transactionAt(consensusAt: Nanos, signal?: AbortSignal): Promise<MirrorOutcome<MirrorTransaction>> {
    const outcome = await this.get(`/transactions?timestamp=${instantText(consensusAt)}`, transactionsAnswer, signal);
    if (outcome.kind !== 'found') return outcome;
    const row = outcome.value.transactions.find((transaction) => transaction.consensusAt === consensusAt);
    return row === undefined ? { kind: 'absent' } : { kind: 'found', value: row };
  }

  /** A page of transactions by its query; may be empty and still name another one behind it. */
  transactionPage(query: string, signal?: AbortSignal): Promise<MirrorOutcome<MirrorTransactionPage>> {
    return this.get(`/transactions?${query}`, transactionPageAnswer, signal);
  }

  /** A page of the network's address book by its query. */
  nodePage(query: string, signal?: AbortSignal): Promise<MirrorOutcome<MirrorNodePage>> {
    return this.get(`/network/nodes?${query}`, nodesAnswer, signal);
  }

  topic(topicId: string, signal?: AbortSignal): Promise<MirrorOutcome<MirrorTopic>> {
    return this.get(`/topics/${topicId}`, topicAnswer, signal);
  }

  account(accountId: string, signal?: AbortSignal): Promise<MirrorOutcome<MirrorAccount>> {
    return this.get(`/accounts/${accountId}?transactions=false`, accountAnswer, signal);
  }

  /**
   * Up to when the mirror has imported: the end of its newest block, or its newest transaction or message of `topicId`
   * where it is a mirror of one's own that has no blocks. Absent where nothing tells.
   */
  async time(topicId: string | undefined, signal?: AbortSignal): Promise<MirrorOutcome<MirrorTime>> {
    const blocks = await this.#ask('/blocks?limit=1&order=desc', blocksAnswer, signal);
    if (isTelling(blocks.outcome)) return timeOf(blocks, ({ blocks: [block] }) => block?.timestamp.to);
    const rows = await this.#ask('/transactions?limit=1&order=desc', transactionsAnswer, signal);
    if (isTelling(rows.outcome) || topicId === undefined) {
      return timeOf(rows, ({ transactions: [row] }) => row?.consensusAt);
    }
    const messages = await this.#ask(`/topics/${topicId}/messages?limit=1&order=desc`, messagesAnswer, signal);
    return timeOf(messages, ({ messages: [message] }) => message?.consensusAt);
  }

  /** An answer of this form to a path below `/api/v1`. */
  async get<T>(...question: Question<T>): Promise<MirrorOutcome<T>> {
    return (await this.#ask(...question)).outcome;
  }

  /** A mirror that fails, or a page in its place, may be gone a moment later; the last word holds. */
  async #ask<T>(...question: Question<T>): Promise<Answered<T>> {
    const [, , signal] = question;
    for (let number = 1; ; number += 1) {
      const answered = await this.#askOnce(...question);
      const { outcome } = answered;
      const isPassing = outcome.kind === 'failed' && outcome.isNoRoute !== true;
      if (!isPassing || number === ASKS_MAX || signal?.aborted) return answered;
      await sleep(this.#parts.clock, ASK_PAUSE_MS * number, signal);
    }
  }

  async #askOnce<T>(...[path, schema, signal, firstWordMs = FIRST_WORD_MS]: Question<T>): Promise<Answered<T>> {
    const { clock, timeoutMs = TIMEOUT_MS } = this.#parts;
    const ending = new AbortController();
    const endAfter = (ms: number, limitMs: number): CancelTimer =>
      clock.after(ms, () => ending.abort(new Error(`no answer within ${limitMs / 1000} s`)));
    const beginMs = Math.min(firstWordMs, timeoutMs);
    let cancel = endAfter(beginMs, beginMs);
    const either = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
    const begunMs = { wall: clock.wallMs(), monotonic: clock.monotonicMs() };
    try {
      const response = await this.#parts.fetch(`${this.#base}/api/v1${path}`, {
        method: 'GET',
        headers: { accept: 'application/json' },
        redirect: 'manual',
        signal: either,
      });
      const tookMs = clock.monotonicMs() - begunMs.monotonic;
      cancel();
      cancel = endAfter(Math.max(0, timeoutMs - tookMs), timeoutMs);
      const text = await readText(response, ANSWER_BYTES_MAX);
      if (text === undefined) return failed(foreignAnswer(this.#base, 'it is longer than any answer of a mirror'));
      return {
        outcome: readAnswer(this.#base, response, text, schema),
        clock: clockOf(response, begunMs.wall, tookMs),
      };
    } catch (error) {
      return failed(unreachableMirror(this.#base, error));
    } finally {
      cancel();
    }
  }
}

/** Path, form of the answer, whoever gives it up, and by when the answer must have begun, ms. */
export type Question<T> = readonly [
  path: string,
  schema: z.ZodType<T>,
  signal?: AbortSignal | undefined,
  firstWordMs?: number,
];

function readAnswer<T>(base: string, response: Response, text: string, schema: z.ZodType<T>): MirrorOutcome<T> {
  const json = jsonOf(text);
  const trouble = troubleOf(base, response, json);
  if (trouble !== undefined) return trouble;
  const read = schema.safeParse(json);
  if (read.success) return { kind: 'found', value: read.data };
  const [issue] = read.error.issues;
  const why = `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'malformed'}`;
  return { kind: 'failed', fault: unreadableAnswer(base, why) };
}

/** What is no answer with a value in it. */
function troubleOf(base: string, { status, headers }: Response, json: unknown): Trouble | undefined {
  const failing = (fault: SyncFault): Trouble => ({ kind: 'failed', fault });
  if (status >= 300 && status < 400) return failing(foreignAnswer(base, 'it sends us to another place'));
  if (status === 407) return failing(foreignAnswer(base, 'a proxy wants to know who asks'));
  if (status === 429) return failing(busyMirror(base));
  const type = headers.get('content-type') ?? 'no type';
  if (status >= 500 && !type.includes('html')) return failing(failingMirror(base, status));
  if (json === undefined) {
    const fault = foreignAnswer(base, `no JSON but ${type.slice(0, 60)}, status ${status}`);
    return { kind: 'failed', fault, isNoRoute: status === 404 };
  }
  if (status === 200) return undefined;
  const refusal = refusalAnswer.safeParse(json);
  if ((status !== 404 && status !== 400) || !refusal.success) {
    const fault = foreignAnswer(base, `status ${status} in no form of a mirror`);
    return { kind: 'failed', fault, isNoRoute: status === 404 || status === 400 || status === 501 };
  }
  if (status === 404) return { kind: 'absent' };
  const [first] = refusal.data._status.messages;
  return failing(unreadableAnswer(base, `it refuses the question: ${lineOf(first?.message ?? 'without a word')}`));
}

type Trouble = Exclude<MirrorOutcome<never>, { readonly kind: 'found' }>;

/** Whether the question was understood: an answer, or a failure that is not the lack of the question. */
function isTelling(outcome: MirrorOutcome<unknown>): boolean {
  return outcome.kind === 'found' || (outcome.kind === 'failed' && outcome.isNoRoute !== true);
}

function timeOf<T>(
  { outcome, clock }: Answered<T>,
  newest: (answer: T) => Nanos | undefined,
): MirrorOutcome<MirrorTime> {
  if (outcome.kind === 'failed' && outcome.isNoRoute === true) return { kind: 'absent' };
  if (outcome.kind !== 'found') return outcome;
  const importedUntil = newest(outcome.value);
  return importedUntil === undefined ? { kind: 'absent' } : { kind: 'found', value: { importedUntil, ...clock } };
}

interface Answered<T> {
  readonly outcome: MirrorOutcome<T>;
  readonly clock: Omit<MirrorTime, 'importedUntil'>;
}

function failed<T>(fault: SyncFault): Answered<T> {
  return { outcome: { kind: 'failed', fault }, clock: { uncertaintyMs: Number.POSITIVE_INFINITY } };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
