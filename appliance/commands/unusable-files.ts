import { dirname, resolve } from 'node:path';
import { type ConfigIssue, formatPath } from '../../core/config/config-issue.ts';
import { findNamedFiles } from '../../core/config/find-named-files.ts';
import { dataFolderAt } from '../data-folder.ts';
import { secretFiles } from '../secret-files.ts';

export interface LookedThrough {
  /** The plant.yaml, as it was named. */
  readonly file: string;
  /** The data folder, where one is known. */
  readonly data: string | undefined;
}

/** The keys, passwords and certificates that a plant.yaml names and that could not be used on this computer, with their lines. */
export function unusableFiles(text: string, { file, data }: LookedThrough): readonly ConfigIssue[] {
  const beside = dirname(resolve(file));
  const { secretsFolder, root } = dataFolderAt(data ?? '');
  const folders = data === undefined ? [beside] : [secretsFolder, root, beside];
  const files = secretFiles(folders, process.env);
  return findNamedFiles(text).flatMap(({ path, name, kind, line, column }) => {
    const outcome = files.read(name, kind);
    if (outcome.kind === 'secret') return [];
    const { code, message, hint } = outcome.fault;
    const place = { file, line, column, path: formatPath(path) };
    return { ...place, code, message, hint: hintOf(hint ?? '', code, data) };
  });
}

function hintOf(hint: string, code: string, data: string | undefined): string {
  const said = `${hint.charAt(0).toLowerCase()}${hint.slice(1)}`;
  const isElsewhere = code === 'ACQ_SECRET_MISSING' && data === undefined;
  return isElsewhere ? `${said}; where it lies in the data folder, look there with --data DIR` : said;
}
