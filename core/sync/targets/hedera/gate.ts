import { NO_ANSWER } from '../../abandonable.ts';
import type { SyncFault } from '../../target.ts';
import { type Look, lookAtAccount, lookAtTopic } from './look.ts';
import type { SessionParts } from './session-parts.ts';

/** Account, clock and topic are looked at again so often. */
const LOOK_EVERY_MS = 60_000;
const TROUBLE_KEPT_MS = 2000;
const LOOKS = 3;
const LOOK_PAUSE_MS = 500;

/** Looks at the mirror, our clock, account and topic before anything is signed, once a minute for all deliveries together. */
export class Gate {
  readonly #session: SessionParts;
  readonly #onNotice: (notice: SyncFault | undefined) => void;
  readonly #ending = new AbortController();
  #looking: Promise<SyncFault | undefined> | undefined;
  #topicId: string | undefined;
  #untilMs = 0;

  constructor(session: SessionParts, onNotice: (notice: SyncFault | undefined) => void) {
    this.#session = session;
    this.#onNotice = onNotice;
  }

  /** What keeps anything from being sent; also that `signal` aborted, which ends the asking and not the look of the others. */
  trouble(topicId: string | undefined, signal: AbortSignal): Promise<SyncFault | undefined> {
    const { clock } = this.#session;
    const isFresh = this.#topicId === topicId && clock.monotonicMs() < this.#untilMs;
    if (this.#looking === undefined || !isFresh) {
      this.#topicId = topicId;
      this.#untilMs = clock.monotonicMs() + LOOK_EVERY_MS;
      this.#looking = this.#look(topicId);
    }
    return unlessAborted(this.#looking, signal);
  }

  close(): void {
    this.#ending.abort();
  }

  /** A mirror may fail once, or not know for a moment what it knew before; what is said three times holds. */
  async #look(topicId: string | undefined): Promise<SyncFault | undefined> {
    const { clock, pause } = this.#session;
    const { signal } = this.#ending;
    for (let number = 1; ; number += 1) {
      const { trouble, notice } = await this.#lookOnce(topicId, signal);
      this.#onNotice(notice);
      if (trouble === undefined) return undefined;
      if (number < LOOKS && !signal.aborted) {
        await pause(LOOK_PAUSE_MS, signal);
        continue;
      }
      // What is wrong may be mended at any time; many deliveries ask at once, so not each of them looks.
      this.#untilMs = clock.monotonicMs() + TROUBLE_KEPT_MS;
      return trouble;
    }
  }

  async #lookOnce(topicId: string | undefined, signal: AbortSignal): Promise<Look> {
    const ofAccount = await lookAtAccount(this.#session, topicId, signal);
    if (topicId === undefined || ofAccount.trouble !== undefined) return ofAccount;
    return { ...ofAccount, ...(await lookAtTopic(this.#session, topicId, signal)) };
  }
}

function unlessAborted(work: Promise<SyncFault | undefined>, signal: AbortSignal): Promise<SyncFault | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve(NO_ANSWER);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
