/** Where a unit's circuit breaker stands. With it open nothing is exported, whatever the other instruments say. */
export const BREAKER_STATES = ['open', 'closed'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

export function isBreakerState(text: unknown): text is BreakerState {
  return (BREAKER_STATES as readonly unknown[]).includes(text);
}
