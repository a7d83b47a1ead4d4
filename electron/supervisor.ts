/**
 * Keeps an appliance behind the window: attaches to one that runs, otherwise starts one, and notices when it goes.
 *
 * An appliance that somebody else started is never stopped and never replaced on its own: after it is lost we only
 * look for it, because its service manager may be about to bring it back, and two starts at once would race. Our own
 * is started again after a growing delay, unless it ended for a reason that a second start cannot mend.
 */
import type { OwnAppliance } from './appliance-process.ts';
import type { RunningAppliance } from './attach.ts';
import type { Failure } from './failure.ts';
import { restartDelayMs } from './restart-delay.ts';
import type { ShellState } from './shell-state.ts';

/** What the supervisor touches outside itself. */
export interface SupervisorHost {
  find(): Promise<RunningAppliance | undefined>;
  launch(): OwnAppliance;
  /** Calls back after a time; answers how to cancel that. */
  schedule(delayMs: number, action: () => void): () => void;
  show(state: ShellState): void;
  nowMs(): number;
}

export const WATCH_EVERY_MS = 5_000;
/** An appliance that was busy for a moment is not lost. */
export const MISSED_ANSWERS_MAX = 3;
export const START_PATIENCE_MS = 60_000;
/** A start counts as the first again once the one before ran for this long. */
export const STEADY_AFTER_MS = 60_000;
/** Exit codes of `forebay`: wrong usage or configuration, and a damaged store. A person has to mend these. */
const FINAL_EXIT_CODES: readonly number[] = [2, 4];

/** One supervisor for the life of the program. */
export class Supervisor {
  readonly #host: SupervisorHost;
  #own: OwnAppliance | undefined;
  #shown: RunningAppliance | undefined;
  #cancelTimer: () => void = () => {};
  #missedAnswers = 0;
  #startsInARow = 0;
  #startedAtMs = 0;
  /** Counts begun attempts, so that a late answer to an earlier one changes nothing. */
  #attempt = 0;
  #isStopping = false;

  constructor(host: SupervisorHost) {
    this.#host = host;
  }

  /** Attaches or starts; also what Retry does. */
  async start(): Promise<void> {
    const attempt = this.#begin();
    this.#shown = undefined;
    this.#host.show({ kind: 'starting' });
    const running = await this.#host.find();
    if (attempt !== this.#attempt) return;
    if (running !== undefined) this.#present(running);
    else if (this.#own === undefined) await this.#launch(attempt);
    else this.#watchLater();
  }

  /** Ends the appliance that we started, if there is one; one that somebody else started keeps running. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#begin();
    await this.#own?.stop();
  }

  #begin(): number {
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    this.#missedAnswers = 0;
    this.#attempt += 1;
    return this.#attempt;
  }

  async #launch(attempt: number): Promise<void> {
    if (this.#isStopping) return;
    const own = this.#host.launch();
    this.#own = own;
    this.#startsInARow += 1;
    this.#startedAtMs = this.#host.nowMs();
    own.ended.then(({ exitCode, failure }) => this.#onEnded(own, exitCode, failure));
    this.#cancelTimer = this.#host.schedule(START_PATIENCE_MS, () => this.#lose(silentFailure()));
    if ((await own.started) === 'ended' || attempt !== this.#attempt) return;
    const running = await this.#host.find();
    if (attempt !== this.#attempt) return;
    if (running === undefined) this.#lose(silentFailure());
    else this.#present(running);
  }

  #present(running: RunningAppliance): void {
    this.#cancelTimer();
    this.#missedAnswers = 0;
    this.#shown = running;
    this.#host.show({ kind: 'ready', appliance: running });
    this.#watchLater();
  }

  #watchLater(): void {
    this.#cancelTimer = this.#host.schedule(WATCH_EVERY_MS, () => void this.#watch(this.#attempt));
  }

  async #watch(attempt: number): Promise<void> {
    const running = await this.#host.find();
    if (attempt !== this.#attempt) return;
    if (running === undefined) {
      this.#missedAnswers += 1;
      // Equal, not at least: the page says it once and stays while we keep looking.
      if (this.#missedAnswers === MISSED_ANSWERS_MAX)
        this.#lose(this.#own === undefined ? lostFailure() : silentFailure());
      else this.#watchLater();
      return;
    }
    this.#missedAnswers = 0;
    // A new token means a restarted appliance: the session of the window has gone with the old one.
    const isSame = running.url === this.#shown?.url && running.localToken === this.#shown.localToken;
    if (isSame) this.#watchLater();
    else this.#present(running);
  }

  #lose(failure: Failure): void {
    this.#cancelTimer();
    this.#shown = undefined;
    this.#host.show({ kind: 'lost', failure });
    this.#watchLater();
  }

  #onEnded(own: OwnAppliance, exitCode: number, failure: Failure): void {
    if (this.#own === own) this.#own = undefined;
    if (this.#isStopping) return;
    this.#begin();
    this.#shown = undefined;
    if (this.#host.nowMs() - this.#startedAtMs >= STEADY_AFTER_MS) this.#startsInARow = 1;
    if (FINAL_EXIT_CODES.includes(exitCode)) {
      this.#startsInARow = 0;
      this.#host.show({ kind: 'failed', failure });
      return;
    }
    const delayMs = restartDelayMs(this.#startsInARow);
    this.#host.show({ kind: 'restarting', failure, delayMs });
    this.#cancelTimer = this.#host.schedule(delayMs, () => void this.start());
  }
}

function lostFailure(): Failure {
  const sentence = 'The appliance does not answer any more; this window keeps looking for it';
  const hint = 'check its service, or press Retry to attach or to start one';
  return { code: 'APP_DESKTOP_LOST', sentence, hint };
}

function silentFailure(): Failure {
  const sentence = 'The appliance runs but its API does not answer; this window keeps looking for it';
  const hint = 'a large ledger may take a minute to open; then look into the log in the data folder';
  return { code: 'APP_DESKTOP_SILENT', sentence, hint };
}
