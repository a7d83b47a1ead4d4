/** `1 entry`, `2 entries`: an amount with its noun. */
export function countNoun(amount: number, noun: string): string {
  if (amount === 1) return `1 ${noun}`;
  return `${amount} ${/[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}
