import { existsSync } from 'node:fs';
import type { LedgerReader } from '../../core/ledger/ledger-storage.ts';
import { rootAt } from '../../core/ledger/merkle.ts';
import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { isEmptyFile } from '../lost-ledger.ts';

/** What a ledger was at one size, as somebody else saw it. */
export interface SeenLedger {
  /** Leaf hash of its genesis entry, hexadecimal; unknown where only a checkpoint is at hand. */
  readonly ledger?: string;
  readonly size: number;
  /** base64 */
  readonly root: string;
}

/**
 * - `same`: both are equal
 * - `contained`: what was seen is a beginning of the ledger here
 * - `beginning`: the ledger here is a beginning of it, which only a comparison of both whole ledgers can say
 * - `ahead`: it is longer than the ledger here, and nobody knows whether that one is its beginning
 * - `forked`: both begin alike, or are of one key, and differ
 * - `other`: another ledger altogether
 */
export type Relation = 'same' | 'contained' | 'beginning' | 'ahead' | 'forked' | 'other';

/** How what was seen relates to the ledger of `reader`. Costs a few nodes, whatever the sizes. */
export function relate(reader: LedgerReader, seen: SeenLedger): Relation {
  return reader.snapshot(() => {
    const size = reader.size();
    const { ledger } = ledgerOf(reader);
    if (seen.ledger !== undefined && seen.ledger !== ledger) return 'other';
    if (seen.size > size) return 'ahead';
    if (rootOf(reader, seen.size) !== seen.root) return 'forked';
    return seen.size === size ? 'same' : 'contained';
  });
}

export function rootOf(reader: LedgerReader, size: number): string {
  const root = rootAt(size, (level, index) => {
    const hash = reader.nodeHash(level, index);
    if (hash !== undefined) return hash;
    throw new Failure('LED_NODE_MISSING', `The ledger's tree has no node ${index} of level ${level}.`, {
      hint: 'run `forebay ledger fsck`',
      exitCode: 4,
    });
  });
  return Buffer.from(root).toString('base64');
}

/** The ledger that a data folder holds. `damaged` where it cannot be read, so that nobody knows its size. */
export type LedgerHere =
  | { readonly kind: 'sound'; readonly ledger: string; readonly size: number; readonly root: string }
  | { readonly kind: 'damaged'; readonly reason: string };

/** What keeps a store from being read although nothing is wrong with it. */
const NO_DAMAGE: ReadonlySet<string> = new Set([
  'STO_FROM_FUTURE',
  'STO_FOREIGN',
  'STO_OUTDATED',
  'STO_LOCKED',
  'STO_SWAP_UNFINISHED',
  'STO_ENCRYPTED',
  'STO_NOT_ENCRYPTED',
  'STO_ENCRYPTION_SETTING',
  'STO_KEY_MISSING',
  'STO_KEY_WRONG',
  'STO_KEY_EXPOSED',
  'STO_KEY_UNREADABLE',
  'STO_CIPHER_ABSENT',
]);

/** Undefined when there is no store, an empty file, or a store that holds no entry. `keysOf` as `openStore` takes it. */
export function ledgerHere(storePath: string, keysOf?: string): LedgerHere | undefined {
  if (!existsSync(storePath) || isEmptyFile(storePath)) return undefined;
  let store: ReadableStore | undefined;
  try {
    store = openStore(storePath, { access: 'read', keysOf });
    const reader = ledgerReader(store);
    const size = reader.size();
    const { ledger } = ledgerOf(reader);
    if (ledger === undefined) return undefined;
    return { kind: 'sound', ledger, size, root: rootOf(reader, size) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (NO_DAMAGE.has(error.code)) throw error;
    return { kind: 'damaged', reason: error.toLine() };
  } finally {
    store?.close();
  }
}

/**
 * Lets a backup take the place of the ledger here only where that one is its beginning.
 *
 * @throws Failure `STO_RESTORE_NEWER`, `STO_RESTORE_OTHER`, `STO_RESTORE_OVER_DAMAGE`.
 */
export function refuseReplacing(
  here: LedgerHere | undefined,
  paths: { readonly here: string; readonly backup: string },
  backup: { readonly ledger: string; readonly size: number; readonly root: string },
): void {
  if (here === undefined) return;
  if (here.kind === 'damaged') {
    throw new Failure('STO_RESTORE_OVER_DAMAGE', `The ledger in this data folder cannot be read. ${here.reason}`, {
      hint: 'start the appliance: it saves what can be saved of it. --set-aside keeps it in a folder of its own instead',
      exitCode: 4,
    });
  }
  const both = `here ${here.size} entries, root ${here.root}; in the backup ${backup.size} entries, root ${backup.root}`;
  const isShorter = here.size < backup.size;
  const relation = relateTo(isShorter ? paths.backup : paths.here, isShorter ? here : backup);
  if (relation === 'other' || relation === 'forked') {
    throw new Failure('STO_RESTORE_OTHER', `This data folder holds another history than the backup: ${both}.`, {
      hint: 'restore to a folder of its own and compare them; --set-aside keeps the one here beside it',
    });
  }
  if (isShorter) return;
  throw new Failure('STO_RESTORE_NEWER', `The ledger in this data folder already holds all of the backup: ${both}.`, {
    hint: 'nothing needs to be restored; see `forebay ledger fsck`. --set-aside goes back to the older one all the same',
  });
}

/** How the ledger in the store at `path`, whose key is in the folder of `keysOf`, relates to the one of `reader`. */
export function relateStore(reader: LedgerReader, path: string, there: SeenLedger, keysOf?: string): Relation {
  const size = reader.size();
  if (there.size <= size) return relate(reader, there);
  const relation = relateTo(path, { ...ledgerOf(reader), size, root: rootOf(reader, size) }, keysOf);
  return relation === 'contained' ? 'beginning' : relation;
}

function ledgerOf(reader: LedgerReader): { readonly ledger?: string } {
  const first = reader.nodeHash(0, 0);
  return first === undefined ? {} : { ledger: Buffer.from(first).toString('hex') };
}

/** How what was seen relates to the store at `path`. */
export function relateTo(path: string, seen: SeenLedger, keysOf?: string): Relation {
  const store = openStore(path, { access: 'read', keysOf });
  try {
    return relate(ledgerReader(store), seen);
  } finally {
    store.close();
  }
}
