import { Failure } from '../model/failure.ts';
import { canonicalize } from './canonical.ts';
import { type LedgerProblem, lostInBlock } from './check-row.ts';
import { CheckpointCheck } from './checkpoint-check.ts';
import { Cursor } from './cursor.ts';
import { bodyVersion, type Entry, futureOf } from './entry.ts';
import { bodyTrouble } from './entry-schemas.ts';
import type { Frontier } from './frontier.ts';
import { KeyCheck, type LedgerKey } from './key-check.ts';
import { frontierBefore, type PartReport, takeKeysBefore } from './ledger-part.ts';
import type { LedgerReader, StoredEntry } from './ledger-storage.ts';
import { isEqual, leafHash, type MerkleNode } from './merkle.ts';
import { ProjectionCheck } from './projection-check.ts';

export interface FsckReport {
  readonly ok: boolean;
  /** Entries that hold; all of them when `ok`. */
  readonly entries: number;
  readonly checkedNodes: number;
  readonly checkedCheckpoints: number;
  /** Signatures of readings and of checkpoints. */
  readonly checkedSignatures: number;
  readonly readings: number;
  readonly gaps: number;
  /** The device's keys in the order in which they were in force. */
  readonly keys: readonly LedgerKey[];
  /** Size of the checkpoint kept elsewhere that the ledger was found to extend; absent when none was given. */
  readonly extendsSize?: number;
  readonly firstBad?: LedgerProblem;
}

export interface FsckOptions {
  /**
   * The device's public keys as kept outside the store: at least one of each stretch of keys that name each other.
   * Without any, the first key is taken from the genesis entry, and breaks are reported only.
   */
  readonly verifierKey?: string | readonly string[];
  /** A checkpoint of this ledger that was kept elsewhere: the entries up to its size must still give its root. */
  readonly keptCheckpoint?: { readonly size: number; readonly root: Uint8Array };
  readonly onProgress?: (entries: number) => void;
}

const PROGRESS_ENTRIES = 10_000;

/**
 * Recomputes everything that the ledger claims: each entry's canonical form, index and leaf hash, each tree node, each
 * checkpoint's root and signature, each reading's signature, each row of the projections and their number, and the
 * file itself. One pass in index order on one unchanging view, one row of each table in memory at a time.
 */
export function fsck(reader: LedgerReader, options: FsckOptions = {}): FsckReport {
  return reader.snapshot(() => {
    const check = new LedgerCheck(reader, options);
    try {
      return check.run();
    } finally {
      check.close();
    }
  });
}

/**
 * The same for the entries of one part, which `reader` is limited to; `from` is its first. What concerns the ledger as
 * a whole is for `checkWhole`.
 */
export function fsckPart(reader: LedgerReader, from: number, options: FsckOptions = {}): PartReport {
  return reader.snapshot(() => {
    const check = new LedgerCheck(reader, options, from);
    try {
      return check.runPart();
    } finally {
      check.close();
    }
  });
}

class LedgerCheck {
  readonly #reader: LedgerReader;
  readonly #options: FsckOptions;
  /** First entry of a part; undefined where the whole ledger is checked. */
  readonly #from: number | undefined;
  readonly #frontier: Frontier;
  readonly #cursors: Cursor<unknown>[] = [];
  readonly #keys: KeyCheck;
  readonly #checkpoints: CheckpointCheck;
  #counts = { checkedNodes: 0, checkedReadings: 0, readings: 0, gaps: 0 };

  constructor(reader: LedgerReader, options: FsckOptions, from?: number) {
    this.#reader = reader;
    this.#options = options;
    this.#from = from;
    this.#frontier = frontierBefore(reader, from ?? 0);
    this.#keys = new KeyCheck(options.verifierKey);
    this.#checkpoints = new CheckpointCheck(reader, this.#keys, (items) => this.#open(items));
  }

  run(): FsckReport {
    const firstBad = this.#firstProblem();
    const entries = Math.min(this.#frontier.size, firstBad?.index ?? Number.POSITIVE_INFINITY);
    const report = { ok: firstBad === undefined, entries, ...this.#reportedCounts(), keys: this.#keys.links() };
    if (firstBad !== undefined) return { ...report, firstBad };
    const { keptCheckpoint } = this.#options;
    return keptCheckpoint === undefined ? report : { ...report, extendsSize: keptCheckpoint.size };
  }

  runPart(): PartReport {
    const from = this.#frontier.size;
    const startRoot = this.#frontier.root();
    const firstBad = takeKeysBefore(this.#reader, from, this.#keys) ?? this.#firstProblem();
    const report = { startRoot, endRoot: this.#frontier.root(), entries: this.#frontier.size - from };
    const counts = this.#reportedCounts();
    return firstBad === undefined ? { ...report, counts } : { ...report, counts, firstBad };
  }

  #reportedCounts() {
    const { checkedNodes, checkedReadings, readings, gaps } = this.#counts;
    const { checkpoints: checkedCheckpoints, checkedSignatures } = this.#checkpoints;
    return { checkedNodes, checkedCheckpoints, checkedSignatures: checkedReadings + checkedSignatures, readings, gaps };
  }

  close(): void {
    for (const cursor of this.#cursors) cursor.close();
  }

  #firstProblem(): LedgerProblem | undefined {
    try {
      const problem = this.#checkEntries();
      return this.#from === undefined ? (problem ?? this.#keys.checkEnd() ?? this.#checkFile()) : problem;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { index: this.#frontier.size, code: error.code, message: error.message };
    }
  }

  #checkEntries(): LedgerProblem | undefined {
    const atStart = this.#checkKept();
    if (atStart !== undefined) return atStart;
    const entries = this.#open(this.#reader.entries(this.#from ?? 0, Number.MAX_SAFE_INTEGER));
    const nodes = this.#open(this.#reader.nodes());
    const projections = new ProjectionCheck(this.#reader, (items) => this.#open(items), {
      extent: this.#from === undefined ? 'whole' : 'part',
    });
    for (let stored = entries.take(); stored !== undefined; stored = entries.take()) {
      const entry = this.#readEntry(stored);
      if ('code' in entry) return entry;
      const problem =
        this.#keys.check(entry, () => this.#frontier.root()) ??
        this.#checkSignature(entry) ??
        projections.check(entry) ??
        this.#checkNodes(stored, nodes) ??
        this.#checkpoints.check(this.#frontier.size, () => this.#frontier.root()) ??
        this.#checkKept();
      if (problem !== undefined) return problem;
      if (entry.kind === 'reading') this.#counts.readings += 1;
      if (entry.kind === 'gap') this.#counts.gaps += 1;
      if (this.#frontier.size % PROGRESS_ENTRIES === 0) this.#options.onProgress?.(this.#frontier.size);
    }
    return projections.checkEnd() ?? this.#checkEnds(nodes) ?? this.#checkKeptEnd();
  }

  #readEntry(stored: StoredEntry): Entry | LedgerProblem {
    const index = this.#frontier.size;
    if (stored.index !== index) {
      return { index, code: 'LED_FSCK_HOLE', message: `Entry ${index} is missing; the next one is ${stored.index}.` };
    }
    if (stored.trouble !== undefined) return { index, code: 'LED_FSCK_BLOCK', message: lostInBlock(stored) };
    if (!isEqual(leafHash(stored.bytes), stored.leafHash)) {
      return { index, code: 'LED_FSCK_ENTRY', message: `Entry ${index} is not what was recorded: its hash differs.` };
    }
    const entry = parseCanonical(stored.bytes);
    const isWhole =
      entry !== undefined &&
      entry.index === index &&
      entry.kind === stored.kind &&
      typeof entry.body === 'object' &&
      entry.body !== null;
    if (!isWhole) {
      const message = `Entry ${index} is not a canonical entry of kind ${stored.kind} with that index.`;
      return { index, code: 'LED_FSCK_FORM', message };
    }
    const future = futureOf(entry);
    if (future !== undefined) {
      const message = `Entry ${index} ${future}, which this Forebay does not know.`;
      return { index, code: 'LED_FROM_FUTURE', message };
    }
    const trouble = bodyTrouble(entry, Number(bodyVersion(entry)));
    if (trouble !== undefined) {
      const message = `The body of entry ${index} is no ${entry.kind}: ${trouble}.`;
      return { index, code: 'LED_FSCK_BODY', message };
    }
    return entry;
  }

  #checkSignature({ index, kind, body }: Entry): LedgerProblem | undefined {
    if (kind !== 'reading') return undefined;
    const { reading, signature } = body;
    const isSigned =
      reading !== undefined &&
      typeof signature === 'string' &&
      this.#keys.isSigned(Buffer.from(canonicalize(reading), 'utf8'), Buffer.from(signature, 'base64'));
    if (!isSigned) {
      return {
        index,
        code: 'LED_FSCK_SIGNATURE',
        message: `The reading of entry ${index} is not signed by the device.`,
      };
    }
    this.#counts.checkedReadings += 1;
    return undefined;
  }

  #checkNodes({ index, leafHash: leaf }: StoredEntry, nodes: Cursor<MerkleNode>): LedgerProblem | undefined {
    for (const expected of this.#frontier.append(leaf)) {
      const stored = nodes.take();
      const where = `Tree node ${expected.index} of level ${expected.level}`;
      if (stored === undefined || stored.level !== expected.level || stored.index !== expected.index) {
        return { index, code: 'LED_FSCK_NODE', message: `${where} is missing.` };
      }
      if (!isEqual(stored.hash, expected.hash)) {
        return { index, code: 'LED_FSCK_NODE', message: `${where} is not the hash of what lies below it.` };
      }
      this.#counts.checkedNodes += 1;
    }
    return undefined;
  }

  /** RFC 9162 section 2.1.4 without its proof: the whole tree is computed anyway. */
  #checkKept(): LedgerProblem | undefined {
    const kept = this.#options.keptCheckpoint;
    if (kept?.size !== this.#frontier.size || isEqual(kept.root, this.#frontier.root())) return undefined;
    const message = `The ledger does not extend the kept checkpoint: its first ${kept.size} entries are other ones now.`;
    return { index: Math.max(0, kept.size - 1), code: 'LED_FSCK_KEPT', message };
  }

  #checkKeptEnd(): LedgerProblem | undefined {
    if (this.#from !== undefined) return undefined;
    const { size } = this.#options.keptCheckpoint ?? { size: 0 };
    const index = this.#frontier.size;
    if (size <= index) return undefined;
    const message = `The kept checkpoint covers ${size} entries, and the ledger has only ${index}.`;
    return { index, code: 'LED_FSCK_KEPT', message };
  }

  #checkEnds(nodes: Cursor<MerkleNode>): LedgerProblem | undefined {
    const index = this.#frontier.size;
    if (nodes.peek() === undefined) {
      return this.#checkpoints.checkEnd(index, { extent: this.#from === undefined ? 'whole' : 'part' });
    }
    return { index, code: 'LED_FSCK_NODE', message: `There are tree nodes beyond the last entry.` };
  }

  #checkFile(): LedgerProblem | undefined {
    const damage = this.#reader.damage();
    const index = this.#frontier.size;
    return damage === undefined ? undefined : { index, code: 'LED_FSCK_FILE', message: `The store's file: ${damage}.` };
  }

  #open<T>(items: Iterable<T>): Cursor<T> {
    const cursor = new Cursor(items);
    this.#cursors.push(cursor);
    return cursor;
  }
}

/** The entry, or undefined when the bytes are not the canonical form of anything. */
function parseCanonical(bytes: Uint8Array): Entry | undefined {
  try {
    const entry = JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
    return isEqual(Buffer.from(canonicalize({ ...entry }), 'utf8'), bytes) ? entry : undefined;
  } catch {
    return undefined;
  }
}
