import { stat } from 'node:fs/promises';
import type { PlantConfig } from '../../core/config/plant.ts';
import { verifyCheckpoint } from '../../core/ledger/checkpoint.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { removeNote, writeNote } from '../../core/store/notes.ts';
import { type BackupFolder, backupFolderAt, type KeptBackup } from './backup-folder.ts';
import { backupInProcess } from './backup-process.ts';
import { BackupSchedule } from './backup-schedule.ts';
import { LAST_GOOD_NOTE, lastGoodNoted } from './backup-status.ts';
import { relate, rootOf } from './compare-ledgers.ts';
import { relationTrouble } from './explain-relation.ts';

export interface ScheduleBackupsParts {
  readonly config: PlantConfig;
  readonly dataFolder: string;
  readonly store: WritableStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly onAlarm: (failure: Failure) => void;
  /** Arguments for tests; the operating system's when absent. */
  readonly folder?: BackupFolder;
  readonly make?: (path: string, signal: AbortSignal) => Promise<unknown>;
}

/** The schedule that plant.yaml asks for; undefined where it asks for none. */
export function scheduleBackups(parts: ScheduleBackupsParts): BackupSchedule | undefined {
  const { config, dataFolder, store, clock, log, onAlarm } = parts;
  if (config.backup === undefined) return undefined;
  const { folder } = config.backup;
  return new BackupSchedule({
    config: config.backup,
    plantId: config.plant.id,
    clock,
    log,
    folder: parts.folder ?? backupFolderAt(folder),
    make: parts.make ?? ((path, signal) => backupInProcess(dataFolder, path, signal)),
    isOnSameDisk: async () => (await stat(folder)).dev === (await stat(dataFolder)).dev,
    own: (backups) => ownAmong(store, backups),
    strange: (backups) => strangeAmong(store, backups),
    lastGood: lastGoodNoted(store),
    onGood: (good) =>
      store.write(() => {
        if (good === undefined) removeNote(store, LAST_GOOD_NOTE);
        else writeNote(store, LAST_GOOD_NOTE, JSON.stringify(good));
      }),
    onAlarm,
  });
}

/** Those that a key of this ledger signed as a beginning of it. */
function ownAmong(store: ReadableStore, backups: readonly KeptBackup[]): readonly KeptBackup[] {
  const reader = ledgerReader(store);
  return signedAmong(store, backups).filter(({ manifest: { size, root } }) => {
    const relation = relate(reader, { size, root });
    return relation === 'same' || relation === 'contained';
  });
}

/** Anybody can write a manifest; it counts only with a checkpoint that a key of this ledger signed over its state. */
function signedAmong(store: ReadableStore, backups: readonly KeptBackup[]): readonly KeptBackup[] {
  const keys = readKeyChain(ledgerReader(store))?.links ?? [];
  return backups.filter(({ manifest }) =>
    keys.some(({ key }) => {
      const signed = verifyCheckpoint(manifest.checkpoint, key);
      return signed?.size === manifest.size && Buffer.from(signed.root).toString('base64') === manifest.root;
    }),
  );
}

/**
 * The first backup under a key of this ledger that is no beginning of it. What was made before the ledger was restored
 * to an older state, or saved from a damaged store without its end, is explained by the `restore` or `salvage` entry.
 */
export function strangeAmong(store: ReadableStore, backups: readonly KeptBackup[]): Failure | undefined {
  const reader = ledgerReader(store);
  const setBacks = setBacksOf(store);
  for (const { path, manifest } of signedAmong(store, backups)) {
    // Only what was signed is compared; the rest of a manifest anybody may have written.
    const relation = relate(reader, { size: manifest.size, root: manifest.root });
    if (relation === 'same' || relation === 'contained') continue;
    const isExplained = setBacks.some(
      ({ atMs, size }) => atMs >= Date.parse(manifest.createdAt) && manifest.size > size,
    );
    if (isExplained) continue;
    const size = reader.size();
    return relationTrouble({
      relation,
      other: path,
      here: { size, root: rootOf(reader, size) },
      there: manifest,
    });
  }
  return undefined;
}

/** When this ledger was set back to fewer entries than were signed, as its own entries say. */
function setBacksOf(store: ReadableStore): readonly { readonly atMs: number; readonly size: number }[] {
  return [...entriesOfKinds(store, ['restore', 'salvage'])].map(({ kind, body }) => {
    const at = kind === 'restore' ? body.restoredAt : body.salvagedAt;
    return { atMs: Date.parse(String(at)), size: Number(body.size) };
  });
}
