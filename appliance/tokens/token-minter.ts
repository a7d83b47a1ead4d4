import { type CancelTimer, type Clock, sleep } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Random } from '../../core/model/random.ts';
import { retryDelayMs } from '../../core/sync/breaker.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import type { HederaSession } from '../../core/sync/targets/hedera/hedera-session.ts';
import { MintBook } from './mint-book.ts';
import { hasMintWork, type MintWorkParts, type WorkOutcome, workOffMints } from './mint-work.ts';

export interface TokenMinterParts extends Omit<MintWorkParts, 'book'> {
  readonly open: () => Promise<HederaSession | SyncFault>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface MinterStatus {
  /** `idle`: nothing is approved that is not minted. */
  readonly state: 'idle' | 'minting' | 'waiting' | 'held';
  /** Why the last attempt minted nothing. */
  readonly fault: SyncFault | undefined;
}

/** Something may have been recorded by another way than `wake`. */
const LOOK_EVERY_MS = 15_000;
/** What a person has to mend is looked at again so late. */
const HELD_AGAIN_MS = 300_000;
/** What does not let go by then writes nothing any more, and the appliance ends without it. */
const STOP_MS = 1000;

/** Mints what two persons have approved, each energy once, for as long as the appliance runs. */
export class TokenMinter {
  readonly #parts: TokenMinterParts;
  readonly #book: MintBook;
  readonly #ending = new AbortController();
  #cancelTimer: CancelTimer = () => undefined;
  #underWay: Promise<void> | undefined;
  #outcome: WorkOutcome = { kind: 'done' };
  #failures = 0;
  #isWoken = false;
  #isMinting = false;

  constructor(parts: TokenMinterParts) {
    this.#parts = parts;
    this.#book = new MintBook(parts.store);
  }

  status(): MinterStatus {
    const fault = this.#outcome.kind === 'done' ? undefined : this.#outcome.fault;
    if (this.#isMinting) return { state: 'minting', fault };
    if (this.#outcome.kind === 'done') return { state: this.#hasWork() ? 'waiting' : 'idle', fault };
    return { state: this.#outcome.kind === 'held' ? 'held' : 'waiting', fault };
  }

  start(): void {
    this.wake();
  }

  /** Something was approved, or a person wants another attempt. */
  wake(): void {
    if (this.#ending.signal.aborted) return;
    this.#isWoken = this.#underWay !== undefined;
    this.#cancelTimer();
    this.#underWay ??= this.#work().then((delayMs): void => {
      this.#underWay = undefined;
      if (this.#ending.signal.aborted) return;
      if (this.#isWoken) this.wake();
      else this.#cancelTimer = this.#parts.clock.after(delayMs, () => this.wake());
    });
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#cancelTimer();
    await Promise.race([this.#underWay, sleep(this.#parts.clock, STOP_MS)]);
  }

  /** Lets go at once and writes nothing any more, as a crash does. */
  crash(): void {
    this.#ending.abort();
    this.#cancelTimer();
  }

  #hasWork(): boolean {
    return hasMintWork({ ...this.#parts, book: this.#book });
  }

  /** @returns when to look again */
  async #work(): Promise<number> {
    const { random, log } = this.#parts;
    const former = this.#outcome;
    try {
      this.#isMinting = this.#hasWork();
      this.#outcome = this.#isMinting ? await this.#attempt() : { kind: 'done' };
    } catch (error) {
      // A store that takes nothing now takes it later, and no certificate is worth the end of the appliance.
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof Failure ? error.code : 'SYN_TARGET_FAILED';
      this.#outcome = { kind: 'later', fault: { code, message } };
    } finally {
      this.#isMinting = false;
    }
    if (this.#outcome.kind === 'done') {
      this.#failures = 0;
      return LOOK_EVERY_MS;
    }
    this.#failures += 1;
    const { fault, kind } = this.#outcome;
    const isNew = former.kind === 'done' || former.fault.code !== fault.code;
    if (isNew && !this.#ending.signal.aborted) log.warn({ code: fault.code }, `Not minted yet. ${fault.message}`);
    return kind === 'held' ? HELD_AGAIN_MS : retryDelayMs(this.#failures, random);
  }

  async #attempt(): Promise<WorkOutcome> {
    const session = await this.#parts.open();
    if ('code' in session) return { kind: 'later', fault: session };
    try {
      return await workOffMints({ ...this.#parts, book: this.#book }, session, this.#ending.signal);
    } finally {
      await session.port.close();
    }
  }
}
