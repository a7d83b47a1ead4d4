/**
 * What came of one step of a proof:
 *
 * - `holds`: it was checked and is as it must be
 * - `differs`: it was checked and is not
 * - `not-there`: the other side answered that it does not have it
 * - `not-reached`: the other side gave no answer that could be used, which says nothing of what it holds
 * - `not-checked`: there was nothing to check it against
 */
export const PROOF_OUTCOMES = ['holds', 'differs', 'not-there', 'not-reached', 'not-checked'] as const;
export type ProofOutcome = (typeof PROOF_OUTCOMES)[number];

/** The steps in their order; each says in one sentence what was held against what. */
export const PROOF_STEPS = [
  'fetched',
  'place',
  'content',
  'payer',
  'running-hash',
  'signature',
  'statement',
  'period',
  'root',
  'entries',
  'reading',
] as const;

export interface ProofStep {
  readonly step: (typeof PROOF_STEPS)[number];
  readonly outcome: ProofOutcome;
  readonly sentence: string;
}

/** What all steps come to: the worst of them, and `not-checked` where not one was checked. */
export function outcomeOf(steps: readonly Pick<ProofStep, 'outcome'>[]): ProofOutcome {
  const has = (outcome: ProofOutcome): boolean => steps.some((step) => step.outcome === outcome);
  const worst = (['differs', 'not-there', 'not-reached', 'not-checked'] as const).find(has);
  return worst ?? (steps.length === 0 ? 'not-checked' : 'holds');
}
