import type { KeptBackup } from './backup-folder.ts';

/** A clock that is right may still be off by this. */
const AHEAD_MS_MAX = 300_000;

/** Whether something was dated by a clock that was wrong: its age is not known. */
export function isFromFuture(at: string, nowMs: number): boolean {
  return Date.parse(at) > nowMs + AHEAD_MS_MAX;
}

/**
 * Newest first. A ledger only grows, so what holds more of it is newer, whatever the clock said; among those that hold
 * the same, the later one, and any that is dated in the future last.
 */
export function newestFirst(backups: readonly KeptBackup[], nowMs: number): readonly KeptBackup[] {
  return backups.toSorted(({ manifest: a }, { manifest: b }) => {
    if (a.size !== b.size) return b.size - a.size;
    const future = Number(isFromFuture(a.createdAt, nowMs)) - Number(isFromFuture(b.createdAt, nowMs));
    return future === 0 ? Date.parse(b.createdAt) - Date.parse(a.createdAt) : future;
  });
}
