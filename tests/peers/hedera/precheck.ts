import type { Consensus } from './consensus.ts';
import { NANOS_PER_SECOND } from './entity-id.ts';
import { feeOf, totalOf } from './fees.ts';
import type { NetworkState } from './network-state.ts';
import type { ParsedTransaction } from './parse-transaction.ts';
import { isSignedBy } from './signatures.ts';

/** `hedera.transaction.minValidDuration`, `maxValidDuration` and `minValidityBufferSecs`. */
const DURATION_S_MIN = 15;
const DURATION_S_MAX = 180;
const BUFFER_S = 10;

export interface Precheck {
  /** `OK`, or why the node turns the transaction away. */
  readonly code: string;
  /** What it would have cost, where the payer offers or has less. */
  readonly cost: bigint;
}

/** What a node looks at before it takes a transaction, in its order. */
export function precheck(
  nodeId: string,
  transaction: ParsedTransaction,
  state: NetworkState,
  consensus: Consensus,
): Precheck {
  const refused = (code: string): Precheck => ({ code, cost: 0n });
  if (transaction.nodeId !== nodeId) return refused('INVALID_NODE_ACCOUNT');
  if (consensus.isDuplicate(nodeId, transaction.id)) return refused('DUPLICATE_TRANSACTION');
  const late = judgeTime(transaction, consensus.nowNs());
  if (late !== undefined) return refused(late);
  const payer = state.accounts.get(transaction.payer);
  if (payer === undefined) return refused('PAYER_ACCOUNT_NOT_FOUND');
  if (payer.key === null || !isSignedBy(payer.key, transaction.signatures, transaction.bodyBytes)) {
    return refused('INVALID_SIGNATURE');
  }
  const cost = totalOf(feeOf(transaction));
  if (transaction.maxFee < cost) return { code: 'INSUFFICIENT_TX_FEE', cost };
  if (payer.balance < cost) return { code: 'INSUFFICIENT_PAYER_BALANCE', cost };
  return { code: 'OK', cost: 0n };
}

function judgeTime({ validStartNs, durationS }: ParsedTransaction, nowNs: bigint): string | undefined {
  if (durationS < DURATION_S_MIN || durationS > DURATION_S_MAX) return 'INVALID_TRANSACTION_DURATION';
  if (validStartNs > nowNs) return 'INVALID_TRANSACTION_START';
  const endNs = validStartNs + BigInt(durationS - BUFFER_S) * NANOS_PER_SECOND;
  return nowNs >= endNs ? 'TRANSACTION_EXPIRED' : undefined;
}
