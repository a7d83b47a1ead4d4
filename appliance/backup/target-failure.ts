import { basename, dirname } from 'node:path';
import { Failure } from '../../core/model/failure.ts';
import { noRoom, targetGone } from '../../core/store/copy-store.ts';

/** What the operating system says of the disk or folder of a backup, in words. Anything else is returned as it came. */
export function explainTarget(error: unknown, path: string): unknown {
  if (error instanceof Failure) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return noRoom(path, error);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `the folder ${dirname(path)} is not there`,
    EROFS: 'the disk is read-only',
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    ENOTDIR: `${basename(dirname(path))} is no folder`,
  };
  return targetGone(path, reasons[code] ?? message, error);
}

/** The same, for whoever must have a failure. */
export function targetFailure(error: unknown, path: string): Failure {
  const explained = explainTarget(error, path);
  if (explained instanceof Failure) return explained;
  return targetGone(path, error instanceof Error ? error.message : String(error), error);
}
