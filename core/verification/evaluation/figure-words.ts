import type { Evaluation } from './evaluate.ts';

/** What a figure is told from. */
export type Needs = 'honest' | 'attacks' | 'both';

/** A figure as it is printed, or why there is none: a set that lacks one side has no figure of it, and zero is one. */
export function figureWords(
  value: number,
  { honestRows, attackRows, kinds }: Evaluation,
  { needs, print }: { readonly needs: Needs; readonly print: (value: number) => string },
): string {
  if (needs !== 'attacks' && honestRows === 0) return 'no honest rows';
  if (needs !== 'honest' && kinds.length === 0) return 'no attacks labelled';
  if (Number.isFinite(value)) return print(value);
  return needs !== 'honest' && attackRows === 0 ? 'all attack rows left out' : 'not known';
}
