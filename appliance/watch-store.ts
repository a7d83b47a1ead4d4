import type { PlantConfig } from '../core/config/plant.ts';
import { ROW_CODE } from '../core/ledger/check-rows.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Failure } from '../core/model/failure.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { readNote, writeNote } from '../core/store/notes.ts';
import type { BackupSchedule } from './backup/backup-schedule.ts';
import { scheduleBackups } from './backup/schedule-backups.ts';
import { type DataFolder, dataFolderAt } from './data-folder.ts';
import { spaceAt } from './disk/disk-space.ts';
import { DiskWatch } from './disk/disk-watch.ts';
import { EntryPacking } from './disk/entry-packing.ts';
import { GROWTH_NOTE, readGrowth } from './disk/store-growth.ts';
import { BackgroundCheck, type Suspicion } from './fsck/background-check.ts';
import { checkInProcess } from './fsck/check-in-process.ts';
import type { ApplianceLog } from './log.ts';
import { forgetDamage, noteDamage, notedDamage } from './salvage/damage-note.ts';
import { isDamageFound } from './salvage/find-damage.ts';

export interface StoreWatchParts {
  readonly config: PlantConfig;
  readonly dataFolder: string;
  readonly store: WritableStore;
  readonly clock: Clock;
  readonly log: ApplianceLog;
  readonly onAlarm: (failure: Failure) => void;
}

export interface StoreWatch {
  readonly disk: DiskWatch;
  readonly backups: BackupSchedule | undefined;
  readonly check: BackgroundCheck;
  start(): void;
  stop(): Promise<void>;
}

/** What watches over the store beside the recording: the room on its disk and what it takes of it, and its copies elsewhere. */
export function watchStore(parts: StoreWatchParts): StoreWatch {
  const { config, dataFolder, store, clock, log, onAlarm } = parts;
  const disk = new DiskWatch({
    space: () => spaceAt(dataFolder),
    store,
    clock,
    log,
    samples: config.samples,
    growth: readGrowth(readNote(store, GROWTH_NOTE)),
    saveGrowth: (points) => saveQuietly(store, points),
    onAlarm,
    // The log is the first of what can be done without.
    onDerived: (isKept) => {
      log.level = isKept ? 'info' : 'warn';
    },
  });
  const backups = scheduleBackups(parts);
  const check = new BackgroundCheck({
    store,
    clock,
    log,
    check: (onProgress, signal) => checkInProcess(store.path, onProgress, signal),
    onAlarm,
    suspicion: suspicionOf(dataFolderAt(dataFolder)),
  });
  const packing = new EntryPacking({ store, clock, log, hasRoom: () => disk.keepsSamples, onAlarm });
  return {
    disk,
    backups,
    check,
    start: () => {
      disk.start();
      backups?.start();
      check.start();
      packing.start();
    },
    stop: async () => {
      packing.stop();
      disk.stop();
      await Promise.all([backups?.stop(), check.stop()]);
    },
  };
}

/** Tables that are not what the entries say are computed anew by the next start; damage of the ledger is saved from. */
function suspicionOf(folder: DataFolder): Suspicion {
  return {
    noted: () => notedDamage(folder)?.message,
    clear: () => forgetDamage(folder),
    confirm: (found) => {
      if (isDamageFound(found.code)) return noteDamage(folder, found, 'certain');
      forgetDamage(folder);
      if (found.code === ROW_CODE) noteDamage(folder, found, 'suspected');
    },
  };
}

/** On a full disk there is no room for this note either; it is only asked for an estimate. */
function saveQuietly(store: WritableStore, points: ReturnType<typeof readGrowth>): void {
  try {
    writeNote(store, GROWTH_NOTE, JSON.stringify(points));
  } catch {
    // The next look tries again.
  }
}
