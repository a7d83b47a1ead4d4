import {
  type ClosedMonth,
  checkMonthFigures,
  checkMonthRoot,
  MonthChain,
  readClosedMonth,
} from '../../core/evidence/closed-month.ts';
import type { BundleEntry } from '../../core/evidence/entry-line.ts';
import { holdAtOnce } from '../../core/evidence/hold-to-place.ts';
import { MintCheck } from '../../core/evidence/mint-check.ts';
import { Refusal } from '../../core/evidence/refusal.ts';
import type { LedgerProblem } from '../../core/ledger/check-row.ts';
import { present } from '../../core/model/assert.ts';
import { parseEntry, readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { indexesOfKind, storedOfKinds } from '../../core/store/stored-entries.ts';
import { nodeMachine } from '../bundle/node-machine.ts';
import { readMonth } from '../month/read-month.ts';

/** Indexes of the closes of months among the first `size` entries. */
export function closesBelow(store: ReadableStore, size: number): readonly number[] {
  return indexesOfKind(store, 'month-closed', 0, size);
}

/**
 * Adds the month of one close up again, from the entries that the close counts and with the reviews of then, and compares every
 * figure. For a ledger whose entries and tables hold. Memory is that of one month.
 */
export async function checkClose(store: ReadableStore, index: number): Promise<LedgerProblem | undefined> {
  let seen: ClosedMonth | undefined;
  const unfit = findProblem(index, 'LED_FSCK_MONTH', () => {
    seen = closeAt(store, index);
  });
  if (seen === undefined) return unfit;
  const close = seen;
  const { content, root, unsound } = await readMonth(store, close, NO_PAUSE, close.size);
  if (unsound !== undefined) {
    const message = `The closed month of entry ${index} cannot be added up again: ${unsound}`;
    return { index, code: 'LED_FSCK_MONTH', message };
  }
  return findProblem(index, 'LED_FSCK_MONTH', () => {
    checkMonthRoot(close, root);
    checkMonthFigures(close, content);
  });
}

/**
 * Holds the closes among the first `size` entries against each other, and mints against closes and approvals.
 *
 * @returns the first of the entries that does not hold
 */
export function checkClaims(store: ReadableStore, size: number): LedgerProblem | undefined {
  const ofMonths = checkChain(store, size);
  return checkMints(store, ofMonths?.index ?? size) ?? ofMonths;
}

function checkChain(store: ReadableStore, size: number): LedgerProblem | undefined {
  const chain = new MonthChain('whole');
  for (const index of closesBelow(store, size)) {
    const problem = findProblem(index, 'LED_FSCK_MONTH', () => chain.take(closeAt(store, index)));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkMints(store: ReadableStore, size: number): LedgerProblem | undefined {
  const mints = new MintCheck(nodeMachine, 0);
  for (const { index, bytes, leafHash } of storedOfKinds(store, MINT_KINDS, { before: size })) {
    const place = `entry ${index}`;
    const entry = parseEntry(bytes) as unknown as BundleEntry;
    const problem = findProblem(index, 'LED_FSCK_MINT', () =>
      holdAtOnce(place, () => mints.take(entry, leafHash, place)),
    );
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const MINT_KINDS = ['month-closed', 'mint-approved', 'token-minted', 'restore', 'salvage'] as const;

function closeAt(store: ReadableStore, index: number): ClosedMonth {
  const place = `entry ${index}`;
  const entry = present(readEntry(store, index), place) as unknown as BundleEntry;
  return holdAtOnce(place, () => readClosedMonth(entry, place));
}

/** What the check refuses, as a problem of the ledger. */
function findProblem(index: number, code: string, check: () => void): LedgerProblem | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { index, code, message: error.message };
  }
}

const NO_PAUSE = (): Promise<void> => Promise.resolve();
