import type { SyncFault } from '../../target.ts';
import type { MirrorClient, MirrorOutcome } from './mirror.ts';
import type { MirrorMessage } from './mirror-answers.ts';
import { FIRST_RUNNING_HASH, nextRunningHash, RUNNING_HASH_VERSION } from './running-hash.ts';

/**
 * A message of a topic with the running hash of the one before it, from which that of the message was recomputed: the
 * mirror cannot have changed content, payer, time or place of one without the other.
 */
export async function confirmedMessage(
  mirror: Pick<MirrorClient, 'message' | 'url'>,
  topicId: string,
  sequence: number,
  signal?: AbortSignal,
): Promise<MirrorOutcome<MirrorMessage>> {
  const found = await mirror.message(topicId, sequence, signal);
  if (found.kind !== 'found') return found;
  const before = await runningHashBefore(mirror, topicId, sequence, signal);
  if (before.kind === 'failed') return before;
  const hash = before.kind === 'found' ? before.value : undefined;
  const fault = contradiction(mirror.url, { topicId, sequence }, found.value, hash);
  return fault === undefined ? found : { kind: 'failed', fault };
}

/** The running hash of the topic before the message of this number; absent where the mirror lacks the one before. */
export async function runningHashBefore(
  mirror: Pick<MirrorClient, 'message'>,
  topicId: string,
  sequence: number,
  signal?: AbortSignal,
): Promise<MirrorOutcome<Uint8Array>> {
  if (sequence === 1) return { kind: 'found', value: FIRST_RUNNING_HASH };
  const before = await mirror.message(topicId, sequence - 1, signal);
  return before.kind === 'found' ? { kind: 'found', value: before.value.runningHash } : before;
}

/** Why the mirror's word of the message does not hold; undefined when it does. `before`: the running hash before it. */
export function contradiction(
  url: string,
  asked: { readonly topicId: string; readonly sequence: number },
  message: MirrorMessage,
  before: Uint8Array | undefined,
): SyncFault | undefined {
  const what = `message ${asked.sequence} of topic ${asked.topicId}`;
  if (message.topicId !== asked.topicId || message.sequence !== asked.sequence) {
    return contradictory(url, `asked for ${what} it gives ${message.sequence} of ${message.topicId}`);
  }
  if (before === undefined) return contradictory(url, `it has ${what} and not the one before`);
  if (message.runningHashVersion !== RUNNING_HASH_VERSION) {
    return contradictory(url, `${what} has a running hash of version ${message.runningHashVersion}, unknown here`);
  }
  const isRight = Buffer.from(nextRunningHash(before, message)).equals(message.runningHash);
  return isRight ? undefined : contradictory(url, `the running hash of ${what} does not follow from its content`);
}

function contradictory(url: string, why: string): SyncFault {
  return {
    code: 'SYN_HEDERA_MIRROR_FALSE',
    message: `The mirror ${url} contradicts itself: ${why}.`,
    hint: 'name another mirror of the same network in plant.yaml (sync.hedera.mirror) and compare',
  };
}
