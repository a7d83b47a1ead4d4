import { statSync } from 'node:fs';
import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { PACKING_RULE, type PackedStep, type PackingRule, packEntries } from '../../core/store/pack-entries.ts';

export interface EntryPackingParts {
  readonly store: WritableStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the disk has room for what packing writes before it frees anything. */
  readonly hasRoom: () => boolean;
  /** Told once of an entry that is not what was recorded: packing is the first that looks at every one of them. */
  readonly onAlarm: (failure: Failure) => void;
  /** Arguments for tests. */
  readonly rule?: PackingRule;
  readonly lookEveryMs?: number;
}

/** What a start has to do comes first. */
const FIRST_LOOK_MS = 90_000;
const LOOK_EVERY_MS = 600_000;
/** Between two blocks polls, verdicts and writes have their turn. */
const STEP_EVERY_MS = 200;
/**
 * As long as anybody reads one view of the store (a check, a backup, a bundle), what is written waits in the log. It is cut
 * back to less than this afterwards.
 */
const LOG_BYTES_MAX = 96 * 1024 * 1024;
/** After so many blocks, some 4 MB, the log is moved into the store: one that is full would take its time at once. */
const LOG_BLOCKS = 32;

/** Packs entries that are no longer new, a block at a time: a few milliseconds each, with pauses in between. */
export class EntryPacking {
  readonly #parts: EntryPackingParts;
  readonly #lookEveryMs: number;
  #cancel: CancelTimer | undefined;
  #told: string | undefined;

  constructor(parts: EntryPackingParts) {
    this.#parts = parts;
    this.#lookEveryMs = parts.lookEveryMs ?? LOOK_EVERY_MS;
  }

  start(): void {
    this.#after(Math.min(FIRST_LOOK_MS, this.#lookEveryMs), { blocks: 0, rawBytes: 0, bytes: 0 });
  }

  stop(): void {
    this.#cancel?.();
  }

  #after(delayMs: number, done: Done): void {
    this.#cancel = this.#parts.clock.after(delayMs, () => {
      const step = this.#step();
      if (step === undefined) {
        if (done.blocks > 0) this.#parts.log.info({ ...done }, 'entries were packed');
        this.#after(this.#lookEveryMs, { blocks: 0, rawBytes: 0, bytes: 0 });
        return;
      }
      const { blocks, rawBytes, bytes } = done;
      if ((blocks + 1) % LOG_BLOCKS === 0) this.#parts.store.run('PRAGMA wal_checkpoint(PASSIVE)');
      const sums = { blocks: blocks + 1, rawBytes: rawBytes + step.rawBytes, bytes: bytes + step.bytes };
      this.#after(STEP_EVERY_MS, sums);
    });
  }

  #step(): PackedStep | undefined {
    const { store, log, hasRoom, rule = PACKING_RULE } = this.#parts;
    if (!hasRoom() || logBytes(store.path) > LOG_BYTES_MAX) return undefined;
    try {
      return packEntries(store, rule);
    } catch (error) {
      // Whatever it is, recording goes on without.
      const { code, message } = error instanceof Failure ? error : { code: undefined, message: String(error) };
      log.error({ code }, `entries are not packed for now: ${message}`);
      if (error instanceof Failure && isUnsound(error) && message !== this.#told) {
        this.#told = message;
        this.#parts.onAlarm(error);
      }
      return undefined;
    }
  }
}

/** What the store cannot take for want of room, others tell of. */
function isUnsound({ code }: Failure): boolean {
  return code.startsWith('LED_FSCK_') || code === 'STO_PACK_UNSOUND';
}

interface Done {
  readonly blocks: number;
  readonly rawBytes: number;
  readonly bytes: number;
}

function logBytes(storePath: string): number {
  return statSync(`${storePath}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
