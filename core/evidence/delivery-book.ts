import type { JsonObject } from '../model/json.ts';
import { toIso } from '../model/time.ts';
import { type BatchFacts, type BatchRules, readBatch, refusedBatch, type SpanMs } from './batch-message.ts';
import type { BundleEntry } from './entry-line.ts';
import { asCount, asObject, asText } from './form.ts';
import { type HubReceipt, readHubReceipt } from './hub-receipt.ts';
import type { ReadingTally } from './reading-tally.ts';
import { Refusal } from './refusal.ts';

/** How much of the range was delivered where, by the entries of the ledger. */
export interface DeliveryFacts {
  readonly batches: number;
  /** Batches whose run lies wholly in the range, so that its sums were added up again. */
  readonly summed: number;
  /** Of those, batches whose reviews are of readings in the range, so that this sum was too. */
  readonly reviewed: number;
  /** Batches whose message says only for which time they were sealed, not from when to when their readings are. */
  readonly untimed: number;
  /** Entries of the range that lie in a batch. */
  readonly entries: number;
  readonly targets: readonly TargetFacts[];
}

export interface TargetFacts {
  readonly target: string;
  readonly receipts: number;
  /** Entries of the range of which it gave a receipt. */
  readonly entries: number;
  /** Of a hub: the keys under its receipts, each of which is signed by one of them. */
  readonly signedBy?: readonly string[];
  /** Of a hub: receipts over more entries than the bundle shows the root of, so that of which ledger is not shown. */
  readonly unshown?: number;
}

/** The target whose receipts can be checked by themselves. */
const HUB = 'hub';
const HEDERA = 'hedera';

/** A receipt of a public target with the message that it is of, for whoever holds it against what is public. */
export interface ShownReceipt {
  /** Index of the entry of the receipt, and of the batch. */
  readonly index: number;
  readonly batch: number;
  readonly target: string;
  readonly message: string;
  readonly receipt: JsonObject;
}

interface ReceiptFacts {
  readonly index: number;
  readonly place: string;
  readonly target: string;
  readonly batch: number;
  readonly id: string;
  readonly hub?: HubReceipt;
  /** What the target said, where somebody wants to be told. */
  readonly receipt?: JsonObject;
}

/** The batches that touch the range and their receipts, from receipts.ndjson and the range itself, held against each other. */
export class DeliveryBook {
  readonly #rules: BatchRules;
  readonly #batches = new Map<number, BatchFacts>();
  readonly #receipts: ReceiptFacts[] = [];
  readonly #messages = new Map<number, string>();
  readonly #onReceipt: ((shown: ShownReceipt) => void) | undefined;

  /** `onReceipt` is told of each receipt of Hedera of a batch that touches the range, once everything about them holds. */
  constructor(rules: BatchRules, onReceipt?: (shown: ShownReceipt) => void) {
    this.#rules = rules;
    this.#onReceipt = onReceipt;
  }

  /** Takes a `batch` or `receipt` entry; others are none of its business. @throws Refusal */
  async take(entry: BundleEntry, place: string): Promise<void> {
    const { index, kind, body } = entry;
    if (kind === 'batch') this.#batches.set(index, await readBatch(entry, place, this.#rules));
    if (kind === 'batch' && this.#onReceipt !== undefined) this.#messages.set(index, asText(body.message, place));
    if (kind !== 'receipt') return;
    const [target, id] = [asText(body.target, place), asText(body.id, place)];
    const batch = asCount(body.batch, place);
    const receipt = asObject(body.receipt, place);
    const hub = target === HUB ? await readHubReceipt(index, body, place, this.#rules.machine) : undefined;
    const kept = target === HEDERA && this.#onReceipt !== undefined ? { receipt } : {};
    this.#receipts.push({ index, place, target, batch, id, ...kept, ...(hub === undefined ? {} : { hub }) });
  }

  /** Sizes of the ledger that hubs signed with the receipts so far. */
  get hubSizes(): readonly number[] {
    return this.#receipts.flatMap(({ hub }) => (hub === undefined ? [] : [hub.size]));
  }

  /**
   * What was delivered. `rootAt` gives the root (base64) of a size that the bundle shows, else undefined.
   *
   * @throws Refusal `LED_BUNDLE_RECEIPT`
   */
  conclude(rootAt: (size: number) => string | undefined, tally: ReadingTally): DeliveryFacts {
    const batches = [...this.#batches.values()].sort((a, b) => a.index - b.index);
    const checked = { summed: 0, reviewed: 0 };
    for (const [i, batch] of batches.entries()) {
      this.#checkPlace(batch, batches[i - 1], rootAt(batch.size));
      this.#checkSums(batch, tally, checked);
      this.#checkSpan(batch, tally);
    }
    const held = new Map<string, Set<number>>();
    let unshown = 0;
    for (const receipt of this.#receipts.toSorted((a, b) => a.index - b.index)) {
      this.#checkReceipt(receipt, held);
      if (receipt.hub === undefined) continue;
      const root = rootAt(receipt.hub.size);
      this.#checkHub(receipt, receipt.hub, root);
      if (root === undefined && held.get(HUB)?.has(receipt.batch) === true) unshown += 1;
    }
    this.#show(held.get(HEDERA) ?? new Set());
    const targets = [...held]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([target, indexes]) => ({
        target,
        receipts: indexes.size,
        entries: this.#entriesIn(batches.filter(({ index }) => indexes.has(index))),
        ...(target === HUB ? { signedBy: this.#hubKeys(), unshown } : {}),
      }));
    const untimed = batches.filter(({ span }) => span === undefined).length;
    return { batches: batches.length, ...checked, untimed, entries: this.#entriesIn(batches), targets };
  }

  #show(batches: ReadonlySet<number>): void {
    for (const { index, batch, target, receipt } of this.#receipts) {
      const message = this.#messages.get(batch);
      if (receipt === undefined || message === undefined || !batches.has(batch)) continue;
      this.#onReceipt?.({ index, batch, target, message, receipt });
    }
  }

  #checkPlace(batch: BatchFacts, before: BatchFacts | undefined, root: string | undefined): void {
    const { index, place, first, size } = batch;
    const { range } = this.#rules.manifest;
    if (index >= range.to && first >= range.to) throw refusedBatch(place, index, 'does not touch the range');
    if (before !== undefined && before.end !== first) {
      throw refusedBatch(place, index, `begins with entry ${first}, and the one before it ends before ${before.end}`);
    }
    if (root === undefined)
      throw refusedBatch(place, index, `names a checkpoint over ${size} entries, which is not here`);
    if (root !== batch.root)
      throw refusedBatch(place, index, `names another root over ${size} entries than the ledger has`);
  }

  #checkSums(batch: BatchFacts, tally: ReadingTally, checked: { summed: number; reviewed: number }): void {
    const { index, place, first, end, sums } = batch;
    const { range } = this.#rules.manifest;
    if (first < range.from || end > range.to) return;
    const again = tally.sum(first, end);
    for (const name of ['approved', 'flagged', 'rejected', 'creditedWh', 'reviewedWh', 'rules', 'models'] as const) {
      if (again[name] === undefined || again[name] === sums[name]) continue;
      throw refusedBatch(
        place,
        index,
        `states ${name} ${String(sums[name])}, and its entries give ${String(again[name])}`,
      );
    }
    checked.summed += 1;
    if (again.reviewedWh !== undefined) checked.reviewed += 1;
  }

  /** The period is that of its readings; where some of them are not in the range, the others must lie in it. */
  #checkSpan({ index, place, first, end, span }: BatchFacts, tally: ReadingTally): void {
    if (span === undefined) return;
    const { range } = this.#rules.manifest;
    const again = tally.span(first, end);
    const isWhole = first >= range.from && end <= range.to;
    const isTrue =
      again === undefined
        ? !isWhole || span === null
        : span !== null && span.fromMs <= again.fromMs && span.toMs >= again.toMs && (!isWhole || isEqual(span, again));
    if (isTrue) return;
    throw refusedBatch(place, index, `states the period ${inWords(span)}, and its readings are ${inWords(again)}`);
  }

  #checkReceipt({ index, place, target, batch, id }: ReceiptFacts, held: Map<string, Set<number>>): void {
    const { range } = this.#rules.manifest;
    const isInRange = index >= range.from && index < range.to;
    const known = this.#batches.get(batch);
    // Of a batch from before the range: it holds nothing of it.
    if (known === undefined && isInRange && batch < range.from) return;
    const isOfRange = known !== undefined && known.end > range.from && known.first < range.to;
    const fits = known !== undefined && batch < index && known.id === id && known.targets.includes(target);
    if (!fits || !(isOfRange || isInRange)) {
      throw new Refusal(
        'LED_BUNDLE_RECEIPT',
        place,
        `The receipt of entry ${index} is of no batch that was sent to ${target}.`,
      );
    }
    if (isOfRange) held.set(target, (held.get(target) ?? new Set()).add(batch));
  }

  /** What the hub signed is this ledger up to the end of the batch. */
  #checkHub({ index, place, batch }: ReceiptFacts, hub: HubReceipt, root: string | undefined): void {
    const known = this.#batches.get(batch);
    // The receipt is recorded behind all that the hub can have signed.
    const isOther = hub.origin !== this.#rules.keys.signerAt(index + 1).name || hub.size > index;
    if (isOther || (known !== undefined && hub.size < known.end) || (root !== undefined && hub.root !== root)) {
      const sentence = `The hub signed something else than this ledger with the batch of the receipt of entry ${index}.`;
      throw new Refusal('LED_BUNDLE_RECEIPT', place, sentence);
    }
  }

  #hubKeys(): readonly string[] {
    return [...new Set(this.#receipts.flatMap(({ hub }) => (hub === undefined ? [] : [hub.publicKey])))].toSorted();
  }

  /** Entries of the range that lie in these batches, which never overlap. */
  #entriesIn(batches: readonly BatchFacts[]): number {
    const { from, to } = this.#rules.manifest.range;
    return batches.reduce((sum, { first, end }) => sum + Math.max(0, Math.min(end, to) - Math.max(first, from)), 0);
  }
}

function isEqual(one: SpanMs, other: SpanMs): boolean {
  return one.fromMs === other.fromMs && one.toMs === other.toMs;
}

function inWords(span: SpanMs | null | undefined): string {
  return span === null || span === undefined ? 'none' : `${toIso(span.fromMs)} to ${toIso(span.toMs)}`;
}
