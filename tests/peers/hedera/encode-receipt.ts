import { tokenIdProto, topicIdProto } from './entity-id.ts';
import { CENTS_PER_HBAR } from './fees.ts';
import type { Effect } from './network-state.ts';
import { responseCode } from './protobufs.ts';
import { RUNNING_HASH_VERSION } from './running-hash.ts';

const RATE = { hbarEquiv: 1, centEquiv: CENTS_PER_HBAR };
const EXCHANGE_RATE = {
  currentRate: { ...RATE, expirationTime: { seconds: '4102444800' } },
  nextRate: { ...RATE, expirationTime: { seconds: '4102448400' } },
};

/** The receipt of a transaction, for protobufjs. A receipt of a message does not name its topic. */
export function encodeReceipt(effect: Effect): object {
  const { status, topicId, tokenId, sequenceNumber, runningHash, totalSupply, serialNumbers } = effect;
  return {
    status: responseCode(status),
    exchangeRate: EXCHANGE_RATE,
    ...(topicId === undefined || sequenceNumber !== undefined ? {} : { topicID: topicIdProto(topicId) }),
    ...(tokenId === undefined || serialNumbers !== undefined ? {} : { tokenID: tokenIdProto(tokenId) }),
    ...(sequenceNumber === undefined ? {} : { topicSequenceNumber: String(sequenceNumber) }),
    ...(runningHash === undefined
      ? {}
      : { topicRunningHash: runningHash, topicRunningHashVersion: String(RUNNING_HASH_VERSION) }),
    ...(totalSupply === undefined ? {} : { newTotalSupply: totalSupply.toString() }),
    ...(serialNumbers === undefined ? {} : { serialNumbers: serialNumbers.map(String) }),
  };
}
