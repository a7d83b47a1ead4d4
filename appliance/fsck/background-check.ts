import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { readNote, writeNote } from '../../core/store/notes.ts';
import type { CheckResult } from './check-in-process.ts';

export interface BackgroundCheckParts {
  readonly store: WritableStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Checks everything elsewhere; rejects where it came to no end. */
  readonly check: (onProgress: (entries: number) => void, signal: AbortSignal) => Promise<CheckResult>;
  readonly onAlarm: (failure: Failure) => void;
  /** Damage that showed in the last run, which a check of everything confirms or clears; absent where nobody notes any. */
  readonly suspicion?: Suspicion;
}

export interface Suspicion {
  /** What showed, in a sentence; undefined once it is cleared. */
  noted(): string | undefined;
  clear(): void;
  confirm(found: Failure): void;
}

/** The last whole check that came to an end. */
export interface LastCheck extends CheckResult {
  readonly at: string;
}

const NOTE = 'last-check';
/** What a start has to do comes first. */
const FIRST_LOOK_MS = 300_000;
const LOOK_EVERY_MS = 3_600_000;
const CHECK_EVERY_MS = 86_400_000;

export function lastCheckNoted(store: ReadableStore): LastCheck | undefined {
  const text = readNote(store, NOTE);
  return text === undefined ? undefined : (JSON.parse(text) as LastCheck);
}

/** Has the whole ledger checked soon after a start and then once a day, without any effect on the recording. */
export class BackgroundCheck {
  readonly #parts: BackgroundCheckParts;
  readonly #stop = new AbortController();
  #cancel: CancelTimer | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isRunning = false;
  #checked = 0;
  #suspected: string | undefined;
  #isFirst = true;

  constructor(parts: BackgroundCheckParts) {
    this.#parts = parts;
    this.#suspected = parts.suspicion?.noted();
  }

  /** What showed in the last run and was neither confirmed nor cleared yet. */
  get suspected(): string | undefined {
    return this.#suspected;
  }

  /** Entries that were found to hold so far by the check that runs; undefined while none does. */
  get checked(): number | undefined {
    return this.#isRunning ? this.#checked : undefined;
  }

  start(): void {
    this.#lookAfter(this.#suspected === undefined ? FIRST_LOOK_MS : 0);
  }

  /** Ends a check that runs, which counts as none. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#stop.abort();
    await this.#turn;
  }

  #lookAfter(delayMs: number): void {
    this.#cancel = this.#parts.clock.after(delayMs, () => {
      this.#turn = this.#look().finally(() => {
        if (!this.#stop.signal.aborted) this.#lookAfter(LOOK_EVERY_MS);
      });
    });
  }

  async #look(): Promise<void> {
    const { store, clock, check, log } = this.#parts;
    const last = lastCheckNoted(store);
    const ageMs = last === undefined ? Number.POSITIVE_INFINITY : clock.wallMs() - Date.parse(last.at);
    // One from the future was dated by a clock that was wrong.
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    // What did not hold may have been mended while the appliance was stopped.
    const isDoubted = this.#suspected !== undefined || (isFirst && last?.ok === false);
    if (!isDoubted && ageMs >= 0 && ageMs < CHECK_EVERY_MS) return;
    this.#isRunning = true;
    this.#checked = 0;
    try {
      const result = await check((entries) => {
        this.#checked = entries;
      }, this.#stop.signal);
      if (!this.#stop.signal.aborted) this.#take(result);
    } catch (error) {
      log.error({ reason: String(error) }, 'the whole check of the ledger came to no end; it is tried again');
    } finally {
      this.#isRunning = false;
    }
  }

  #take({ ok, entries, firstBad }: CheckResult): void {
    const { store, clock, log, onAlarm, suspicion } = this.#parts;
    const found: LastCheck = {
      at: toIso(clock.wallMs()),
      ok,
      entries,
      ...(firstBad === undefined ? {} : { firstBad }),
    };
    const failure = firstBad === undefined ? undefined : failureOf(firstBad);
    // First of all, since a full or damaged disk may not take the note.
    if (failure !== undefined) onAlarm(failure);
    writeNote(store, NOTE, JSON.stringify(found));
    const wasSuspected = this.#suspected !== undefined;
    this.#suspected = undefined;
    if (failure === undefined) log.info({ entries }, 'the whole ledger holds');
    if (!wasSuspected) return;
    if (failure === undefined) suspicion?.clear();
    else suspicion?.confirm(failure);
  }
}

function failureOf({ index, code, message }: NonNullable<LastCheck['firstBad']>): Failure {
  const hint = `the first entry that does not hold is ${index}; keep the data folder as it is and make no restore before somebody looked at it`;
  return new Failure(code, message, { hint, exitCode: 4 });
}
