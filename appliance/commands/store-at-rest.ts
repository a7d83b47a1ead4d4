import type { WritableStore } from '../../core/store/handle.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { openStore } from '../../core/store/open-store.ts';
import { type DataFolder, dataFolderAt } from '../data-folder.ts';
import type { Call } from './command.ts';
import { withStore } from './kept-plant.ts';

/**
 * Runs `work` on the data folder that `--data` names as its only user: no appliance runs on it meanwhile.
 *
 * @throws Failure `STO_IN_USE` while one does, `STO_ABSENT` where there is no store.
 */
export async function withStoreAtRest<T>(
  call: Pick<Call, 'texts'>,
  work: (store: WritableStore, folder: DataFolder) => T | Promise<T>,
): Promise<T> {
  // Nothing is created where nothing is.
  await withStore(call, () => undefined);
  const folder = dataFolderAt(call.texts.data ?? '');
  const lock = holdInstanceLock(folder.root);
  try {
    const store = openStore(folder.storePath, { access: 'write' });
    try {
      return await work(store, folder);
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}
