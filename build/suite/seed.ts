/**
 * The seed of the random tests: FOREBAY_SEED if it is set, else from the commit, so that every commit tries new
 * numbers that anyone can repeat. Without either it is 1.
 */
export function chooseSeed(named: string | undefined, commit: string | undefined): number {
  if (named !== undefined && /^\d{1,15}$/.test(named)) return Number(named);
  const digits = /^[0-9a-f]{8}/.exec(commit ?? '')?.[0];
  return digits === undefined ? 1 : Number.parseInt(digits, 16);
}
