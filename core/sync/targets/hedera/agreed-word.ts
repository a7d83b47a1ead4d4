import type { Attempt } from './attempt.ts';
import { mirrorsDiffer, nodeContradicts } from './faults.ts';
import type { HederaSession } from './hedera-session.ts';
import { type MirrorWord, mirrorWord } from './mirror-word.ts';
import { transactionIdText } from './transaction-id.ts';

/**
 * What became of an attempt, where "never" is the word that lets a second id be made: it takes the word of both mirrors,
 * where plant.yaml names two, and no node may say that it succeeded. A node keeps a receipt for three minutes, so what one
 * said while the attempt was under way counts as well.
 */
export async function agreedWord(
  parts: Pick<HederaSession, 'mirror' | 'second' | 'port' | 'succeeded'>,
  topicId: string | undefined,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<MirrorWord> {
  const { mirror, second, port, succeeded } = parts;
  const word = await mirrorWord(mirror, topicId, attempt, signal);
  if (word.kind !== 'never') return word;
  const id = transactionIdText(attempt.id);
  if (second !== undefined) {
    const other = await mirrorWord(second, topicId, attempt, signal);
    if (other.kind === 'happened')
      return { kind: 'failed', fault: mirrorsDiffer(`transaction ${id}`, mirror.url, second.url) };
    if (other.kind !== 'never') return other;
  }
  if (!succeeded.has(id)) {
    const asked = await port.ask(id, signal);
    if (asked.kind === 'known' && asked.status === 'SUCCESS') succeeded.add(id);
  }
  return succeeded.has(id) ? { kind: 'failed', fault: nodeContradicts(id, mirror.url) } : word;
}
