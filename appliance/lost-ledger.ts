import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_FILE, READABLE_BY_ALL } from '../core/ledger/key-file.ts';
import { Failure } from '../core/model/failure.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { ledgerReader } from '../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../core/store/node-key-disk.ts';
import type { DataFolder } from './data-folder.ts';

type Folder = Pick<DataFolder, 'root' | 'keysFolder' | 'storePath'>;

/** Holds the leaf hash of the genesis entry, hexadecimal: what ledger the keys beside it belong to. */
const MARK = 'ledger.id';

/** Whether a key or the mark says that a ledger was begun in this folder or its key was put back into it. */
export function hadLedger({ keysFolder }: Folder): boolean {
  return existsSync(join(keysFolder, KEY_FILE)) || existsSync(join(keysFolder, MARK));
}

/** Whether the store's file is there and holds nothing at all, not even in its log. */
export function isEmptyFile(storePath: string): boolean {
  return sizeOf(storePath) === 0 && (sizeOf(`${storePath}-wal`) ?? 0) === 0;
}

/**
 * A start without the store would begin a second history under the same key.
 *
 * @throws Failure `STO_LEDGER_LOST`.
 */
export function refuseLostLedger(folder: Folder): void {
  if (!existsSync(folder.storePath) && hadLedger(folder)) throw lostLedger(folder, 'is not there');
}

/**
 * The same for a store that was put there anew.
 *
 * @throws Failure `STO_LEDGER_LOST`.
 */
export function refuseBegunAnew(folder: Folder, store: ReadableStore): void {
  if (ledgerReader(store).size() > 0 || !existsSync(join(folder.keysFolder, MARK))) return;
  throw lostLedger(folder, 'holds no entry');
}

export function lostLedger({ root, keysFolder, storePath }: Folder, what: string): Failure {
  return new Failure(
    'STO_LEDGER_LOST',
    `${root} has the key of a ledger, and that ledger is lost: ${storePath} ${what}.`,
    {
      hint:
        'restore a backup with `forebay restore FILE --data DIR`; ' +
        `only where this is to be a new ledger with a new key, move ${keysFolder} away`,
      exitCode: 4,
    },
  );
}

/** Marks the keys as those of the store's ledger, durably, once it has a genesis entry. */
export function markLedger({ keysFolder }: Folder, store: ReadableStore): void {
  const first = ledgerReader(store).nodeHash(0, 0);
  if (first === undefined) return;
  const text = `${Buffer.from(first).toString('hex')}\n`;
  const path = join(keysFolder, MARK);
  if (nodeKeyDisk.read(path)?.text !== text) nodeKeyDisk.replace(path, text, READABLE_BY_ALL);
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
