import type { SyncFault } from '../../target.ts';
import {
  accountKeyCompound,
  accountKeyWrong,
  accountUnknown,
  balanceEmpty,
  balanceLow,
  CLOCK_AHEAD_MS_MAX,
  CLOCK_BEHIND_MS_MAX,
  clockOff,
  topicDeleted,
  topicOfOthers,
  topicOpen,
  topicUnknown,
} from './faults.ts';
import type { HederaSession } from './hedera-session.ts';
import type { MirrorOutcome, MirrorTime } from './mirror.ts';
import type { MirrorAccount } from './mirror-answers.ts';
import type { HederaKey } from './port.ts';

type Looking = Pick<HederaSession, 'mirror' | 'network' | 'operatorId' | 'publicKey'>;

/** What a look at the mirror shows before anything is signed. */
export interface Look {
  /** What keeps anything from being sent. */
  readonly trouble?: SyncFault;
  /** What a person should know, though it keeps nothing back. */
  readonly notice?: SyncFault;
}

/** The mirror, our clock, and the account that pays. */
export async function lookAtAccount(parts: Looking, topicId: string | undefined, signal: AbortSignal): Promise<Look> {
  const { mirror, operatorId, network } = parts;
  const time = await mirror.time(topicId, signal);
  if (time.kind === 'failed') return { trouble: time.fault };
  const trouble = time.kind === 'found' ? clockTrouble(time.value) : undefined;
  if (trouble !== undefined) return { trouble };
  const account = await mirror.account(operatorId, signal);
  if (account.kind === 'found' && !account.value.isDeleted) return lookAtHolder(parts, account.value);
  if (account.kind === 'found') return { trouble: accountUnknown(operatorId, network) };
  if (isUntold(parts, account)) return {};
  return { trouble: account.kind === 'failed' ? account.fault : accountUnknown(operatorId, network) };
}

/** A mirror of one's own may have less than Hedera's; what it does not know the nodes decide. */
function isUntold({ network }: Looking, outcome: MirrorOutcome<unknown>): boolean {
  return network === 'private' && outcome.kind === 'failed' && outcome.isNoRoute === true;
}

function lookAtHolder(parts: Looking, { key, balanceTinybars }: MirrorAccount): Look {
  const { operatorId, network, publicKey } = parts;
  if (key !== null && key.type !== 'ED25519' && key.type !== 'ECDSA_SECP256K1') {
    return { trouble: accountKeyCompound(operatorId) };
  }
  if (key !== null && !isSameKey(key, publicKey)) return { trouble: accountKeyWrong(operatorId, network) };
  // What a mirror knows of a balance may be some minutes old, and absent; then the network decides.
  if (balanceTinybars === null) return {};
  if (balanceTinybars < FEE_TINYBARS) return { trouble: balanceEmpty(operatorId, balanceTinybars, network) };
  return balanceTinybars < LOW_FEES * FEE_TINYBARS ? { notice: balanceLow(operatorId, balanceTinybars) } : {};
}

/** About what a message costs: 0.0014 USD for 1,024 bytes since January 2026, at 0.10 USD for an HBAR. */
const FEE_TINYBARS = 1_400_000;
/** A balance of fewer fees than this is low: about a week of hourly messages. */
const LOW_FEES = 200;

function clockTrouble({ clockOffsetMs, uncertaintyMs }: MirrorTime): SyncFault | undefined {
  if (clockOffsetMs === undefined) return undefined;
  const isAhead = clockOffsetMs - uncertaintyMs > CLOCK_AHEAD_MS_MAX;
  const isBehind = clockOffsetMs + uncertaintyMs < -CLOCK_BEHIND_MS_MAX;
  return isAhead || isBehind ? clockOff(clockOffsetMs) : undefined;
}

/** Whether the topic is there, is ours, and nobody else writes to it. */
export async function lookAtTopic(parts: Looking, topicId: string, signal: AbortSignal): Promise<Look> {
  const { mirror, network, publicKey } = parts;
  const topic = await mirror.topic(topicId, signal);
  if (isUntold(parts, topic)) return {};
  if (topic.kind === 'failed') return { trouble: topic.fault };
  if (topic.kind === 'absent') return { trouble: topicUnknown(topicId, network) };
  const { isDeleted, submitKey } = topic.value;
  if (isDeleted) return { trouble: topicDeleted(topicId) };
  if (submitKey === null) return { [network === 'private' ? 'notice' : 'trouble']: topicOpen(topicId) };
  return isSameKey(submitKey, publicKey) ? {} : { trouble: topicOfOthers(topicId) };
}

export function isSameKey(key: { readonly type: string; readonly hex: string }, ours: HederaKey): boolean {
  return key.type === ours.type && key.hex === ours.hex;
}
