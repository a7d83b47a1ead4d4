import type { Later } from '../../target.ts';
import { TOPIC_PENDING, TOPIC_UNCERTAIN, topicOfOthers, topicsSeveral } from './faults.ts';
import { instantText, nanosOf } from './instant.ts';
import { isSameKey } from './look.ts';
import type { MirrorClient } from './mirror.ts';
import type { MirrorTransaction } from './mirror-answers.ts';
import type { SessionParts } from './session-parts.ts';
import type { MadeTopic } from './topic-maker.ts';
import { transactionIdText } from './transaction-id.ts';

export type FoundTopic = { readonly kind: 'found'; readonly topic: MadeTopic } | { readonly kind: 'none' } | Later;

/** A page of a hundred holds up to 60 days: so many are more than all that a network ever had. */
const PAGES_MAX = 500;
/** The longest that a transaction is valid (180 s), and what a mirror may lag behind another. */
const VALID_MAX = 200_000_000_000n;

/**
 * Looks whether the account has made the topic of this ledger before, since what was kept of that may be gone: the store
 * may have been replaced by a backup from before. It is known by its memo and its submit key, ours, and by our account
 * having made it, which nobody else can. `none` only where every mirror answered, and after a restore only once it has
 * imported past all that could have been sent before that.
 */
export async function findTopic(parts: SessionParts, signal: AbortSignal): Promise<FoundTopic> {
  const topics = new Map<string, MadeTopic>();
  for (const mirror of [parts.mirror, ...(parts.second === undefined ? [] : [parts.second])]) {
    const behind = await behindLoss(parts, mirror, signal);
    if (behind !== undefined) return behind;
    const rows = await topicsMade(parts, mirror, signal);
    if ('kind' in rows) return rows;
    for (const row of rows) {
      const { entityId } = row;
      if (entityId === undefined || topics.has(entityId)) continue;
      const found = await judged(parts, mirror, entityId, row, signal);
      if (found.kind === 'later') return found;
      if (found.kind === 'found') topics.set(entityId, found.topic);
    }
  }
  const [first, ...others] = topics.values();
  if (first === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'found', topic: first } : later(topicsSeveral([...topics.keys()]));
}

/** After a restore, an absence says nothing before the mirror is past what the former store may have sent. */
async function behindLoss(
  { lostAtMs }: SessionParts,
  mirror: MirrorClient,
  signal: AbortSignal,
): Promise<Later | undefined> {
  const lostMs = lostAtMs();
  if (lostMs === undefined) return undefined;
  const time = await mirror.time(undefined, signal);
  if (time.kind === 'failed') return later(time.fault);
  const isPast = time.kind === 'found' && time.value.importedUntil > nanosOf(lostMs) + VALID_MAX;
  return isPast ? undefined : later(TOPIC_UNCERTAIN);
}

/** What the account made, newest first. A mirror of one's own that has no such list knows none. */
async function topicsMade(
  { operatorId, network, lostAtMs }: SessionParts,
  mirror: MirrorClient,
  signal: AbortSignal,
): Promise<readonly MirrorTransaction[] | Later> {
  const made: MirrorTransaction[] = [];
  const asked = { 'account.id': operatorId, transactiontype: 'CONSENSUSCREATETOPIC', result: 'success' };
  let query: string | undefined = new URLSearchParams({ ...asked, order: 'desc', limit: '100' }).toString();
  for (let pages = 0; query !== undefined; pages += 1) {
    if (pages === PAGES_MAX) return later(TOPIC_UNCERTAIN);
    const page = await mirror.transactionPage(query, signal);
    if (page.kind === 'failed' && page.isNoRoute === true && network === 'private') {
      return lostAtMs() === undefined ? [] : later(TOPIC_UNCERTAIN);
    }
    if (page.kind === 'failed') return later(page.fault);
    if (page.kind === 'absent') return made;
    made.push(...page.value.transactions.filter((row) => isMaking(row, operatorId)));
    query = page.value.next;
  }
  return made;
}

/** A transaction of ours that made a topic; the list holds others too where a mirror does not know what it is asked for. */
function isMaking({ id, name, result, isOwn }: MirrorTransaction, operatorId: string): boolean {
  return isOwn && result === 'SUCCESS' && name === 'CONSENSUSCREATETOPIC' && id.payerId === operatorId;
}

async function judged(
  { network, topicMemo, publicKey }: SessionParts,
  mirror: MirrorClient,
  topicId: string,
  { id, consensusAt }: MirrorTransaction,
  signal: AbortSignal,
): Promise<FoundTopic> {
  const topic = await mirror.topic(topicId, signal);
  if (topic.kind === 'failed') return later(topic.fault);
  if (topic.kind === 'absent') return later(TOPIC_PENDING);
  const { memo, isDeleted, submitKey } = topic.value;
  if (memo !== topicMemo || isDeleted) return { kind: 'none' };
  if (submitKey === null || !isSameKey(submitKey, publicKey)) return later(topicOfOthers(topicId));
  const made = { transactionId: transactionIdText(id), consensusTimestamp: instantText(consensusAt) };
  return { kind: 'found', topic: { network, topicId, memo, ...made } };
}

function later(fault: Later['fault']): Later {
  return { kind: 'later', fault };
}
