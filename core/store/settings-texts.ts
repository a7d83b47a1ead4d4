import { hash } from 'node:crypto';
import type { SettingsRow } from '../ledger/ledger-storage.ts';
import type { ReadableStore, WritableStore } from './handle.ts';

/** Names of the notes that hold settings; the digest follows. */
const PREFIX = 'settings ';

/**
 * Keeps the text of verification settings under the digest by which verdicts name them, and never changes one that is
 * there. A later version may have other defaults; what was in force stays known.
 */
export function keepSettings(write: WritableStore, { digest, text }: SettingsRow): void {
  if (write.get('SELECT 1 AS kept FROM meta WHERE key = ?', PREFIX + digest) !== undefined) return;
  write.run('INSERT INTO meta (key, value) VALUES (?, ?)', PREFIX + digest, text);
}

/** The settings as they were in force; undefined when they are not kept, or no longer what their digest says. */
export function soundSettingsText(store: ReadableStore, digest: string): string | undefined {
  const text = store.get<{ text: string }>('SELECT value AS text FROM meta WHERE key = ?', PREFIX + digest)?.text;
  return text !== undefined && `sha256:${hash('sha256', text, 'hex')}` === digest ? text : undefined;
}

/** All kept settings. */
export function settingsRows(store: ReadableStore): readonly SettingsRow[] {
  const sql = `SELECT substr(key, ${PREFIX.length + 1}) AS digest, value AS text FROM meta WHERE key LIKE '${PREFIX}%'`;
  return store.all<SettingsRow>(sql);
}
