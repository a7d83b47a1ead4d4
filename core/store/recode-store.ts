import { closeSync, openSync, rmSync } from 'node:fs';
import { openDatabase, openWithCiphers, passphraseOf, type SqliteDatabase, unlock } from './open-database.ts';
import { toStoreFailure } from './store-failure.ts';
import type { StoreForm } from './store-form.ts';

export interface RecodeJob {
  readonly from: string;
  readonly fromForm: StoreForm;
  /** A file that is not there. */
  readonly to: string;
  readonly toForm: StoreForm;
}

/**
 * Copies the store at `from` as it stands into a new file in another form, without its free pages and without a log,
 * and reads every page on the way. The file is not yet durable; what is there when this throws is no copy.
 *
 * @throws Failure of either file.
 */
export function recodeStore({ from, fromForm, to, toForm }: RecodeJob): void {
  const carrier = `${to}.key`;
  let target: ReturnType<typeof openWithCiphers> | undefined;
  try {
    // VACUUM INTO takes the key of the main database for what it writes; that one stays an empty file.
    closeSync(openSync(carrier, 'w', 0o600));
    target = openWithCiphers(carrier);
    if (toForm.key !== undefined) unlock(target, toForm.key);
    const secret = fromForm.key === undefined ? '' : passphraseOf(fromForm.key).toString('latin1');
    target.prepare('ATTACH ? AS source KEY ?').run(from, secret);
    target.prepare('VACUUM source INTO ?').run(to);
  } catch (error) {
    throw toStoreFailure(error, from);
  } finally {
    target?.close();
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${carrier}${suffix}`, { force: true });
  }
}

/**
 * Runs `work` while nobody can write to the store at `path`, and whoever reads goes on. `work` opens the store with
 * `recodeStore` only.
 *
 * @throws Failure of the store.
 */
export function withoutWriters<T>(path: string, form: StoreForm, work: () => T): T {
  let holder: SqliteDatabase | undefined;
  try {
    // In the build that `recodeStore` uses, whatever the form: see `openDatabase`.
    holder = form.key === undefined ? openWithCiphers(path) : openDatabase(path, form);
    holder.exec('BEGIN IMMEDIATE');
    return work();
  } catch (error) {
    throw toStoreFailure(error, path);
  } finally {
    holder?.close();
  }
}
