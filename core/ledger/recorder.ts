import { present } from '../model/assert.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { toIso } from '../model/time.ts';
import { canonicalize } from './canonical.ts';
import { checkTail } from './check-tail.ts';
import { checkpointText } from './checkpoint.ts';
import type { DeviceKey } from './device-key.ts';
import type { Entry, NewEntry } from './entry.ts';
import { Frontier } from './frontier.ts';
import { type KeyChange, makeKeyEntry } from './key-entry.ts';
import type { LedgerGroup, LedgerReader, LedgerStorage } from './ledger-storage.ts';
import { isEqual, leafHash, type MerkleNode } from './merkle.ts';
import { readKeyChain } from './read-key-chain.ts';

/** Appends groups of entries. One recorder per ledger: it is the only one that writes entries. */
export interface Recorder<Write> {
  /**
   * Gives the entries index and time, extends the tree, signs one checkpoint and makes all of it durable in one write
   * together with whatever `alongside` writes. When it returns, the entries are recorded; when it throws, nothing is.
   */
  record(entries: readonly NewEntry[], alongside?: (write: Write) => void): readonly RecordedEntry[];
  /**
   * Puts `next` in force: records the entry that says so, alone in its write, under a checkpoint of both keys. All later
   * checkpoints are signed by `next` alone. When it throws, nothing is recorded and the key is the one that it was.
   */
  replaceKey(
    next: CheckpointKey,
    because: Pick<KeyChange, 'reason' | 'by'>,
    alongside?: (write: Write) => void,
  ): readonly RecordedEntry[];
  /** Size and root as of the last recorded group. */
  head(): LedgerHead;
}

/** What signs checkpoints; its name is their origin. */
export type CheckpointKey = Pick<DeviceKey, 'sign' | 'name' | 'verifierKey'>;

export interface RecordedEntry {
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly entry: Entry;
}

export interface LedgerHead {
  readonly size: number;
  readonly root: Uint8Array;
}

export interface RecorderParts<Write> {
  readonly storage: LedgerStorage<Write>;
  readonly key: CheckpointKey;
  /**
   * Only while a key change is recorded, when `key` is not in force yet: the key that it replaces, which signs the
   * checkpoint too, or none where that one is lost.
   */
  readonly replacing?: readonly Pick<DeviceKey, 'sign' | 'verifierKey'>[];
  readonly clock: Pick<Clock, 'wallMs'>;
}

/**
 * @throws Failure `LED_HEAD_MISMATCH` when the stored tree does not lead to the root of its latest checkpoint: nothing
 * may be appended to a ledger that does not hold. `LED_KEY_NOT_IN_FORCE` for a key that the ledger does not name,
 * and what `checkTail` throws.
 */
export function createRecorder<Write>(parts: RecorderParts<Write>): Recorder<Write> {
  const { storage, clock } = parts;
  if (parts.replacing === undefined) refuseOtherKey(storage, parts.key.verifierKey);
  let frontier = loadFrontier(storage);
  let head: LedgerHead = { size: frontier.size, root: frontier.root() };
  let { key } = parts;
  const append = (
    entries: readonly NewEntry[],
    signers: Signers,
    alongside?: (write: Write) => void,
  ): readonly RecordedEntry[] => {
    if (entries.length === 0) return [];
    const grown = frontier.copy();
    const group = makeGroup(entries, grown, toIso(clock.wallMs()), signers);
    storage.writeGroup(group, alongside);
    frontier = grown;
    head = { size: grown.size, root: group.checkpoint.root };
    return group.entries.map(({ index, leafHash: leaf, entry }) => ({ index, leafHash: leaf, entry }));
  };
  return {
    head: () => head,
    record: (entries, alongside) => append(entries, { ...parts, key }, alongside),
    replaceKey(next, because, alongside) {
      const entry = makeKeyEntry({ ...because, newKey: next, oldKey: key, head });
      const recorded = append([entry], { key: next, replacing: [key] }, alongside);
      key = next;
      return recorded;
    },
  };
}

type Signers = Pick<RecorderParts<unknown>, 'key' | 'replacing'>;

function makeGroup(
  newEntries: readonly NewEntry[],
  frontier: Frontier,
  at: string,
  { key, replacing = [] }: Signers,
): LedgerGroup {
  const nodes: MerkleNode[] = [];
  const entries = newEntries.map(({ kind, body, written }) => {
    const entry: Entry = { v: 1, index: frontier.size, kind, at, body };
    const bytes = Buffer.from(canonicalizeEntry(entry, written), 'utf8');
    const leaf = leafHash(bytes);
    nodes.push(...frontier.append(leaf));
    return { index: entry.index, kind, bytes, leafHash: leaf, entry };
  });
  const root = frontier.root();
  const { size } = frontier;
  const text = Buffer.from(checkpointText({ origin: key.name, size, root }), 'utf8');
  const checkpoint = { size, root, signature: key.sign(text) };
  const alsoSigned = replacing.map(({ sign, verifierKey }) => ({ size, verifierKey, signature: sign(text) }));
  return { entries, nodes, checkpoint, alsoSigned };
}

/** The canonical form of an entry; its UTF-8 bytes are the leaf. */
export function canonicalizeEntry({ v, index, kind, at, body }: Entry, written?: NewEntry['written']): string {
  return canonicalize({ at, body, index, kind, v }, written);
}

function loadFrontier<Write>(storage: LedgerStorage<Write>): Frontier {
  return storage.snapshot(() => {
    const size = storage.size();
    const frontier = Frontier.of(size, (level, index) =>
      present(storage.nodeHash(level, index), `tree node ${index} of level ${level}`),
    );
    const checkpoint = storage.latestCheckpoint();
    const isSound =
      checkpoint === undefined ? size === 0 : checkpoint.size === size && isEqual(checkpoint.root, frontier.root());
    if (!isSound) throw mismatch(size, checkpoint?.size ?? 0);
    checkTail(storage, size);
    return frontier;
  });
}

/** What another key signs would be taken by no checker. */
function refuseOtherKey(reader: LedgerReader, verifierKey: string): void {
  const inForce = readKeyChain(reader)?.current;
  if (inForce === undefined || inForce.verifierKey === verifierKey) return;
  throw new Failure('LED_KEY_NOT_IN_FORCE', `The ledger is signed with another key than ${verifierKey}.`, {
    hint: `restore the key ${inForce.verifierKey} with \`forebay key restore\`; see docs/keys.md`,
    exitCode: 4,
  });
}

function mismatch(size: number, checkpointSize: number): Failure {
  return new Failure(
    'LED_HEAD_MISMATCH',
    `The ledger's ${size} entries do not lead to its latest checkpoint over ${checkpointSize}.`,
    { hint: 'run `forebay ledger fsck` to find the first entry that does not hold', exitCode: 4 },
  );
}
