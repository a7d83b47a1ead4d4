import type { LedgerProblem } from './check-row.ts';
import { Frontier } from './frontier.ts';
import type { KeyCheck } from './key-check.ts';
import type { LedgerReader } from './ledger-storage.ts';
import { nodesIn } from './proof.ts';

/**
 * What the check of a part found. It takes the tree before its first entry as it is stored, so it holds only where the
 * part before it ends in the root that this one starts from.
 */
export interface PartReport {
  readonly startRoot: Uint8Array;
  readonly endRoot: Uint8Array;
  /** Entries that were looked at. */
  readonly entries: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly firstBad?: LedgerProblem;
}

/** The tree before entry `from`, as it is stored. */
export function frontierBefore(reader: LedgerReader, from: number): Frontier {
  return from === 0 ? Frontier.empty() : Frontier.of(from, nodesIn(reader));
}

/** Takes the keys of the entries before `from`; whether they fit the tree is for the part that holds them. */
export function takeKeysBefore(reader: LedgerReader, from: number, keys: KeyCheck): LedgerProblem | undefined {
  for (const { index, bytes } of reader.keyEntries()) {
    if (index >= from) break;
    const problem = keys.check(JSON.parse(Buffer.from(bytes).toString('utf8')), () => undefined);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
