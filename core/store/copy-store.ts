import { Failure } from '../model/failure.ts';
import type { SqliteDatabase } from './open-database.ts';
import { openInForm } from './open-in-form.ts';
import { toStoreFailure } from './store-failure.ts';

/**
 * Writes the store at `from` as it stands at this moment into a new file, as one database without a log beside it.
 * Whoever records meanwhile is not delayed, since the copy reads one unchanging view. Free pages are left out, and the
 * way through every page finds what is damaged. The copy of an encrypted store is encrypted with the same key. It is not
 * yet durable; what is there when this throws is no copy.
 *
 * @throws Failure `STO_BACKUP_ROOM`, `STO_BACKUP_TARGET`, or of the store that is read.
 */
export function copyStore(from: string, to: string): void {
  let source: SqliteDatabase | undefined;
  try {
    source = openInForm(from, undefined, { readonly: true, fileMustExist: true });
    source.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    throw explain(error, from, to);
  } finally {
    source?.close();
  }
}

/** Only reading concerns the source; whatever else fails of files is the target's. */
function explain(error: unknown, from: string, to: string): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === 'SQLITE_FULL') return noRoom(to, error);
  const isTarget =
    typeof code === 'string' &&
    /^SQLITE_(?:IOERR|CANTOPEN|READONLY|PERM)/.test(code) &&
    code !== 'SQLITE_IOERR_READ' &&
    code !== 'SQLITE_IOERR_SHORT_READ';
  return isTarget ? targetGone(to, (error as Error).message, error) : toStoreFailure(error, from);
}

export function noRoom(path: string, cause?: unknown): Failure {
  return new Failure('STO_BACKUP_ROOM', `There is no room for the backup ${path}.`, {
    hint: 'free some space there, keep fewer backups, or take a larger disk; no half backup was left behind',
    exitCode: 3,
    cause,
  });
}

export function targetGone(path: string, reason: string, cause?: unknown): Failure {
  return new Failure('STO_BACKUP_TARGET', `The backup ${path} could not be written: ${reason}.`, {
    hint: 'check that the disk or stick is plugged in and can be written, then try again; earlier backups are untouched',
    exitCode: 3,
    cause,
  });
}
