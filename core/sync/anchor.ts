import type { ReadableStore } from '../store/handle.ts';
import { hashscanTransaction, isPublicNetwork } from './hedera-links.ts';
import type { OutboxState } from './outbox.ts';
import { isPublicTarget } from './target.ts';

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

/**
 * Whether what a target gave a receipt for still has to be received by somebody, such as a disk on its way: then nobody
 * holds it yet. `end` is that of the sealed entries.
 */
export type AwaitsReceiver = (delivery: {
  readonly target: string;
  readonly end: number;
  readonly receiptIndex: number;
}) => boolean;

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

/** One delivery of a batch that holds one of the entries; the columns of the delivery are null where it has none. */
interface AnchorRow {
  readonly batch: number;
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
 * The batches of some entries with their deliveries. Each entry costs one step into the index of the batches' ends, and
 * each batch one for each target that there ever was (`delivery_sums` knows them), whatever the ledger holds.
 */
export const ANCHOR_SQL = `WITH held AS (
    SELECT DISTINCT (SELECT idx FROM batches WHERE "end" > value ORDER BY "end" LIMIT 1) AS batch FROM json_each(?))
  SELECT held.batch, first, "end", deliveries.target, state, receipt_idx AS receiptIndex, received_at AS receivedAt, network,
    topic, sequence, transaction_id AS transactionId, consensus_at AS consensusAt
  FROM held CROSS JOIN batches ON batches.idx = held.batch
    LEFT JOIN (SELECT DISTINCT target FROM delivery_sums) AS known
    LEFT JOIN deliveries ON deliveries.target = known.target AND deliveries.batch_idx = held.batch
  ORDER BY batches.first, known.target`;

/** How far each of these entries has come; of all of them with one look at the store. */
export function anchorsOf(
  store: ReadableStore,
  indexes: readonly number[],
  isAwaited: AwaitsReceiver,
): ReadonlyMap<number, Anchor> {
  const ordered = [...new Set(indexes)].sort((a, b) => a - b);
  const anchors = new Map<number, Anchor>();
  const batches = groupByBatch(isAwaited, store.all<AnchorRow>(ANCHOR_SQL, JSON.stringify(ordered)));
  let at = 0;
  for (const index of ordered) {
    while (at < batches.length && (batches[at]?.end ?? 0) <= index) at += 1;
    const batch = batches[at];
    anchors.set(index, batch === undefined || index < batch.first ? RECORDED : batch.anchor);
  }
  return anchors;
}

export function anchorOf(store: ReadableStore, index: number, isAwaited: AwaitsReceiver): Anchor {
  return anchorsOf(store, [index], isAwaited).get(index) ?? RECORDED;
}

export const RECORDED: Anchor = { state: 'recorded', receipts: [] };

interface AnchoredRun {
  readonly first: number;
  readonly end: number;
  readonly anchor: Anchor;
}

function groupByBatch(isAwaited: AwaitsReceiver, rows: readonly AnchorRow[]): readonly AnchoredRun[] {
  const runs = new Map<number, { row: AnchorRow; deliveries: DeliveryStanding[]; receipts: AnchorReceipt[] }>();
  for (const row of rows) {
    const run = runs.get(row.batch) ?? { row, deliveries: [], receipts: [] };
    runs.set(row.batch, run);
    const { target, state } = row;
    if (target === null || state === null) continue;
    const found = receiptOf(row);
    const receipt = found && !isAwaited({ target, end: row.end, receiptIndex: found.index }) ? found : undefined;
    // What is called delivered without a receipt is no proof of anything, nor is a disk that nobody received yet.
    run.deliveries.push({ target, state: state === 'delivered' && receipt === undefined ? 'unknown' : state });
    if (receipt !== undefined) run.receipts.push(receipt);
  }
  return [...runs.values()].map(({ row: { batch, first, end }, deliveries, receipts }) => ({
    first,
    end,
    anchor: { state: anchorStateOf(deliveries), batch, receipts },
  }));
}

function receiptOf(row: AnchorRow): AnchorReceipt | undefined {
  const { target, state, receiptIndex, receivedAt, network } = row;
  if (target === null || state !== 'delivered' || receiptIndex === null || receivedAt === null) return undefined;
  const receipt = { target, isPublic: isPublicReceipt(target, network), index: receiptIndex, at: receivedAt };
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
