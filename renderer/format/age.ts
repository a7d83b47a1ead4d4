const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** An age in one unit that a person can say, rounded down: `4 s`, `12 min`, `3 h`, `2 d`. */
export function formatAge(ageMs: number): string {
  const known = Math.max(0, ageMs);
  if (known < MINUTE_MS) return `${Math.floor(known / SECOND_MS)} s`;
  if (known < 2 * HOUR_MS) return `${Math.floor(known / MINUTE_MS)} min`;
  if (known < 2 * DAY_MS) return `${Math.floor(known / HOUR_MS)} h`;
  return `${Math.floor(known / DAY_MS)} d`;
}

/** A length of time as an operator says it: `2 s`, `500 ms`, `5 min`. */
export function formatDuration(durationMs: number): string {
  return durationMs < SECOND_MS ? `${durationMs} ms` : formatAge(durationMs);
}
