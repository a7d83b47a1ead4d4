import type { Reading } from '../acquisition/reading.ts';
import type { JsonObject } from '../model/json.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { Attachments } from './attachments.ts';
import { isSameBytes, toBase64, toBytes, toHex } from './bytes.ts';
import type { DeliveryBook, DeliveryFacts } from './delivery-book.ts';
import { type BundleEntry, parseEntryLine } from './entry-line.ts';
import { type HistoryBreak, historyBreakOf } from './history-break.ts';
import { holdAtOnce, holdToPlace } from './hold-to-place.ts';
import { isNeededBefore, type LedgerFrame } from './ledger-frame.ts';
import type { Line } from './lines.ts';
import type { EvidenceMachine } from './machine.ts';
import { MintCheck } from './mint-check.ts';
import { MonthCheck, type MonthFacts } from './month-check.ts';
import type { OpenBundle } from './open-bundle.ts';
import { PeriodTotals } from './period-totals.ts';
import { checkReading, type ReadingCounts, type ReadingRules } from './reading-check.ts';
import { ReadingTally } from './reading-tally.ts';
import { Refusal } from './refusal.ts';
import { rootsAgain } from './roots-again.ts';
import { type NamedBlock, SampleLosses } from './sample-losses.ts';
import { SignatureQueue } from './signature-queue.ts';
import { hashLeaf, type TreeEdge, type TreeHead } from './tree.ts';

export interface EntryPassParts {
  readonly bundle: OpenBundle;
  readonly machine: EvidenceMachine;
  readonly frame: LedgerFrame;
  readonly attachments: Attachments;
  /** Batches and receipts; those within the range are put into it as they pass. */
  readonly book: DeliveryBook;
  /** A checkpoint from outside that lies within the range. */
  readonly kept: readonly TreeHead[];
  readonly onProgress: (entries: number) => void;
  readonly onCertificate: (shown: ShownCertificate) => void;
}

/** A mint of the range, or a token from before it or of it. What it says is held against nothing outside of the bundle. */
export interface ShownCertificate {
  readonly index: number;
  readonly kind: 'token' | 'token-minted';
  readonly body: JsonObject;
}

const PROGRESS_ENTRIES = 5000;
/** So many are kept to be told of; a plant has a few in its whole life. */
const HISTORY_BREAKS_MAX = 100;

/**
 * One walk over the entries of the range, a line at a time: their order, their place in the tree, and all that can be
 * computed of them again. Memory does not grow with them, raw samples' digests aside.
 */
export class EntryPass {
  readonly counts: ReadingCounts = { readings: 0, weighed: 0, unweighed: 0, energies: 0, energiesNotComputable: 0 };
  /** Blocks of raw samples that the period's readings name; only where the bundle holds samples. */
  readonly blocks = new Map<string, NamedBlock>();
  /** What the ledger says of raw samples that are not there. */
  readonly losses = new SampleLosses();
  /** Where the range says of itself that the ledger was put together anew, the first few of them. */
  readonly historyBreaks: HistoryBreak[] = [];
  readonly totals: PeriodTotals;
  readonly mints: MintCheck;
  readonly #months = new MonthCheck();
  readonly #parts: EntryPassParts;
  readonly #signatures: SignatureQueue;
  readonly #roots: readonly TreeHead[];
  readonly #rootSizes: ReadonlySet<number>;
  readonly #rules: ReadingRules;
  readonly #tally: ReadingTally;
  /** Roots (base64) of the ledger before each batch of the range: what batches name, by size. */
  readonly #batchRoots = new Map<number, string>();
  /** The tree before the range. */
  readonly #edgeBefore: TreeEdge;
  #needed = 0;
  #configurations = 0;

  constructor(parts: EntryPassParts) {
    const { period } = parts.bundle.manifest;
    this.#parts = parts;
    this.mints = new MintCheck(parts.machine, parts.bundle.manifest.range.from);
    this.#edgeBefore = parts.frame.edge.copy();
    this.#tally = new ReadingTally(parts.machine.sha256);
    this.#signatures = new SignatureQueue(parts.machine);
    this.#roots = [...parts.frame.checkpoints, ...parts.kept];
    this.#rootSizes = new Set(this.#roots.map(({ size }) => size));
    const { weights, models } = parts.attachments;
    this.#rules = {
      manifest: parts.bundle.manifest,
      weightsOf: (digest) => weights.get(digest),
      hasModel: (digest) => models.has(digest),
    };
    const periodMs = { fromMs: Date.parse(period.from), toMs: Date.parse(period.to) };
    this.totals = new PeriodTotals(periodMs, (index) => parts.frame.reviews.get(index) ?? []);
  }

  get signatures(): number {
    return this.#signatures.checked;
  }

  /** Configurations that the bundle holds, those beside the range included. */
  get configurations(): number {
    return this.#configurations;
  }

  /** What was delivered of the range. @throws Refusal for the first thing that does not hold. */
  async run(): Promise<DeliveryFacts> {
    const { bundle, frame, onProgress } = this.#parts;
    const { range } = bundle.manifest;
    try {
      for (const entry of frame.context.values()) {
        if (entry.index >= range.from && entry.index < range.to) continue;
        await holdToPlace(entry.place, () => {
          this.#checkTexts(entry, entry.place);
          this.totals.addOther(entry);
          this.losses.take(entry);
          this.#months.take(entry, entry.place);
          if (entry.index < range.from) this.mints.take(entry, entry.leaf, entry.place);
          if (entry.kind === 'token') this.#show(entry);
        });
      }
      for await (const lines of bundle.lineRuns('entries.ndjson')) {
        for (const line of lines) {
          // Nearly always there is nothing to wait for, and a turn for each line would cost more than its hashes.
          const rest = holdAtOnce(line.place, () => this.#take(line));
          if (rest !== undefined) await holdToPlace(line.place, () => rest);
          const earlier = this.#signatures.enough();
          if (earlier !== undefined) await earlier;
          if (frame.edge.size % PROGRESS_ENTRIES === 0) onProgress(frame.edge.size - range.from);
        }
      }
      this.#checkEnd();
    } catch (error) {
      // A signature of an earlier entry may still be under way, and its fault is the first one.
      await this.#signatures.settle();
      throw error;
    }
    await this.#signatures.settle();
    const signedRoots = await this.#rootsOfHub();
    const rootAt = (size: number): string | undefined => this.#rootAt(size) ?? signedRoots.get(size);
    return this.#parts.book.conclude(rootAt, this.#tally);
  }

  /** The closed months of the bundle, once `run` has met them. @throws Refusal */
  async months(): Promise<MonthFacts> {
    const { bundle, machine, frame } = this.#parts;
    return await this.#months.conclude(bundle, frame, machine.sha256, this.#edgeBefore.copy());
  }

  /** Roots within the range that only a hub's receipt names: that was met behind them, so the entries are walked again. */
  async #rootsOfHub(): Promise<ReadonlyMap<number, string>> {
    const { bundle, machine, book } = this.#parts;
    const { from, to } = bundle.manifest.range;
    const sizes = book.hubSizes.filter((size) => size > from && size <= to && this.#rootAt(size) === undefined);
    return sizes.length === 0 ? new Map() : rootsAgain(bundle, machine.sha256, this.#edgeBefore.copy(), new Set(sizes));
  }

  #take({ bytes, text, place: line }: Line): Promise<void> | undefined {
    const { machine } = this.#parts;
    const entry = parseEntryLine(text, line);
    const place = `${line} (entry ${entry.index})`;
    const leaf = hashLeaf(machine.sha256, bytes);
    this.#checkPlace(entry, leaf, place);
    this.#checkTexts(entry, place);
    if (entry.kind !== 'reading') {
      this.mints.take(entry, leaf, place);
      this.#show(entry);
      return this.#takeOther(entry, place).then(() => this.#grow(leaf, place));
    }
    this.#takeReading(entry, place);
    this.#grow(leaf, place);
    return undefined;
  }

  #grow(leaf: Uint8Array, place: string): void {
    const { edge } = this.#parts.frame;
    edge.append(leaf);
    this.#checkRoots(edge.size, place);
  }

  async #takeOther(entry: BundleEntry, place: string): Promise<void> {
    const { frame, book } = this.#parts;
    this.totals.addOther(entry);
    this.losses.take(entry);
    if (entry.kind === 'review' && !this.#isInRange(entry.body.readingIndex)) this.#tally.addForeignReview(entry.index);
    if (entry.kind === 'batch') this.#batchRoots.set(entry.index, toBase64(frame.edge.root()));
    await book.take(entry, place);
    this.#months.take(entry, place);
    const found = historyBreakOf(entry, place);
    if (found !== undefined && this.historyBreaks.length < HISTORY_BREAKS_MAX) this.historyBreaks.push(found);
  }

  #show({ index, kind, body }: BundleEntry): void {
    if (kind === 'token' || kind === 'token-minted') this.#parts.onCertificate({ index, kind, body });
  }

  #checkPlace(entry: BundleEntry, leaf: Uint8Array, place: string): void {
    const { bundle, frame } = this.#parts;
    const { index, kind, body } = entry;
    if (index !== frame.edge.size || index >= bundle.manifest.range.to) {
      throw new Refusal('LED_BUNDLE_ENTRY', place, `Entry ${index} stands where entry ${frame.edge.size} belongs.`);
    }
    if (!isNeededBefore(kind) && index !== 0) return;
    const known = frame.context.get(index);
    const isReviewOfOther = kind === 'review' && !this.#isInRange(body.readingIndex);
    if (known === undefined && isReviewOfOther) return;
    if (known === undefined || !isSameBytes(known.leaf, leaf)) {
      throw new Refusal('LED_BUNDLE_CONTEXT', place, `Entry ${index} (${kind}) is not the one in context.ndjson.`);
    }
    this.#needed += 1;
    const { root } = (kind === 'key' ? body.statement : {}) as { root?: unknown };
    if (kind === 'key' && root !== toBase64(frame.edge.root())) {
      throw new Refusal('LED_BUNDLE_KEY', place, 'The change of the device key was stated for another ledger.');
    }
  }

  #isInRange(index: unknown): boolean {
    const { from, to } = this.#parts.bundle.manifest.range;
    return typeof index === 'number' && index >= from && index < to;
  }

  /** Texts that the entry names by digest are the ones that are meant. */
  #checkTexts({ index, kind, body }: BundleEntry, place: string): void {
    const { machine, attachments } = this.#parts;
    if (kind === 'configuration') {
      const isSame = typeof body.text === 'string' && toHex(machine.sha256(toBytes(body.text))) === body.sha256;
      if (!isSame)
        throw new Refusal('LED_BUNDLE_ATTACHMENT', place, `The configuration of entry ${index} has another digest.`);
      this.#configurations += 1;
    }
    if (kind === 'model' && !attachments.models.has(String(body.digest))) {
      throw new Refusal('LED_BUNDLE_MODEL', place, `The bundle does not hold the model of entry ${index}.`);
    }
  }

  #takeReading(entry: BundleEntry, place: string): void {
    const { bundle, frame } = this.#parts;
    this.#signatures.add(entry, frame.keys.signerAt(entry.index + 1), place);
    checkReading(entry, this.#rules, this.counts, place);
    const reading = entry.body.reading as unknown as Reading;
    const verdict = entry.body.verdict as unknown as Verdict;
    this.#tally.add(entry.index, reading, verdict, frame.reviews.get(entry.index) ?? []);
    const outcome = this.totals.addReading(entry.index, reading, verdict);
    if (outcome === 'twice') {
      const sentence = `Entry ${entry.index} is a second reading of ${reading.unitId} for part of the same time.`;
      throw new Refusal('LED_BUNDLE_TWICE', place, sentence);
    }
    if (outcome === 'outside' || bundle.manifest.samples === undefined) return;
    const times = { fromMs: Date.parse(reading.from), toMs: Date.parse(reading.to) };
    for (const { digest, outcomes } of reading.samples) this.blocks.set(digest, { outcomes, ...times });
  }

  #rootAt(size: number): string | undefined {
    const note = this.#parts.frame.checkpoints.find((each) => each.size === size);
    return note === undefined ? this.#batchRoots.get(size) : toBase64(note.root);
  }

  #checkRoots(size: number, place: string): void {
    if (!this.#rootSizes.has(size)) return;
    const root = this.#parts.frame.edge.root();
    for (const each of this.#roots) {
      if (each.size !== size || isSameBytes(each.root, root)) continue;
      const sentence = `The entries up to here do not give the root of the checkpoint over ${size} entries.`;
      throw new Refusal('LED_BUNDLE_RANGE', place, sentence);
    }
  }

  #checkEnd(): void {
    const { bundle, frame } = this.#parts;
    const { range } = bundle.manifest;
    if (frame.edge.size !== range.to) {
      const sentence = `The entries end before entry ${frame.edge.size}, and the bundle says that they reach to ${range.to - 1}.`;
      throw new Refusal('LED_BUNDLE_ENTRY', 'entries.ndjson', sentence);
    }
    const expected = [...frame.context.values()].filter(({ index }) => index >= range.from && index < range.to).length;
    if (expected !== this.#needed) {
      throw new Refusal('LED_BUNDLE_CONTEXT', 'context.ndjson', 'An entry beside the range is not the one within it.');
    }
  }
}
