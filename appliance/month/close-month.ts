import type { Leave, Obstacle } from '../../core/carbon/obstacles.ts';
import { obstaclesOf } from '../../core/carbon/obstacles.ts';
import type { Entry, NewEntry } from '../../core/ledger/entry.ts';
import type { MonthClosed } from '../../core/ledger/month-closed.ts';
import { present } from '../../core/model/assert.ts';
import { Failure } from '../../core/model/failure.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { toIso } from '../../core/model/time.ts';
import { newestIndexOf } from '../../core/store/stored-entries.ts';
import { REVIEW_ROLES } from '../../core/verification/review.ts';
import { readReason } from '../../core/verification/review-rules.ts';
import { closedMonths, lookAtMonth, type MonthParts, type MonthStanding } from './month-facts.ts';

export interface CloseRequest {
  readonly month: string;
  /** What is left without credit by the person's word. */
  readonly leave: readonly Leave[];
  /** Why an earlier close is corrected; undefined for a first close. */
  readonly why?: string | undefined;
  /** The credited net energy that the person was shown; undefined when none was. */
  readonly seenNetWh?: number | undefined;
  readonly by: string;
  readonly account: string;
  readonly role: string;
}

export interface CloseParts extends MonthParts {
  /** Records the entry and returns what was recorded, or throws and keeps nothing. */
  readonly record: (entry: NewEntry) => readonly Pick<Entry, 'index'>[];
}

/**
 * Closes a month, or corrects a closed one, with one entry.
 *
 * @returns the index of the entry
 * @throws Failure `CAR_...` with everything that stands in the way, or of the store; nothing is recorded then.
 */
export async function closeMonth(parts: CloseParts, request: CloseRequest): Promise<number> {
  const why = checkRequest(request);
  const before = newestIndexOf(parts.store, 'month-closed');
  const standing = await lookAtMonth(parts, request.month, why === null ? 'first' : 'correction');
  const obstacles = obstaclesOf(standing.facts);
  const left = obstacles.filter(({ leave }) => leave !== null && request.leave.includes(leave));
  const remaining = obstacles.filter((obstacle) => !left.includes(obstacle));
  if (remaining.length > 0) throw refusal(request.month, remaining);
  checkUnchanged(parts, request, standing, before);
  const body = bodyOf(parts, request, standing, { why, left });
  const [recorded] = parts.record({ kind: 'month-closed', body: body as unknown as JsonObject });
  return present(recorded, 'the entry of the month').index;
}

/** All that stands in the way, in one failure: the code of the only one, or one that says that there are several. */
function refusal(month: string, obstacles: readonly Obstacle[]): Failure {
  const [first] = obstacles;
  if (obstacles.length === 1 && first !== undefined) {
    return new Failure(first.code, first.message, { hint: first.hint, exitCode: 1 });
  }
  const sentences = obstacles.map(({ code, message }) => `${code}: ${message}`).join(' ');
  return new Failure('CAR_MONTH_REFUSED', `${month} cannot be closed: ${sentences}`, {
    hint: '`forebay month check` says what to do about each',
    exitCode: 1,
  });
}

/** The reason as it is recorded, null for a first close. */
function checkRequest({ why, role, month }: CloseRequest): string | null {
  const rank = (REVIEW_ROLES as readonly string[]).indexOf(role);
  const needed = why === undefined ? 'operator' : 'engineer';
  if (rank < REVIEW_ROLES.indexOf(needed)) {
    const sentence = `To ${why === undefined ? 'close' : 'correct'} ${month} takes the role ${needed} or above; yours is ${role}.`;
    throw new Failure('CAR_MONTH_ROLE', sentence, { hint: 'ask somebody with that role', exitCode: 2 });
  }
  if (why === undefined) return null;
  const reason = readReason(why);
  if (reason !== undefined) return reason;
  throw new Failure('CAR_MONTH_REASON', 'A correction says why, in 1 to 500 characters without control characters.', {
    hint: 'say what came to light since the month was closed',
    exitCode: 2,
  });
}

/** Others may have acted while the entries were added up, and since the person looked. */
function checkUnchanged(
  { store }: CloseParts,
  { month, seenNetWh }: CloseRequest,
  { readout }: MonthStanding,
  before: number | undefined,
): void {
  const netWh = readout.content?.creditedNetWh;
  const isSeen = seenNetWh === undefined || seenNetWh === netWh;
  if (isSeen && newestIndexOf(store, 'month-closed') === before) return;
  throw new Failure(
    'CAR_MONTH_CHANGED_MEANWHILE',
    `What ${month} comes to, or what is closed, has changed while you looked.`,
    {
      hint: 'look at it again, and close it if you agree with what it says now',
      exitCode: 1,
    },
  );
}

function bodyOf(
  { store }: CloseParts,
  { month, by, account, role }: CloseRequest,
  { facts, readout }: MonthStanding,
  { why, left }: { readonly why: string | null; readonly left: readonly Obstacle[] },
): MonthClosed {
  const closes = closedMonths(store);
  const content = present(readout.content, 'the sums of a month that nothing stands in the way of');
  return {
    v: 1,
    month,
    timeZone: facts.timeZone,
    from: toIso(facts.span.fromMs),
    to: toIso(facts.span.toMs),
    size: readout.size,
    root: readout.root,
    methodology: null,
    ...content,
    previous: closes.before(month)?.index ?? null,
    corrects: closes.inForce(month)?.index ?? null,
    why,
    left: [...new Set(left.map(({ code }) => code))].sort(),
    by,
    account,
    role,
  };
}
