import type { SyncFault } from '../../target.ts';
import { type Attempt, isOverBy } from './attempt.ts';
import { isSpentBy } from './faults.ts';
import type { Nanos } from './instant.ts';
import type { MirrorClient } from './mirror.ts';

/** What the mirror says became of an attempt. */
export type MirrorWord =
  /** It reached consensus and had its effect. */
  | { readonly kind: 'happened'; readonly consensusAt: Nanos; readonly entityId?: string }
  /** It did not and cannot any more: the mirror has imported past its time and shows no success, or a failure that spent the id. */
  | { readonly kind: 'never'; readonly statuses: readonly string[]; readonly importedUntil?: Nanos }
  /** Nothing yet that decides it. */
  | { readonly kind: 'open'; readonly statuses: readonly string[] }
  | { readonly kind: 'failed'; readonly fault: SyncFault };

/**
 * Asks for the time first and for the rows then, so that rows which are not there were not there at that time. That a
 * mirror does not know an id proves nothing before it has imported past the end of its validity: mirrors lag.
 */
export async function mirrorWord(
  mirror: Pick<MirrorClient, 'time' | 'transaction'>,
  topicId: string | undefined,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<MirrorWord> {
  const time = await mirror.time(topicId, signal);
  if (time.kind === 'failed') return time;
  const rows = await mirror.transaction(attempt.id, signal);
  if (rows.kind === 'failed') return rows;
  const own = rows.kind === 'found' ? rows.value.filter(({ isOwn }) => isOwn) : [];
  const success = own.find(({ result }) => result === 'SUCCESS');
  if (success !== undefined) {
    const { consensusAt, entityId } = success;
    return { kind: 'happened', consensusAt, ...(entityId === undefined ? {} : { entityId }) };
  }
  const statuses = own.map(({ result }) => result);
  const importedUntil = time.kind === 'found' ? time.value.importedUntil : undefined;
  const isOver = importedUntil !== undefined && isOverBy(attempt, importedUntil);
  if (!isOver && !statuses.some(isSpentBy)) return { kind: 'open', statuses };
  return { kind: 'never', statuses, ...(importedUntil === undefined ? {} : { importedUntil }) };
}
