import { join } from 'node:path';
import type { BackupConfig } from '../../core/config/plant.ts';
import { type CancelTimer, type Clock, sleep } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import { type BackupFolder, type KeptBackup, makeBackupFolder } from './backup-folder.ts';
import { backupName } from './backup-name.ts';
import { isFromFuture, newestFirst } from './backup-order.ts';
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
  /** Another backup is the last good one now; undefined where the only one has decayed. */
  readonly onGood: (good: LastGood | undefined) => void;
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
/** Each kept backup is read again once per `every`, within these bounds: all of them may be a hundred gigabytes. */
const CHECK_MS_MIN = 86_400_000;
const CHECK_MS_MAX = 7 * 86_400_000;

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
  /** When the bytes of a backup were last found whole, by path and steady clock. */
  readonly #checkedAtMs = new Map<string, number>();
  /** Paths of backups whose bytes are not any more those that were backed up. */
  readonly #decayed = new Set<string>();

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
      await this.#recheck(await this.#takeStock());
      if (!this.#isDue() || this.#stop.signal.aborted) return;
      const made = await this.#make();
      await this.#recheck(await this.#takeStock());
      await this.#prune(await this.#takeStock(), made);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#fail(error instanceof Failure ? error : targetFailure(error, config.folder));
      log.error({ code: this.#problem?.code, folder: config.folder }, this.#problem?.message ?? '');
    } finally {
      this.#watchAge();
    }
  }

  async #takeStock(): Promise<readonly KeptBackup[]> {
    const { folder, own, strange, onAlarm, clock } = this.#parts;
    const all = await folder.list();
    const before = this.#strange;
    this.#strange = strange(all);
    if (this.#strange !== undefined && this.#strange.message !== before?.message) onAlarm(this.#strange);
    const backups = newestFirst(own(all), clock.wallMs()).filter(({ path }) => !this.#decayed.has(path));
    await this.#chooseLastGood(backups);
    return backups;
  }

  async #chooseLastGood(backups: readonly KeptBackup[]): Promise<void> {
    const { folder, clock, onGood } = this.#parts;
    const nowMs = clock.wallMs();
    const former = this.#lastGood;
    // What is kept elsewhere, as on the other of two sticks, is as good as ever; what is here and not whole is not.
    const isLost =
      former !== undefined && !backups.some(({ path }) => path === former.path) && (await folder.holds(former.path));
    const known = isLost ? undefined : former;
    const newest = backups.find(({ manifest }) => !isFromFuture(manifest.createdAt, nowMs));
    const found =
      newest === undefined
        ? undefined
        : { at: newest.manifest.createdAt, size: newest.manifest.size, path: newest.path };
    const isNewer = known === undefined || isFromFuture(known.at, nowMs) || isMore(found, known);
    this.#lastGood = isNewer ? (found ?? known) : known;
    if (this.#lastGood?.path !== former?.path || this.#lastGood?.at !== former?.at) onGood(this.#lastGood);
  }

  /** Reads every backup once more, since sticks forget: none that has decayed is counted, or others deleted for it. */
  async #recheck(own: readonly KeptBackup[]): Promise<void> {
    const { folder, clock, log, onAlarm, config } = this.#parts;
    const everyMs = Math.min(Math.max(config.everyMs, CHECK_MS_MIN), CHECK_MS_MAX);
    for (const backup of own) {
      if (clock.monotonicMs() < (this.#checkedAtMs.get(backup.path) ?? Number.NEGATIVE_INFINITY) + everyMs) continue;
      if (await folder.isIntact(backup, this.#stop.signal)) {
        this.#checkedAtMs.set(backup.path, clock.monotonicMs());
        continue;
      }
      this.#decayed.add(backup.path);
      const failure = decayed(backup.path);
      log.error({ code: failure.code, path: backup.path }, failure.message);
      onAlarm(failure);
    }
    await this.#takeStock();
  }

  async #make(): Promise<string> {
    const { clock, config, plantId, make, log } = this.#parts;
    const path = join(config.folder, backupName(plantId, clock.wallMs()));
    this.#isRunning = true;
    try {
      log.info({ path }, 'backup begun');
      await make(path, this.#stop.signal);
      log.info({ path }, 'backup made and checked');
      this.#problem = undefined;
      return path;
    } finally {
      this.#isRunning = false;
    }
  }

  /** Only after a new one is known to be good; never that one, the last good one, or one of another history. */
  async #prune(own: readonly KeptBackup[], made: string): Promise<void> {
    const { config, folder, clock, log } = this.#parts;
    for (const backup of own.slice(config.keep)) {
      if (backup.path === made || backup.path === this.#lastGood?.path) continue;
      await folder.remove(backup);
      log.info({ path: backup.path }, 'old backup removed');
    }
    await folder.sweep(clock.wallMs() - SWEEP_AFTER_MS);
  }

  #isDue(): boolean {
    const ageMs = this.ageMs();
    return ageMs === undefined || ageMs >= this.#parts.config.everyMs;
  }

  /** Of the last good backup; undefined when there is none, or its date lies in the future. */
  ageMs(): number | undefined {
    const nowMs = this.#parts.clock.wallMs();
    if (this.#lastGood === undefined || isFromFuture(this.#lastGood.at, nowMs)) return undefined;
    return nowMs - Date.parse(this.#lastGood.at);
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

/** A ledger only grows: what holds more of it is newer. */
function isMore(found: LastGood | undefined, known: LastGood): boolean {
  if (found === undefined) return false;
  return found.size === known.size ? Date.parse(found.at) > Date.parse(known.at) : found.size > known.size;
}

function decayed(path: string): Failure {
  return new Failure('STO_BACKUP_DECAYED', `The backup ${path} is not any more what was backed up.`, {
    hint: 'take another stick or disk for the backups; the file is kept and does not count any more',
  });
}
