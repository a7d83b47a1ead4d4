import { join } from 'node:path';
import type { BackupConfig } from '../../core/config/plant.ts';
import { type CancelTimer, type Clock, sleep } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import { type BackupFolder, type KeptBackup, makeBackupFolder } from './backup-folder.ts';
import { backupName } from './backup-name.ts';
import { targetFailure } from './target-failure.ts';

/** The newest good backup, as far as is known. */
export interface LastGood {
  readonly at: string;
  readonly size: number;
  readonly path: string;
}

export interface BackupScheduleParts {
  readonly config: BackupConfig;
  readonly plantId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly folder: BackupFolder;
  /** Makes a backup at this path in a process of its own. Rejects with a Failure. */
  readonly make: (path: string, signal: AbortSignal) => Promise<unknown>;
  /** The backups that are beginnings of this ledger; what else lies in the folder is never touched. */
  readonly own: (backups: readonly KeptBackup[]) => readonly KeptBackup[];
  /** Why a backup in the folder cannot be of one history with this ledger; undefined where all can. */
  readonly strange: (backups: readonly KeptBackup[]) => Failure | undefined;
  /** Whether the folder lies on the disk of the ledger itself, so that both are lost together. */
  readonly isOnSameDisk: () => Promise<boolean>;
  readonly lastGood: LastGood | undefined;
  /** A backup was found or made that is newer than the last known. */
  readonly onGood: (good: LastGood) => void;
  /** Something is not well any more, or another thing. */
  readonly onAlarm: (failure: Failure) => void;
}

const LOOK_EVERY_MS = 300_000;
const RETRY_MS_MAX = 600_000;
/** Late by as much as this many times `every`: somebody has to look. */
const OVERDUE_TIMES = 2;
/** The appliance has 4.5 s to stop. */
const STOP_MS_MAX = 1500;
const SWEEP_AFTER_MS = 86_400_000;

/**
 * Copies the ledger as often as plant.yaml asks, keeps as many copies as it asks, and looks in the folder for what
 * another appliance on the same key has left there. Fails, and says so, without any effect on the recording.
 */
export class BackupSchedule {
  readonly #parts: BackupScheduleParts;
  readonly #stop = new AbortController();
  #cancel: CancelTimer | undefined;
  #turn: Promise<void> = Promise.resolve();
  #lastGood: LastGood | undefined;
  #isRunning = false;
  #problem: Failure | undefined;
  #strange: Failure | undefined;
  #failures = 0;
  #isOnSameDisk = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #isOverdue = false;

  constructor(parts: BackupScheduleParts) {
    this.#parts = parts;
    this.#lastGood = parts.lastGood;
  }

  get lastGood(): LastGood | undefined {
    return this.#lastGood;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Why the last attempt failed; undefined once one has succeeded. */
  get problem(): Failure | undefined {
    return this.#problem;
  }

  /** Another history under this ledger's key. */
  get strange(): Failure | undefined {
    return this.#strange;
  }

  get isOnSameDisk(): boolean {
    return this.#isOnSameDisk;
  }

  /** Attempts that failed since the start. */
  get failures(): number {
    return this.#failures;
  }

  start(): void {
    this.#look();
  }

  /** Ends a backup that is being made; nothing half stays behind. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#stop.abort();
    // A share that does not answer keeps nobody from stopping.
    await Promise.race([this.#turn, sleep(this.#parts.clock, STOP_MS_MAX)]);
  }

  /** Resolves once the look that goes on has ended. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #look(): void {
    this.#turn = this.#lookNow().finally(() => {
      if (this.#stop.signal.aborted) return;
      this.#cancel = this.#parts.clock.after(LOOK_EVERY_MS, () => this.#look());
    });
  }

  async #lookNow(): Promise<void> {
    const { clock, log, config } = this.#parts;
    if (clock.monotonicMs() < this.#retryAtMs) return this.#watchAge();
    try {
      await makeBackupFolder(config.folder);
      this.#isOnSameDisk = await this.#parts.isOnSameDisk();
      await this.#takeStock();
      if (!this.#isDue() || this.#stop.signal.aborted) return;
      await this.#make();
      await this.#prune(await this.#takeStock());
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#fail(error instanceof Failure ? error : targetFailure(error, config.folder));
      log.error({ code: this.#problem?.code, folder: config.folder }, this.#problem?.message ?? '');
    } finally {
      this.#watchAge();
    }
  }

  async #takeStock(): Promise<readonly KeptBackup[]> {
    const { folder, own, strange, onGood, onAlarm } = this.#parts;
    const all = await folder.list();
    const backups = own(all);
    const before = this.#strange;
    this.#strange = strange(all);
    if (this.#strange !== undefined && this.#strange.message !== before?.message) onAlarm(this.#strange);
    const [newest] = backups;
    if (newest === undefined) return backups;
    const { createdAt, size } = newest.manifest;
    if (this.#lastGood === undefined || Date.parse(createdAt) > Date.parse(this.#lastGood.at)) {
      this.#lastGood = { at: createdAt, size, path: newest.path };
      onGood(this.#lastGood);
    }
    return backups;
  }

  async #make(): Promise<void> {
    const { clock, config, plantId, make, log } = this.#parts;
    const path = join(config.folder, backupName(plantId, clock.wallMs()));
    this.#isRunning = true;
    try {
      log.info({ path }, 'backup begun');
      await make(path, this.#stop.signal);
      log.info({ path }, 'backup made and checked');
      this.#problem = undefined;
    } finally {
      this.#isRunning = false;
    }
  }

  /** Only after a new one is known to be good, and never one of another history. */
  async #prune(own: readonly KeptBackup[]): Promise<void> {
    const { config, folder, clock, log } = this.#parts;
    for (const backup of own.slice(config.keep)) {
      await folder.remove(backup);
      log.info({ path: backup.path }, 'old backup removed');
    }
    await folder.sweep(clock.wallMs() - SWEEP_AFTER_MS);
  }

  #isDue(): boolean {
    const ageMs = this.ageMs();
    // A backup from far in the future was dated by a clock that was wrong.
    return ageMs === undefined || ageMs >= this.#parts.config.everyMs || ageMs < -this.#parts.config.everyMs;
  }

  /** Of the last good backup; undefined when there is none. */
  ageMs(): number | undefined {
    return this.#lastGood === undefined ? undefined : this.#parts.clock.wallMs() - Date.parse(this.#lastGood.at);
  }

  get isOverdue(): boolean {
    const ageMs = this.ageMs();
    if (ageMs === undefined) return this.#problem !== undefined;
    return ageMs > OVERDUE_TIMES * this.#parts.config.everyMs;
  }

  #fail(failure: Failure): void {
    const { clock, config } = this.#parts;
    this.#problem = failure;
    this.#failures += 1;
    this.#retryAtMs = clock.monotonicMs() + Math.min(RETRY_MS_MAX, config.everyMs);
  }

  #watchAge(): void {
    const wasOverdue = this.#isOverdue;
    this.#isOverdue = this.isOverdue;
    if (!this.#isOverdue || wasOverdue) return;
    const sentence =
      this.#lastGood === undefined
        ? 'There is no backup of the ledger yet.'
        : `The last good backup is of ${this.#lastGood.at}.`;
    this.#parts.onAlarm(
      new Failure('STO_BACKUP_OVERDUE', sentence, {
        hint: this.#problem?.toLine() ?? `plug in the disk of ${this.#parts.config.folder}`,
      }),
    );
  }
}
