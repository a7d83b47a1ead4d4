import { Failure } from '../model/failure.ts';
import { type LedgerProblem, lostInBlock } from './check-row.ts';
import { checkpointText } from './checkpoint.ts';
import { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import type { Frontier } from './frontier.ts';
import { KeyCheck, type LedgerKey } from './key-check.ts';
import { frontierBefore, type PartReport, takeKeysBefore } from './ledger-part.ts';
import type { LedgerReader, StoredCheckpoint, StoredEntry } from './ledger-storage.ts';
import { isEqual, leafHash, type MerkleNode } from './merkle.ts';
import { checkPacked } from './packed-check.ts';
import { signatureChecker } from './verifier-key.ts';

export interface HashReport {
  readonly ok: boolean;
  /** Entries whose hashes hold; all of them when `ok`. */
  readonly entries: number;
  readonly checkedNodes: number;
  /** Checkpoints whose root is that of the entries. */
  readonly checkedCheckpoints: number;
  /** The device's keys in the order in which they were in force. */
  readonly keys: readonly LedgerKey[];
  readonly firstBad?: LedgerProblem;
}

export interface HashCheckOptions {
  /** The device's public keys as kept outside the store, as for `fsck`. */
  readonly verifierKey?: string | readonly string[];
  readonly onProgress?: (entries: number) => void;
}

const PROGRESS_ENTRIES = 10_000;

/**
 * The quick half of `fsck`: every byte of every entry is hashed, and every node of the tree and the root of every
 * checkpoint compared; the chain of keys and the signature of the newest checkpoint are checked. So every entry is what
 * the device signed. What the entries say, the signatures of single readings and the tables for queries are not looked
 * at.
 */
export function checkHashes(reader: LedgerReader, options: HashCheckOptions = {}): HashReport {
  return reader.snapshot(() => {
    const sound = checkSound(reader, options);
    if (sound !== undefined) return sound;
    const check = new HashCheck(reader, options);
    try {
      return check.run();
    } finally {
      check.close();
    }
  });
}

/**
 * The same for the entries of one part, which `reader` is limited to; `from` is its first. With `isLast` the newest
 * checkpoint must cover its last entry, and its signature is checked.
 */
export function checkPartHashes(
  reader: LedgerReader,
  { from, isLast }: { readonly from: number; readonly isLast: boolean },
  options: HashCheckOptions = {},
): PartReport {
  return reader.snapshot(() => {
    const sound = checkSoundPart(reader, { from, isLast }, options);
    if (sound !== undefined) return sound;
    const check = new HashCheck(reader, options, from);
    try {
      return check.runPart(isLast ? 'last' : 'inner');
    } finally {
      check.close();
    }
  });
}

/** The report where everything holds; undefined where single rows must show what does not. */
function checkSound(reader: LedgerReader, { verifierKey, onProgress }: HashCheckOptions): HashReport | undefined {
  const frontier = frontierBefore(reader, 0);
  const keys = new KeyCheck(verifierKey);
  const counts = checkPacked({ reader, frontier, keys, onProgress: (entries) => onProgress?.(entries) });
  if (counts === undefined) return undefined;
  const problem = checkNewest(reader.latestCheckpoint(), frontier.size, keys) ?? keys.checkEnd();
  return problem === undefined ? { ok: true, entries: frontier.size, ...counts, keys: keys.links() } : undefined;
}

function checkSoundPart(
  reader: LedgerReader,
  { from, isLast }: { readonly from: number; readonly isLast: boolean },
  { verifierKey }: HashCheckOptions,
): PartReport | undefined {
  const frontier = frontierBefore(reader, from);
  const startRoot = frontier.root();
  const keys = new KeyCheck(verifierKey);
  if (takeKeysBefore(reader, from, keys) !== undefined) return undefined;
  const found = checkPacked({ reader, frontier, keys, onProgress: () => {} });
  if (found === undefined) return undefined;
  const { size } = frontier;
  if (isLast && checkNewest(reader.latestCheckpoint(), size, keys) !== undefined) return undefined;
  return { startRoot, endRoot: frontier.root(), entries: size - from, counts: { ...found } };
}

/** Names the first thing that does not hold, by looking at one row after the other. */
class HashCheck {
  readonly #reader: LedgerReader;
  readonly #onProgress: HashCheckOptions['onProgress'];
  readonly #frontier: Frontier;
  readonly #entries: Cursor<StoredEntry>;
  readonly #nodes: Cursor<MerkleNode>;
  readonly #checkpoints: Cursor<StoredCheckpoint>;
  readonly #keys: KeyCheck;
  #counts = { checkedNodes: 0, checkedCheckpoints: 0 };
  #newest: StoredCheckpoint | undefined;

  constructor(reader: LedgerReader, { verifierKey, onProgress }: HashCheckOptions, from = 0) {
    this.#reader = reader;
    this.#frontier = frontierBefore(reader, from);
    this.#onProgress = onProgress;
    this.#keys = new KeyCheck(verifierKey);
    this.#entries = new Cursor(reader.entries(from, Number.MAX_SAFE_INTEGER));
    this.#nodes = new Cursor(reader.nodes());
    this.#checkpoints = new Cursor(reader.checkpoints());
  }

  run(): HashReport {
    const firstBad = this.#firstProblem(() => this.#checkLast() ?? this.#keys.checkEnd());
    const entries = Math.min(this.#frontier.size, firstBad?.index ?? Number.POSITIVE_INFINITY);
    const report = { ok: firstBad === undefined, entries, ...this.#counts, keys: this.#keys.links() };
    return firstBad === undefined ? report : { ...report, firstBad };
  }

  runPart(place: 'inner' | 'last'): PartReport {
    const from = this.#frontier.size;
    const startRoot = this.#frontier.root();
    const atEnd = place === 'last' ? () => this.#checkLast() : () => undefined;
    const firstBad = takeKeysBefore(this.#reader, from, this.#keys) ?? this.#firstProblem(atEnd);
    const report = { startRoot, endRoot: this.#frontier.root(), entries: this.#frontier.size - from };
    return firstBad === undefined ? { ...report, counts: this.#counts } : { ...report, counts: this.#counts, firstBad };
  }

  close(): void {
    for (const cursor of [this.#entries, this.#nodes, this.#checkpoints]) cursor.close();
  }

  #firstProblem(atEnd: () => LedgerProblem | undefined): LedgerProblem | undefined {
    try {
      for (let stored = this.#entries.take(); stored !== undefined; stored = this.#entries.take()) {
        const problem = this.#checkEntry(stored) ?? this.#checkNodes(stored) ?? this.#checkCheckpoint();
        if (problem !== undefined) return problem;
        if (this.#frontier.size % PROGRESS_ENTRIES === 0) this.#onProgress?.(this.#frontier.size);
      }
      return this.#checkLeftOver() ?? atEnd();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { index: this.#frontier.size, code: error.code, message: error.message };
    }
  }

  #checkEntry(stored: StoredEntry): LedgerProblem | undefined {
    const index = this.#frontier.size;
    if (stored.index !== index) {
      return { index, code: 'LED_FSCK_HOLE', message: `Entry ${index} is missing; the next one is ${stored.index}.` };
    }
    if (stored.trouble !== undefined) return { index, code: 'LED_FSCK_BLOCK', message: lostInBlock(stored) };
    if (!isEqual(leafHash(stored.bytes), stored.leafHash)) {
      return { index, code: 'LED_FSCK_ENTRY', message: `Entry ${index} is not what was recorded: its hash differs.` };
    }
    if (index > 0 && stored.kind !== 'key') return undefined;
    return this.#keys.check(parse(stored.bytes), () => this.#frontier.root());
  }

  #checkNodes({ index, leafHash: leaf }: StoredEntry): LedgerProblem | undefined {
    for (const expected of this.#frontier.append(leaf)) {
      const stored = this.#nodes.take();
      const isSame =
        stored?.level === expected.level && stored.index === expected.index && isEqual(stored.hash, expected.hash);
      if (!isSame) {
        const message = `Tree node ${expected.index} of level ${expected.level} is missing or not the hash of what lies below it.`;
        return { index, code: 'LED_FSCK_NODE', message };
      }
      this.#counts.checkedNodes += 1;
    }
    return undefined;
  }

  #checkCheckpoint(): LedgerProblem | undefined {
    const { size } = this.#frontier;
    if (this.#checkpoints.peek()?.size !== size) return undefined;
    this.#newest = this.#checkpoints.take();
    if (this.#newest === undefined || !isEqual(this.#newest.root, this.#frontier.root())) {
      return wrong(size, `The checkpoint over ${size} entries has another root than the entries give.`);
    }
    this.#counts.checkedCheckpoints += 1;
    return undefined;
  }

  #checkLeftOver(): LedgerProblem | undefined {
    const { size } = this.#frontier;
    if (this.#nodes.peek() !== undefined) {
      return { index: size, code: 'LED_FSCK_NODE', message: 'There are tree nodes beyond the last entry.' };
    }
    if (this.#checkpoints.peek() !== undefined)
      return wrong(size + 1, 'A checkpoint covers entries that are not there.');
    return undefined;
  }

  #checkLast(): LedgerProblem | undefined {
    return checkNewest(this.#newest, this.#frontier.size, this.#keys);
  }
}

/** The newest checkpoint, whose root was compared, covers all entries and is signed by the key in force. */
function checkNewest(newest: StoredCheckpoint | undefined, size: number, keys: KeyCheck): LedgerProblem | undefined {
  if (size === 0) return undefined;
  if (newest?.size !== size) return wrong(size, 'No checkpoint covers the last entries.');
  const { root, signature } = newest;
  const text = Buffer.from(checkpointText({ origin: keys.origin, size, root }), 'utf8');
  const key = keys.chain?.signerAt(size).key;
  const isSigned = key !== undefined && signatureChecker(key.publicKey)(text, signature);
  return isSigned ? undefined : wrong(size, `The checkpoint over ${size} entries is not signed by the device.`);
}

function wrong(size: number, message: string): LedgerProblem {
  return { index: size - 1, code: 'LED_FSCK_CHECKPOINT', message };
}

/** Only called where the bytes have the hash that was recorded. */
function parse(bytes: Uint8Array): Entry {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
}
