import { Failure } from '../model/failure.ts';

/** An entry of the ledger that cannot be read any more. */
export function unreadable(sentence: string, cause?: unknown): Failure {
  const hint = 'run `forebay ledger fsck` to learn which is the first that does not hold';
  return new Failure('STO_ENTRY_DAMAGED', sentence, { hint, exitCode: 4, cause });
}
