import { type Attempt, isOutlivedBy } from './attempt.ts';
import { mirrorsDiffer, nodeContradicts } from './faults.ts';
import type { HederaSession } from './hedera-session.ts';
import { type MirrorWord, mirrorWord } from './mirror-word.ts';
import { transactionIdText } from './transaction-id.ts';

/**
 * What became of an attempt, where "never" is the word that lets a second id be made: it takes the word of both mirrors,
 * where plant.yaml names two. Where a node says that it succeeded, or did so while the attempt was under way, a mirror is
 * given time: it is believed once it is past the end by more than nodes keep their receipts, since receipts can be false.
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
  if (word.importedUntil !== undefined && isOutlivedBy(attempt, word.importedUntil)) return word;
  if (!succeeded.has(id)) {
    const asked = await port.ask(id, signal);
    if (asked.kind === 'known' && asked.status === 'SUCCESS') succeeded.add(id);
  }
  return succeeded.has(id) ? { kind: 'failed', fault: nodeContradicts(id, mirror.url) } : word;
}
