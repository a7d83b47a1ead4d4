import type { z } from 'zod';
import type { BackupConfig } from '../../core/config/plant.ts';
import type { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { readNote } from '../../core/store/notes.ts';
import type { backupStatusSchema } from '../api/schema/status.ts';
import { isFromFuture } from './backup-order.ts';
import type { BackupSchedule, LastGood } from './backup-schedule.ts';

export type BackupStatus = z.infer<typeof backupStatusSchema>;
/** What a running appliance knows of its backups. */
export type BackupView = Pick<
  BackupSchedule,
  'lastGood' | 'isRunning' | 'isOverdue' | 'problem' | 'strange' | 'failures' | 'isOnSameDisk'
>;

/** Name of the note that tells of the last good backup while its disk is away. */
export const LAST_GOOD_NOTE = 'last-good-backup';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** As the schedule has it; without an appliance that runs, nobody is at it. */
const OVERDUE_TIMES = 2;

export function lastGoodNoted(store: ReadableStore): LastGood | undefined {
  const text = readNote(store, LAST_GOOD_NOTE);
  return text === undefined ? undefined : (JSON.parse(text) as LastGood);
}

/** `view` is absent while no appliance runs. */
export function backupStatus(
  config: BackupConfig | undefined,
  noted: LastGood | undefined,
  view: BackupView | undefined,
  nowMs: number,
): BackupStatus {
  const lastGood = view?.lastGood ?? noted;
  const ageMs = lastGood === undefined ? undefined : nowMs - Date.parse(lastGood.at);
  const isAgeUnknown = lastGood !== undefined && isFromFuture(lastGood.at, nowMs);
  const isOverdue =
    view?.isOverdue ?? (config !== undefined && (isAgeUnknown || (ageMs ?? 0) > OVERDUE_TIMES * config.everyMs));
  const state = config === undefined ? 'off' : isOverdue ? 'overdue' : lastGood === undefined ? 'none' : 'ok';
  return {
    state,
    isRunning: view?.isRunning ?? false,
    folder: config?.folder ?? null,
    everyMs: config?.everyMs ?? null,
    keep: config?.keep ?? null,
    lastGoodAt: lastGood?.at ?? null,
    lastGoodSize: lastGood?.size ?? null,
    lastGoodPath: lastGood?.path ?? null,
    failures: view?.failures ?? 0,
    reason: inWords(config, lastGood, isAgeUnknown ? undefined : ageMs, view),
    problem: troubleOf(view?.problem),
    otherHistory: troubleOf(view?.strange),
  };
}

function inWords(
  config: BackupConfig | undefined,
  lastGood: LastGood | undefined,
  ageMs: number | undefined,
  view: BackupView | undefined,
): string {
  const last =
    lastGood === undefined
      ? 'There is no backup yet'
      : ageMs === undefined
        ? `The last good backup is dated ${lastGood.at}, which is in the future, and holds ${lastGood.size} entries`
        : `The last good backup is ${ageInWords(ageMs)} old and holds ${lastGood.size} entries`;
  if (config === undefined) return `${last}; plant.yaml asks for none`;
  if (view?.isRunning === true) return `${last}; one is being made`;
  if (view?.problem !== undefined) return `${last}; the latest attempt failed`;
  if (view?.isOnSameDisk === true) return `${last}, but on the same disk as the ledger`;
  return last;
}

/** `3 days`, `1 hour`, `less than a minute`. */
export function ageInWords(ageMs: number): string {
  const [amount, unit] =
    ageMs >= DAY_MS
      ? [Math.floor(ageMs / DAY_MS), 'day']
      : ageMs >= HOUR_MS
        ? [Math.floor(ageMs / HOUR_MS), 'hour']
        : [Math.floor(ageMs / MINUTE_MS), 'minute'];
  if (amount < 1) return 'less than a minute';
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

function troubleOf(failure: Failure | undefined): BackupStatus['problem'] {
  if (failure === undefined) return null;
  const { code, message, hint } = failure;
  return { code, message, hint: hint ?? null };
}
