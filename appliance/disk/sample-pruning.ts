import { SAMPLES_KEPT, type SamplesConfig } from '../../core/config/plant.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import { toIso } from '../../core/model/time.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { readNote, removeNote, writeNote } from '../../core/store/notes.ts';
import { blocksOfDay, deleteBlocks, type KeptBlock, sampleDays } from '../../core/store/sample-days.ts';
import { CitedBlocks } from './cited-blocks.ts';
import { samplesEntry } from './sample-policy.ts';

export interface SamplePruningParts {
  /** What plant.yaml says of raw samples. */
  readonly samples: SamplesConfig | undefined;
  /** Whether plant.yaml names a target: then what is deleted here was delivered to one of them before. */
  readonly hasTargets: boolean;
  readonly store: WritableStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Records an entry, and what `alongside` writes with it, in one write. */
  readonly record: (entry: NewEntry, alongside: (write: WritableStore) => void) => unknown;
  /** Nothing is deleted for its age by a clock that may be wrong. */
  readonly isClockTrusted: () => boolean;
}

/** Name of the note that says which day is being deleted, from its entry until its last block is gone. */
export const PRUNING_NOTE = 'samples-pruning';

const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 600_000;
const FIRST_LOOK_MS = 60_000;
/** Between two steps polls, verdicts and writes have their turn. */
const STEP_EVERY_MS = 100;
const BLOCKS_A_STEP = 16;
/** Whatever the cap says, the last days stay: operators look into them, and targets may still ask. */
const DAYS_KEPT_ALWAYS = 2;

/**
 * Age counts only while samples of a week are there from the last month: a clock that wakes up in another year makes
 * everything look old, and the console gives its people that week to see it.
 */
const RECENT_DAYS = 30;
const RECENT_DAYS_NEEDED = 7;

type Reason = 'age' | 'size';

/**
 * Deletes raw samples by rule, a day at a time and in small steps: those older than plant.yaml says, and the oldest while
 * all take more than the cap. Only blocks that a recorded reading names, and where there are targets, only days whose
 * readings were delivered. The ledger says it before the first block goes, so that what is missing is never unexplained;
 * after a power cut in the middle the rest of the day goes at the next start.
 */
export class SamplePruning {
  readonly #parts: SamplePruningParts;
  readonly #rule: SamplesConfig;
  #cancel: CancelTimer | undefined;

  constructor(parts: SamplePruningParts) {
    this.#parts = parts;
    this.#rule = parts.samples ?? SAMPLES_KEPT;
  }

  start(): void {
    this.#after(FIRST_LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
  }

  #look(): void {
    const begun = readNote(this.#parts.store, PRUNING_NOTE);
    if (begun !== undefined) this.#goOn(Number(begun));
    else this.#tryDays(this.#due());
  }

  /** The days of which the rule gives up the first that may go, oldest first: above the cap that may be any. */
  #due(): { readonly dayMs: number; readonly reason: Reason }[] {
    const { clock, store, isClockTrusted } = this.#parts;
    if (!isClockTrusted()) return [];
    const nowMs = clock.wallMs();
    const all = sampleDays(store);
    const recent = all.filter(({ dayMs }) => dayMs <= nowMs && dayMs > nowMs - RECENT_DAYS * DAY_MS);
    const oldMs = recent.length < RECENT_DAYS_NEEDED ? Number.NEGATIVE_INFINITY : nowMs - this.#rule.keepMs;
    const { maxBytes = Number.POSITIVE_INFINITY } = this.#rule;
    const isTooMuch = all.reduce((sum, { bytes }) => sum + bytes, 0) > maxBytes;
    const days = all.filter(({ dayMs }) => dayMs + (DAYS_KEPT_ALWAYS + 1) * DAY_MS <= nowMs);
    return days.flatMap(({ dayMs }) => {
      const reason: Reason | undefined = dayMs + DAY_MS <= oldMs ? 'age' : isTooMuch ? 'size' : undefined;
      return reason === undefined ? [] : [{ dayMs, reason }];
    });
  }

  /** The first of the days of which something may go, and no more than one at each look. */
  #tryDays([first, ...others]: readonly { readonly dayMs: number; readonly reason: Reason }[]): void {
    if (first === undefined) {
      this.#later();
      return;
    }
    this.#gather(first.dayMs, this.#parts.hasTargets, (blocks) => {
      if (blocks.length === 0) this.#step(() => this.#tryDays(others));
      else this.#begin(first.dayMs, first.reason, blocks);
    });
  }

  /** Finds which of the day's blocks may go, a few readings at each step; none where a reading was not delivered. */
  #gather(dayMs: number, needsDelivery: boolean, done: (blocks: readonly KeptBlock[]) => void): void {
    const cited = new CitedBlocks(this.#parts.store, dayMs, { needsDelivery });
    const next = (): void => {
      const outcome = cited.readOn();
      if (outcome === 'more') this.#step(next);
      else if (outcome === 'not delivered') done([]);
      else done(blocksOfDay(this.#parts.store, dayMs).filter(({ digest }) => cited.has(digest)));
    };
    this.#step(next);
  }

  #begin(dayMs: number, reason: Reason, blocks: readonly KeptBlock[]): void {
    const { record, log } = this.#parts;
    const sums = blocks.reduce(
      (sum, { fromMs, toMs, bytes }) => ({
        fromMs: Math.min(sum.fromMs, fromMs),
        toMs: Math.max(sum.toMs, toMs),
        bytes: sum.bytes + bytes,
      }),
      { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY, bytes: 0 },
    );
    const stretch = { from: toIso(sums.fromMs), to: toIso(sums.toMs) };
    const entry = samplesEntry({ event: 'pruned', ...stretch, reason, blocks: blocks.length, bytes: sums.bytes });
    record(entry, (write) => writeNote(write, PRUNING_NOTE, String(dayMs)));
    log.info({ ...stretch, reason, blocks: blocks.length, bytes: sums.bytes }, 'raw samples are deleted by rule');
    this.#step(() => this.#delete(blocks));
  }

  /** The entry of the day was recorded, so what is left of its blocks goes, whatever the rule says now. */
  #goOn(dayMs: number): void {
    this.#gather(dayMs, false, (blocks) => this.#delete(blocks));
  }

  #delete(blocks: readonly KeptBlock[]): void {
    const { store } = this.#parts;
    const rest = blocks.slice(BLOCKS_A_STEP);
    store.write(() => {
      deleteBlocks(
        store,
        blocks.slice(0, BLOCKS_A_STEP).map(({ id }) => id),
      );
      if (rest.length === 0) removeNote(store, PRUNING_NOTE);
    });
    if (rest.length === 0) this.#later();
    else this.#step(() => this.#delete(rest));
  }

  #step(action: () => void): void {
    this.#after(STEP_EVERY_MS, action);
  }

  #later(): void {
    this.#after(LOOK_EVERY_MS, () => this.#look());
  }

  #after(delayMs: number, action: () => void): void {
    this.#cancel = this.#parts.clock.after(delayMs, () => {
      try {
        action();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        // The store has no room or an entry is damaged: others tell of it, and deleting can wait.
        this.#parts.log.error({ code: error.code }, `raw samples are not deleted for now: ${error.message}`);
        this.#later();
      }
    });
  }
}
