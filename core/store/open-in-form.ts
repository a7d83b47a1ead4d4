import { openDatabase, type SqliteDatabase, type SqliteOptions } from './open-database.ts';
import { formOf, likelyForm, type StoreForm } from './store-form.ts';

/**
 * Opens the file at `path` in the form that it has; see `formOf` for `keysOf`. Its first bytes are only looked at where
 * the form that its folder names does not open it: a process that closes a file of its own accord drops the locks that
 * SQLite holds on it in the same process, and another process would take the log for left over.
 *
 * @throws Failure as `formOf`, or what SQLite throws.
 */
export function openInForm(path: string, keysOf: string | undefined, options: SqliteOptions): SqliteDatabase {
  const likely = likelyForm(path, keysOf);
  try {
    return openAndRead(path, likely, options);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_NOTADB') throw error;
    const form = formOf(path, keysOf);
    if (form.key?.id === likely.key?.id) throw error;
    return openAndRead(path, form, options);
  }
}

/** Whether the form is the right one shows with the first page that is read. */
function openAndRead(path: string, form: StoreForm, options: SqliteOptions): SqliteDatabase {
  const database = openDatabase(path, form, options);
  try {
    database.pragma('application_id');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
