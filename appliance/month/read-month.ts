import type { Reading } from '../../core/acquisition/reading.ts';
import { type MonthContent, type MonthSpan, MonthSums } from '../../core/carbon/month-sums.ts';
import { soundEntries, soundEntry } from '../../core/ledger/check-tail.ts';
import { checkpointText } from '../../core/ledger/checkpoint.ts';
import type { Entry } from '../../core/ledger/entry.ts';
import { Frontier } from '../../core/ledger/frontier.ts';
import type { KeyChain } from '../../core/ledger/key-chain.ts';
import type { LedgerReader, StoredCheckpoint, StoredEntry } from '../../core/ledger/ledger-storage.ts';
import { inclusionProof, isEqual, type NodeSource, rootAt, verifyInclusion } from '../../core/ledger/merkle.ts';
import { projectReview, toReview } from '../../core/ledger/projection.ts';
import { nodesIn } from '../../core/ledger/proof.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { signatureChecker } from '../../core/ledger/verifier-key.ts';
import { Failure } from '../../core/model/failure.ts';
import { gapsTouching } from '../../core/store/evidence-queries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { monthExtent } from '../../core/store/months.ts';
import { indexesOfKind } from '../../core/store/stored-entries.ts';
import type { Review } from '../../core/verification/review.ts';
import type { Verdict } from '../../core/verification/verdict.ts';

/** What the entries of a month say, and how far they are what the device signed. */
export interface MonthReadout {
  /** The entries below `size` are what was looked at; `root` (base64) is that of their tree. */
  readonly size: number;
  readonly root: string;
  /** Undefined for a month without a reading, and where the entries are not sound. */
  readonly content: MonthContent | undefined;
  readonly unsound: string | undefined;
  /** Indexes of readings for a time that another reading of the unit speaks of. */
  readonly twice: readonly number[];
}

/** So many entries are read in one go: a few milliseconds, in which nothing is polled. */
const PAGE_ENTRIES = 64;

/**
 * Adds up a month from the entries themselves, not from the tables for queries. Each entry has the hash that the tree
 * holds, and the tree is that of a checkpoint that the device signed; what is not is never summed. Lets others have a
 * turn with `pause` between pages. `size` undefined: as the ledger is now.
 */
export async function readMonth(
  store: ReadableStore,
  span: MonthSpan,
  pause: () => Promise<void>,
  size: number = ledgerReader(store).size(),
): Promise<MonthReadout> {
  const reader = ledgerReader(store);
  const head = { size, root: Buffer.from(rootOver(reader, size)).toString('base64') };
  try {
    return { ...head, unsound: undefined, ...(await new MonthReader(store, reader, size).read(span, pause)) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...head, content: undefined, unsound: error.message, twice: [] };
  }
}

/** That of the checkpoint over so many entries; a salvage may have lost it, and then as the tree gives it. */
function rootOver(reader: LedgerReader, size: number): Uint8Array {
  const stored = reader.checkpointFrom(size);
  if (stored === undefined) return new Uint8Array(0);
  return stored.size === size ? stored.root : rootAt(size, nodesIn(reader));
}

class MonthReader {
  readonly #store: ReadableStore;
  readonly #reader: LedgerReader;
  readonly #size: number;
  readonly #node: NodeSource;
  readonly #chain: KeyChain;
  /** The first checkpoint over what is looked at. */
  readonly #signed: StoredCheckpoint;

  constructor(store: ReadableStore, reader: LedgerReader, size: number) {
    this.#store = store;
    this.#reader = reader;
    this.#size = size;
    this.#node = nodesIn(reader);
    const chain = readKeyChain(reader);
    if (chain === undefined) throw unsound('the ledger has no entry yet.');
    this.#chain = chain;
    this.#signed = this.#signedFrom(size);
  }

  async read(span: MonthSpan, pause: () => Promise<void>): Promise<Pick<MonthReadout, 'content' | 'twice'>> {
    const extent = monthExtent(this.#store, span, this.#size);
    if (extent === undefined) return { content: undefined, twice: [] };
    const reviews = await this.#reviewsFrom(extent.first, pause);
    const origin = this.#proven(0).body.origin === 'plant' ? 'plant' : 'demo';
    const sums = new MonthSums(span, origin, (index) => reviews.byReading.get(index) ?? []);
    const twice: number[] = [];
    for await (const entry of this.#run(extent, pause)) {
      if (entry.kind === 'review' && !reviews.indexes.has(entry.index)) {
        throw unsound(`entry ${entry.index} is a review that no index names.`);
      }
      if (entry.kind !== 'reading') continue;
      const { reading, verdict } = entry.body as unknown as { reading: Reading; verdict: Verdict };
      if (sums.addReading(entry.index, reading, verdict) === 'twice') twice.push(entry.index);
    }
    for (const index of this.#others(span)) sums.addOther(this.#proven(index));
    const content = sums.toContent();
    const counted = (content?.total.readings ?? 0) + twice.length;
    if (counted !== extent.readings) {
      throw unsound(`the table of readings names ${extent.readings} of the month, and its entries are ${counted}.`);
    }
    return { content, twice };
  }

  /** The entries from the month's first reading to its last, each held against its hash, and all against a signed root. */
  async *#run(
    { first, end }: { readonly first: number; readonly end: number },
    pause: () => Promise<void>,
  ): AsyncGenerator<Entry> {
    const frontier = Frontier.of(first, this.#node);
    const signed = this.#signedFrom(end);
    for (let page = first; page < signed.size; page += PAGE_ENTRIES) {
      const stop = Math.min(signed.size, page + PAGE_ENTRIES);
      for (const stored of [...soundEntries(this.#reader, page, stop)]) {
        frontier.append(stored.leafHash);
        if (stored.index < end) yield this.#entry(stored);
      }
      await pause();
    }
    const isSigned = isEqual(frontier.root(), signed.root);
    if (!isSigned) throw unsound(`the entries up to ${signed.size - 1} do not give the root that the device signed.`);
  }

  async #reviewsFrom(
    first: number,
    pause: () => Promise<void>,
  ): Promise<{ readonly indexes: ReadonlySet<number>; readonly byReading: ReadonlyMap<number, readonly Review[]> }> {
    const indexes = indexesOfKind(this.#store, 'review', first, this.#size);
    const byReading = new Map<number, Review[]>();
    for (const [i, index] of indexes.entries()) {
      const row = projectReview(this.#proven(index));
      byReading.set(row.readingIndex, [...(byReading.get(row.readingIndex) ?? []), toReview(row)]);
      if (i % PAGE_ENTRIES === PAGE_ENTRIES - 1) await pause();
    }
    return { indexes: new Set(indexes), byReading };
  }

  #others({ fromMs, toMs }: MonthSpan): readonly number[] {
    const meters = indexesOfKind(this.#store, 'meter', 0, this.#size);
    return [...gapsTouching(this.#store, fromMs, toMs, this.#size), ...meters];
  }

  /** An entry by itself, with the proof that it lies in the signed tree. */
  #proven(index: number): Entry {
    const stored = this.#reader.entry(index);
    if (stored === undefined) throw unsound(`entry ${index} is missing.`);
    const entry = this.#entry(stored);
    const { size, root } = this.#signed;
    const isIn = verifyInclusion(stored.leafHash, index, size, inclusionProof(index, size, this.#node), root);
    if (!isIn) throw unsound(`entry ${index} does not lie in the tree that the device signed.`);
    return entry;
  }

  #entry(stored: StoredEntry): Entry {
    const entry = soundEntry(stored);
    if (entry.index !== stored.index || entry.kind !== stored.kind) {
      throw unsound(`entry ${stored.index} stands in the place of another.`);
    }
    return entry;
  }

  /** The first checkpoint over so many entries or more, by the key that was in force then. */
  #signedFrom(entries: number): StoredCheckpoint {
    const stored = this.#reader.checkpointFrom(entries);
    if (stored === undefined) throw unsound(`no checkpoint is over ${entries} entries.`);
    const { size } = stored;
    const text = checkpointText({ origin: this.#chain.origin, size, root: stored.root });
    const isSigned = signatureChecker(this.#chain.signerAt(size).key.publicKey);
    if (!isSigned(Buffer.from(text, 'utf8'), stored.signature)) {
      throw unsound(`the checkpoint over ${size} entries is not signed by the device.`);
    }
    return stored;
  }
}

function unsound(what: string): Failure {
  return new Failure('CAR_MONTH_UNSOUND', what, { exitCode: 4 });
}
