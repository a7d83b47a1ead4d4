import { withoutChecksum } from '../../core/config/hedera-id.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { deliveryCounts, deliverySuccess } from '../../core/sync/delivery-counts.ts';
import { countDeliveries, listItems, oldestOpenMs } from '../../core/sync/kept-outbox.ts';
import type { OutboxCounts } from '../../core/sync/outbox.ts';
import { passesAlone } from '../../core/sync/passes-alone.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { CARRIED_TARGET, olderBatches, receivedOf } from '../courier/received-ledger.ts';
import type { Status } from '../plant-status.ts';
import { madeTopic } from './kept-topic.ts';
import { mainnetTrouble } from './mainnet-confirmation.ts';
import { keptBook } from './node-books.ts';
import type { DeliveryStatus } from './plant-sync.ts';
import { targetNames } from './target-names.ts';

export type TargetAnswer = Status['targets'][number];

/** What each target named in plant.yaml has been given and what waits for it. `lanes` only while an appliance runs. */
export function targetStatuses(
  config: PlantConfig,
  store: ReadableStore,
  lanes: readonly DeliveryStatus[] | undefined,
  nowMs: number,
): readonly TargetAnswer[] {
  return targetNames(config).map((name) => {
    const lane = lanes?.find(({ target }) => target === name);
    const counts = countDeliveries(store, name);
    const oldestMs = oldestOpenMs(store, name);
    const kept = lanes === undefined ? lastFaultOf(store, name) : undefined;
    const unconfirmed = name === 'hedera' ? mainnetTrouble(config, store) : undefined;
    const fault = unconfirmed ?? lane?.fault ?? kept;
    const isOpen = counts.waiting + counts.sending + counts.unknown > 0;
    const { attempts, retries, failures, lastContactMs } = deliveryCounts(store, name);
    return {
      name,
      state: stateOf(lane, fault, lanes !== undefined, isOpen),
      needsPerson:
        counts.parked > 0 || unconfirmed !== undefined || (isOpen && fault !== undefined && !passesAlone(fault.code)),
      waiting: counts.waiting + counts.sending + counts.unknown,
      unknown: counts.unknown,
      parked: counts.parked,
      delivered: counts.delivered,
      waitingBytes: counts.openBytes,
      oldestAt: oldestMs === undefined ? null : toIso(oldestMs),
      oldestAgeS: oldestMs === undefined ? null : Math.max(0, Math.round((nowMs - oldestMs) / MS_PER_S)),
      lastContactAt: lastContactMs === undefined ? null : toIso(lastContactMs),
      attempts,
      retries,
      failures,
      success: deliverySuccess(store, name, { delivered: counts.delivered, open: openOf(counts) }, nowMs),
      ...(fault === undefined ? {} : { fault: faultAnswer(fault) }),
      ...(lane?.held === undefined ? {} : { held: faultAnswer(lane.held) }),
      ...(lane?.notice === undefined ? {} : { notice: faultAnswer(lane.notice) }),
      ...(name === 'hedera' ? topicAnswer(config, store) : {}),
      ...(name === CARRIED_TARGET ? { carrier: carrierAnswer(config, store, counts.delivered, lane) } : {}),
    };
  });
}

const MS_PER_S = 1000;

/** The topic that plant.yaml names, or the one that was made. */
function topicAnswer({ sync }: PlantConfig, store: ReadableStore): Pick<TargetAnswer, 'topic'> {
  const { network = 'private', topicId } = sync?.hedera ?? {};
  const id = topicId === undefined ? (madeTopic(store, network) ?? null) : withoutChecksum(topicId);
  const book = network === 'private' ? undefined : keptBook(store, network);
  if (book === undefined) return { topic: { network, id } };
  const { nodes, takenMs, mirrorUrl: mirror } = book;
  return { topic: { network, id, addressBook: { nodes: nodes.length, takenAt: toIso(takenMs), mirror } } };
}

/** Without an appliance: why the oldest delivery that is still open failed the last time it was tried. */
function lastFaultOf(store: ReadableStore, name: string): SyncFault | undefined {
  for (const state of ['unknown', 'waiting'] as const) {
    const [oldest] = listItems(store, name, state, { limit: 1 });
    if (oldest?.fault !== undefined) return oldest.fault;
  }
  return undefined;
}

function openOf({ waiting, sending, unknown, parked }: OutboxCounts): number {
  return waiting + sending + unknown + parked;
}

/** What is on its way by hand: on a disk and not confirmed is not received. */
function carrierAnswer(
  { sync }: PlantConfig,
  store: ReadableStore,
  delivered: number,
  lane: DeliveryStatus | undefined,
): NonNullable<TargetAnswer['carrier']> {
  const { size, batches, receivedAt } = receivedOf(store);
  const { isIn = null, isComplete = false, fault } = lane?.courier ?? {};
  // For a receiver any disk gets them by itself.
  const older = sync?.file?.receiver === undefined ? olderBatches(store, CARRIED_TARGET) : undefined;
  return {
    isIn,
    isComplete,
    receiver: sync?.file?.receiver?.split('+')[0] ?? null,
    received: Math.min(batches, delivered),
    receivedSize: size,
    receivedAt,
    onDisk: Math.max(0, delivered - batches),
    ...(older === undefined || older.count === 0 ? {} : { older }),
    ...(fault === undefined ? {} : { fault: faultAnswer(fault) }),
  };
}

function faultAnswer({ code, message, hint }: SyncFault): NonNullable<TargetAnswer['fault']> {
  return { code, message, hint: hint ?? null };
}

function stateOf(
  lane: DeliveryStatus | undefined,
  fault: SyncFault | undefined,
  isRunning: boolean,
  isWaiting: boolean,
): TargetAnswer['state'] {
  if (!isRunning) return 'stopped';
  if (lane === undefined) return 'unavailable';
  if (fault !== undefined) return 'down';
  return isWaiting ? 'waiting' : 'up';
}
