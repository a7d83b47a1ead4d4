import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import type { Log } from '../../core/model/log.ts';
import { judgeLink, type LinkJudgement, type LinkWitness } from '../../core/sync/link.ts';

export interface LinkWatchParts {
  readonly clock: Clock;
  readonly log: Log;
  /** The addresses of this computer, but for the loopback. */
  readonly addresses: () => readonly string[];
  /** Names beyond the link: of the targets, or of the proxy before them. Nothing else is ever asked for. */
  readonly names: readonly string[];
  readonly resolves: (name: string) => Promise<boolean>;
  /** How the targets beyond the link fare. */
  readonly witnesses: () => readonly (LinkWitness & { readonly isWaiting: boolean })[];
  /** The link is back: what waits for its time is tried now. */
  readonly wake: () => void;
}

export interface LinkWatchStatus extends LinkJudgement {
  /** Since when, on the wall clock. */
  readonly sinceMs: number;
}

const LOOK_EVERY_MS = 5000;
/** Names are asked for only while something waits and the link is not up, and no more often than this. */
const RESOLVE_EVERY_MS = 30_000;
/** A link that flaps wakes the lanes no more often than this. */
const WAKE_EVERY_MS = 15_000;

/**
 * Watches the way out of the plant without asking anybody but the targets: by this computer's addresses, by whether the
 * targets' names resolve, and by what becomes of deliveries. Where the way comes back, the lanes need not wait.
 */
export class LinkWatch {
  readonly #parts: LinkWatchParts;
  #cancelTimer: CancelTimer = () => undefined;
  #isStopped = false;
  #addresses: string | undefined;
  #resolves: boolean | null = null;
  #resolvedAtMs = Number.NEGATIVE_INFINITY;
  #wokenAtMs = Number.NEGATIVE_INFINITY;
  #isWakeOwed = false;
  #judgement: LinkWatchStatus;

  constructor(parts: LinkWatchParts) {
    this.#parts = parts;
    this.#judgement = { ...this.#judge(), sinceMs: parts.clock.wallMs() };
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  status(): LinkWatchStatus {
    this.#take(this.#judge());
    return this.#judgement;
  }

  #look(): void {
    if (this.#isStopped) return;
    const { clock, addresses } = this.#parts;
    const now = [...addresses()].toSorted().join(' ');
    const isNew = this.#addresses !== undefined && now !== this.#addresses && now !== '';
    this.#addresses = now;
    const former = this.#judgement.state;
    this.#take(this.#judge());
    const isBack = this.#judgement.state === 'up' && former !== 'up' && former !== 'unknown';
    if (isNew || isBack) this.#isWakeOwed = true;
    this.#wakeWhereOwed();
    void this.#resolve();
    this.#cancelTimer = clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  /** While something waits for a link that is not up: a name that resolves again is the first sign that it is back. */
  async #resolve(): Promise<void> {
    const { clock, names, resolves, witnesses } = this.#parts;
    const isNeeded = this.#judgement.state !== 'up' && witnesses().some(({ isWaiting }) => isWaiting);
    if (!isNeeded || names.length === 0 || this.#addresses === '') return;
    if (clock.monotonicMs() - this.#resolvedAtMs < RESOLVE_EVERY_MS) return;
    this.#resolvedAtMs = clock.monotonicMs();
    const answers = await Promise.all(names.map((name) => resolves(name).catch(() => false)));
    if (this.#isStopped) return;
    const before = this.#resolves;
    this.#resolves = answers.includes(true);
    if (before === false && this.#resolves) this.#isWakeOwed = true;
    this.#wakeWhereOwed();
  }

  #wakeWhereOwed(): void {
    const { clock, wake, log } = this.#parts;
    if (!this.#isWakeOwed || clock.monotonicMs() - this.#wokenAtMs < WAKE_EVERY_MS) return;
    this.#isWakeOwed = false;
    this.#wokenAtMs = clock.monotonicMs();
    log.info({ link: this.#judgement.state }, 'The link may be back; what waits is tried now');
    wake();
  }

  #judge(): LinkJudgement {
    const { addresses, witnesses } = this.#parts;
    return judgeLink({ hasAddress: addresses().length > 0, resolves: this.#resolves, targets: witnesses() });
  }

  #take(judgement: LinkJudgement): void {
    const isSame = judgement.state === this.#judgement.state;
    const sinceMs = isSame ? this.#judgement.sinceMs : this.#parts.clock.wallMs();
    if (!isSame) this.#parts.log.info({ ...judgement }, `The link is ${judgement.state}: ${judgement.reason}`);
    this.#judgement = { ...judgement, sinceMs };
  }
}
