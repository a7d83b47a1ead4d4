/** `1 entry`, `2 entries`: an amount with its noun. */
export function countNoun(amount: number, noun: string): string {
  if (amount === 1) return `1 ${noun}`;
  if (/[^aeiou]y$/.test(noun)) return `${amount} ${noun.slice(0, -1)}ies`;
  return `${amount} ${noun}${/(?:ch|sh|s|x)$/.test(noun) ? 'es' : 's'}`;
}
