import type { ReadableStore } from '../store/handle.ts';
import { hashscanTransaction, isPublicNetwork } from './hedera-links.ts';
import type { OutboxState } from './outbox.ts';
import { CUMULATIVE_TARGETS, isPublicTarget } from './target.ts';

/**
 * How far an entry has come on its way out of the plant, never better than is true:
 *
 * - `recorded`: in the ledger and in no batch yet
 * - `sealed`: in a batch, which no target holds yet
 * - `synced`: a private target holds the batch; where somebody has to receive the disk it is on, not before they confirmed it
 * - `anchored`: a topic of Hedera holds the message of the batch. Whether anybody can look there says `isPublic` of its receipt:
 *   not on a network of one's own
 * - `parked`: a public target refused it, or every target did; a person must decide. A private target may hold it all the
 *   same: the receipts say so
 */
export const ANCHOR_STATES = ['recorded', 'sealed', 'synced', 'anchored', 'parked'] as const;
export type AnchorState = (typeof ANCHOR_STATES)[number];

export interface Anchor {
  readonly state: AnchorState;
  /** Index of the entry of the batch; absent while there is none. */
  readonly batch?: number;
  readonly receipts: readonly AnchorReceipt[];
}

/** That a target holds the batch, as the ledger recorded it. */
export interface AnchorReceipt {
  readonly target: string;
  readonly isPublic: boolean;
  /** Index of the entry of the receipt, and when it was recorded. */
  readonly index: number;
  readonly at: string;
  /** The later batch with which the target was given the entries, where they came with no delivery of their own. */
  readonly withBatch?: number;
  /** Where the message stands, in receipts of Hedera, also of a network of one's own. */
  readonly message?: MessageAt;
}

export interface MessageAt {
  readonly network: string | null;
  readonly topicId: string | null;
  readonly sequenceNumber: number | null;
  readonly transactionId: string | null;
  readonly consensusTimestamp: string | null;
  readonly hashscanUrl: string | null;
}

/** What is known of whoever receives what a target gave receipts for, such as disks on their way. */
export interface ReceiverWord {
  /** Whether somebody still has to receive it: then nobody holds it yet. `end` is that of the sealed entries. */
  isAwaited(delivery: { readonly target: string; readonly end: number; readonly receiptIndex: number }): boolean;
  /** By their newest word, the entry `index` of the time `at`, they hold the first `size` entries, however they came. */
  received():
    | { readonly target: string; readonly size: number; readonly index: number; readonly at: string }
    | undefined;
}

/** What of a delivery says how far its batch is. */
export interface DeliveryStanding {
  readonly target: string;
  readonly state: OutboxState;
}

/** Whether anybody can look at what this target gave a receipt of this network for. */
export function isPublicReceipt(target: string, network: unknown): boolean {
  return isPublicTarget(target) && isPublicNetwork(network);
}

/** The state of a batch by its deliveries. */
export function anchorStateOf(deliveries: readonly DeliveryStanding[]): AnchorState {
  const isHeld = ({ state }: DeliveryStanding): boolean => state === 'delivered';
  const isParked = ({ state }: DeliveryStanding): boolean => state === 'parked';
  if (deliveries.some((one) => isHeld(one) && isPublicTarget(one.target))) return 'anchored';
  if (deliveries.some((one) => isParked(one) && isPublicTarget(one.target))) return 'parked';
  if (deliveries.some(isHeld)) return 'synced';
  return deliveries.length > 0 && deliveries.every(isParked) ? 'parked' : 'sealed';
}

/**
 * One delivery of a batch that holds one of the entries, or of a later batch that brings its entries along; the columns of the
 * delivery are null where there is none.
 */
interface AnchorRow {
  readonly batch: number;
  readonly deliveredBatch: number | null;
  readonly first: number;
  readonly end: number;
  readonly target: string | null;
  readonly state: OutboxState | null;
  readonly receiptIndex: number | null;
  readonly receivedAt: string | null;
  readonly network: string | null;
  readonly topic: string | null;
  readonly sequence: number | null;
  readonly transactionId: string | null;
  readonly consensusAt: string | null;
}

/**
 * The batches of some entries with their deliveries, and of a hub the first delivery from each batch on: a hub holds what was
 * sealed before it was added, too. Each entry costs one step into the index of the batches' ends, and each batch one or two for
 * each target that there ever was (`delivery_sums` knows them), whatever the ledger holds.
 */
export const ANCHOR_SQL = `WITH held AS (
    SELECT DISTINCT (SELECT idx FROM batches WHERE "end" > value ORDER BY "end" LIMIT 1) AS batch FROM json_each(?))
  SELECT held.batch, first, "end", batch_idx AS deliveredBatch, deliveries.target, state, receipt_idx AS receiptIndex,
    received_at AS receivedAt, network, topic, sequence, transaction_id AS transactionId, consensus_at AS consensusAt
  FROM held CROSS JOIN batches ON batches.idx = held.batch
    LEFT JOIN (SELECT DISTINCT target FROM delivery_sums) AS known
    LEFT JOIN deliveries ON deliveries.target = known.target AND deliveries.batch_idx = CASE
      WHEN known.target IN (${CUMULATIVE_TARGETS.map((name) => `'${name}'`).join(', ')}) THEN
        (SELECT batch_idx FROM deliveries AS later WHERE later.target = known.target AND later.batch_idx >= held.batch
          ORDER BY later.batch_idx LIMIT 1)
      ELSE held.batch END
  ORDER BY batches.first, known.target`;

/** How far each of these entries has come; of all of them with one look at the store. */
export function anchorsOf(
  store: ReadableStore,
  indexes: readonly number[],
  word: ReceiverWord,
): ReadonlyMap<number, Anchor> {
  const ordered = [...new Set(indexes)].sort((a, b) => a - b);
  const anchors = new Map<number, Anchor>();
  const batches = groupByBatch(word, store.all<AnchorRow>(ANCHOR_SQL, JSON.stringify(ordered)));
  let at = 0;
  for (const index of ordered) {
    while (at < batches.length && (batches[at]?.end ?? 0) <= index) at += 1;
    const batch = batches[at];
    anchors.set(index, batch === undefined || index < batch.first ? RECORDED : batch.anchor);
  }
  return anchors;
}

export function anchorOf(store: ReadableStore, index: number, word: ReceiverWord): Anchor {
  return anchorsOf(store, [index], word).get(index) ?? RECORDED;
}

export const RECORDED: Anchor = { state: 'recorded', receipts: [] };

interface AnchoredRun {
  readonly first: number;
  readonly end: number;
  readonly anchor: Anchor;
}

interface Run {
  readonly row: AnchorRow;
  readonly deliveries: DeliveryStanding[];
  readonly receipts: AnchorReceipt[];
}

function groupByBatch(word: ReceiverWord, rows: readonly AnchorRow[]): readonly AnchoredRun[] {
  const runs = new Map<number, Run>();
  for (const row of rows) {
    const run = runs.get(row.batch) ?? { row, deliveries: [], receipts: [] };
    runs.set(row.batch, run);
    const { target, state } = row;
    if (target === null || state === null) continue;
    const found = receiptOf(row);
    const isHeld = found !== undefined && !word.isAwaited({ target, end: row.end, receiptIndex: found.index });
    const receipt = isHeld ? found : confirmed(word, target, row.end);
    // What is called delivered without a receipt is no proof of anything, nor is a disk that nobody received yet.
    const standing = receipt === undefined ? 'unknown' : 'delivered';
    run.deliveries.push({ target, state: state === 'delivered' || receipt !== undefined ? standing : state });
    if (receipt !== undefined) run.receipts.push(receipt);
  }
  return [...runs.values()].map((run) => anchoredRun(word, run));
}

function anchoredRun(word: ReceiverWord, { row: { batch, first, end }, deliveries, receipts }: Run): AnchoredRun {
  const { target } = word.received() ?? {};
  const isGiven = target === undefined || deliveries.some((one) => one.target === target);
  const carried = isGiven ? undefined : confirmed(word, target, end);
  if (carried !== undefined) {
    deliveries.push({ target: carried.target, state: 'delivered' });
    receipts.push(carried);
  }
  return { first, end, anchor: { state: anchorStateOf(deliveries), batch, receipts } };
}

/** That whoever receives what goes to the target said that they hold the entries before `end`. */
function confirmed(word: ReceiverWord, target: string, end: number): AnchorReceipt | undefined {
  const received = word.received();
  if (received?.target !== target || received.size < end) return undefined;
  return { target, isPublic: false, index: received.index, at: received.at };
}

function receiptOf(row: AnchorRow): AnchorReceipt | undefined {
  const { target, state, batch, deliveredBatch, receiptIndex, receivedAt, network } = row;
  if (target === null || state !== 'delivered' || receiptIndex === null || receivedAt === null) return undefined;
  const withBatch = deliveredBatch === null || deliveredBatch === batch ? {} : { withBatch: deliveredBatch };
  const receipt = {
    target,
    isPublic: isPublicReceipt(target, network),
    index: receiptIndex,
    at: receivedAt,
    ...withBatch,
  };
  return isPublicTarget(target) ? { ...receipt, message: messageAt(row) } : receipt;
}

function messageAt({ network, topic, sequence, transactionId, consensusAt }: AnchorRow): MessageAt {
  return {
    network,
    topicId: topic,
    sequenceNumber: sequence,
    transactionId,
    consensusTimestamp: consensusAt,
    hashscanUrl: hashscanTransaction(network, transactionId),
  };
}
