import { statSync } from 'node:fs';
import { Failure } from '../../core/model/failure.ts';
import { readEncryption } from '../../core/store/encryption-setting.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { DataFolder } from '../data-folder.ts';

/**
 * Writes in one transaction to the store of a folder that somebody else may hold, as a running appliance does. Where
 * another file takes the store's place meanwhile, as by `encryption change` or a restore, what was written would go with
 * the former file: then nothing is written. A change that begins after this has looked copies what it wrote.
 *
 * @throws Failure `STO_EXCHANGED`, of the store, or of `work`.
 */
export function writeBeside<T>(
  { root, storePath }: Pick<DataFolder, 'root' | 'storePath'>,
  work: (write: WritableStore) => T,
): T {
  const before = fileAt(storePath);
  const store = openStore(storePath, { access: 'write' });
  try {
    return store.write(() => {
      const result = work(store);
      // In this order: a change of the encryption puts its file in place before it says that it has ended.
      const isChanging = readEncryption(root)?.changing !== undefined;
      if (isChanging || (before !== undefined && fileAt(storePath) !== before)) throw exchanged(storePath);
      return result;
    });
  } finally {
    store.close();
  }
}

/** What tells the file at `path` from another one; undefined where there is none. */
function fileAt(path: string): string | undefined {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return file === undefined ? undefined : `${file.dev}:${file.ino}`;
}

function exchanged(storePath: string): Failure {
  return new Failure('STO_EXCHANGED', `Another file takes the place of ${storePath}, so nothing was written.`, {
    hint: 'try again once the change of the encryption or the restore has ended; where one was cut off, start the appliance once first',
    exitCode: 3,
  });
}
