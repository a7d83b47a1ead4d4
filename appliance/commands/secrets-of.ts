import { dirname, resolve } from 'node:path';
import type { Secrets } from '../../core/acquisition/driver.ts';
import { dataFolderAt } from '../data-folder.ts';
import { secretFiles } from '../secret-files.ts';
import type { Call } from './command.ts';

/** The files that plant.yaml names, where a command finds them: in the data folder, or beside the file of `--config`. */
export function secretsOf({ texts }: Pick<Call, 'texts'>): Secrets {
  const { secretsFolder, root } = dataFolderAt(texts.data ?? '');
  const beside = texts.config === undefined ? [] : [dirname(resolve(texts.config))];
  return secretFiles([secretsFolder, root, ...beside], process.env);
}
