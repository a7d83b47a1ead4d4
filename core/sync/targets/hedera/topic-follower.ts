import { createHash } from 'node:crypto';
import type { CancelTimer, Clock } from '../../../model/clock.ts';
import type { SyncFault } from '../../target.ts';
import { contradiction } from './confirm-message.ts';
import type { MirrorClient, MirrorOutcome } from './mirror.ts';
import type { MirrorMessage } from './mirror-answers.ts';
import { FIRST_RUNNING_HASH } from './running-hash.ts';

export interface FollowerParts {
  readonly mirror: Pick<MirrorClient, 'messages' | 'url'>;
  readonly topicId: string;
  /** Only messages that this account paid for are looked at; absent: all. */
  readonly payerId?: string;
  /**
   * Whether somebody may ask for the message of this SHA-256 (hexadecimal) later: each of these is remembered, and no other.
   * Absent: the newest are, and what is older is forgotten, so that not to have it means nothing.
   */
  readonly isWanted?: (sha256: string) => boolean;
  readonly clock: Pick<Clock, 'after'>;
}

/** A message of ours that is on the topic, its running hash recomputed. */
export type Seen = Omit<MirrorMessage, 'message' | 'runningHashVersion'>;

/** While nothing comes it is looked at ever more seldom: each look is a question that a metered link pays for. */
const LOOK_MS = { first: 500, longest: 4000, growth: 1.5 };
const PAGE = 100;
/** Of what nobody has asked for yet, the newest so many are remembered. */
const REMEMBERED_MAX = 10_000;

/**
 * Reads a topic on from where it stood, a page at a time while somebody waits for a message, and recomputes the running
 * hash along the way: one question to the mirror confirms a hundred messages.
 */
export class TopicFollower {
  readonly #parts: FollowerParts;
  readonly #seen = new Map<string, Seen>();
  readonly #waiting = new Map<string, Set<() => void>>();
  #last: { readonly sequence: number; readonly runningHash: Uint8Array };
  #cancelTimer: CancelTimer = () => undefined;
  #reading: Promise<void> | undefined;
  #lookMs = LOOK_MS.first;
  /** The last of those who read on; each goes on where the one before ended. */
  #turn: Promise<void> = Promise.resolve();
  #fault: SyncFault | undefined;

  private constructor(parts: FollowerParts, last: MirrorMessage | undefined) {
    this.#parts = parts;
    this.#last = last ?? { sequence: 0, runningHash: FIRST_RUNNING_HASH };
  }

  /** Begins at the topic's end, or at its first message. */
  static async open(
    parts: FollowerParts,
    from: 'beginning' | 'end',
    signal: AbortSignal,
  ): Promise<MirrorOutcome<TopicFollower>> {
    if (from === 'beginning') return { kind: 'found', value: new TopicFollower(parts, undefined) };
    const newest = await parts.mirror.messages(parts.topicId, { order: 'newest-first', limit: 1 }, signal);
    if (newest.kind === 'failed') return newest;
    const [last] = newest.kind === 'found' ? newest.value : [];
    return { kind: 'found', value: new TopicFollower(parts, last) };
  }

  /** Why the mirror could not be read the last time; undefined when it could. */
  get fault(): SyncFault | undefined {
    return this.#fault;
  }

  /** The message of these bytes once it is on the topic; undefined when `signal` aborts before. */
  waitFor(message: Uint8Array, signal: AbortSignal): Promise<Seen | undefined> {
    const key = keyOf(message);
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(key) ?? new Set();
      const settle = (): void => {
        signal.removeEventListener('abort', settle);
        waiters.delete(settle);
        if (waiters.size === 0) this.#waiting.delete(key);
        resolve(this.#seen.get(key));
      };
      if (this.#seen.has(key) || signal.aborted) return settle();
      signal.addEventListener('abort', settle, { once: true });
      this.#waiting.set(key, waiters.add(settle));
      this.#lookMs = LOOK_MS.first;
      this.#look();
    });
  }

  /** Reads on to the topic's end. @returns why it did not come so far; what was read is kept for the next time */
  async readOn(signal: AbortSignal): Promise<SyncFault | undefined> {
    const before = this.#turn;
    const turn = Promise.withResolvers<void>();
    this.#turn = turn.promise;
    await before;
    try {
      for (;;) {
        if (signal.aborted) return NOT_TO_THE_END;
        const state = await this.#readPage(signal);
        if (state === 'end') return undefined;
        if (state === 'failed') return this.#fault;
      }
    } finally {
      turn.resolve();
    }
  }

  seen(message: Uint8Array): Seen | undefined {
    return this.#seen.get(keyOf(message));
  }

  close(): void {
    this.#cancelTimer();
    for (const settle of [...this.#waiting.values()].flatMap((waiters) => [...waiters])) settle();
  }

  /** One reader at a time, as long as somebody waits. */
  #look(): void {
    if (this.#reading !== undefined) return;
    this.#cancelTimer();
    this.#reading = this.#readPage().then((state) => {
      this.#reading = undefined;
      if (this.#waiting.size === 0) return;
      if (state === 'more') return this.#look();
      this.#cancelTimer = this.#parts.clock.after(this.#lookMs, () => this.#look());
      this.#lookMs = Math.min(LOOK_MS.longest, this.#lookMs * LOOK_MS.growth);
    });
  }

  async #readPage(signal?: AbortSignal): Promise<'more' | 'end' | 'failed'> {
    const { mirror, topicId } = this.#parts;
    const range = { fromSequence: this.#last.sequence + 1, order: 'oldest-first', limit: PAGE } as const;
    const page = await mirror.messages(topicId, range, signal);
    this.#fault = page.kind === 'failed' ? page.fault : undefined;
    if (page.kind !== 'found') return page.kind === 'failed' ? 'failed' : 'end';
    if (page.value.length > 0) this.#lookMs = LOOK_MS.first;
    for (const message of page.value) {
      this.#fault = this.#take(message);
      if (this.#fault !== undefined) return 'failed';
    }
    return page.value.length < PAGE ? 'end' : 'more';
  }

  #take(message: MirrorMessage): SyncFault | undefined {
    const { mirror, topicId, payerId, isWanted } = this.#parts;
    const asked = { topicId, sequence: this.#last.sequence + 1 };
    const fault = contradiction(mirror.url, asked, message, this.#last.runningHash);
    if (fault !== undefined) return fault;
    this.#last = message;
    if (payerId !== undefined && message.payerId !== payerId) return undefined;
    const { message: bytes, runningHashVersion: _, ...seen } = message;
    const key = keyOf(bytes);
    if (isWanted !== undefined && !isWanted(key)) return undefined;
    // The first counts; a repeat of the same content is nobody's business.
    // The hash is copied: as it was read it lies in a buffer of 64 KB with the messages around it.
    if (!this.#seen.has(key)) this.#remember(key, { ...seen, runningHash: new Uint8Array(seen.runningHash) });
    for (const settle of [...(this.#waiting.get(key) ?? [])]) settle();
    return undefined;
  }

  #remember(key: string, seen: Seen): void {
    this.#seen.set(key, seen);
    if (this.#parts.isWanted !== undefined || this.#seen.size <= REMEMBERED_MAX) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      break;
    }
  }
}

function keyOf(message: Uint8Array): string {
  return createHash('sha256').update(message).digest('hex');
}

const NOT_TO_THE_END: SyncFault = {
  code: 'SYN_NO_ANSWER',
  message: 'The topic was not read to its end in time.',
  hint: 'nothing to do: it goes on from there',
};
