import { Failure } from '../model/failure.ts';

/**
 * Turns what SQLite throws into a failure with one sentence for the operator. Anything that is no error of SQLite is
 * returned as it came.
 */
export function toStoreFailure(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const cause = { cause: error };
  const detail = (error as Error).message;
  if (code === 'SQLITE_FULL') {
    return new Failure('STO_FULL', `The disk that holds ${path} is full, and nothing of the last write was kept.`, {
      hint: 'free some space; recording goes on by itself',
      ...cause,
    });
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return damaged(path, detail, error);
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new Failure('STO_LOCKED', `${path} is locked by another program.`, {
      hint: 'close whatever else has the file open and try again',
      ...cause,
    });
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code === 'SQLITE_PERM') {
    return notWritable(path, error);
  }
  if (code.startsWith('SQLITE_IOERR')) return diskError(path, detail, error);
  if (code === 'SQLITE_CONSTRAINT_TRIGGER') {
    return new Failure('STO_APPEND_ONLY', `${detail}.`, cause);
  }
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new Failure('STO_CONFLICT', `The store refused a row: ${detail}.`, cause);
  }
  return error;
}

export function diskError(path: string, detail: string, cause: unknown): Failure {
  return new Failure('STO_DISK', `The disk reported an error at ${path}: ${detail}.`, {
    hint: 'check the disk, its cable and its file system',
    exitCode: 4,
    cause,
  });
}

export function damaged(path: string, detail: string, cause?: unknown): Failure {
  return new Failure('STO_DAMAGED', `${path} is damaged and cannot be read: ${detail}.`, {
    hint: 'keep the file as it is, restore the latest backup, and send the damaged file in',
    exitCode: 4,
    cause,
  });
}

export function notWritable(path: string, cause?: unknown): Failure {
  return new Failure('STO_NOT_WRITABLE', `${path} cannot be opened for writing.`, {
    hint: 'give the user that runs Forebay the right to write in the data folder, or choose another with --data',
    exitCode: 2,
    cause,
  });
}

function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'SqliteError') return undefined;
  const { code } = error as Error & { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
