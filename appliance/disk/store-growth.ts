/** How many bytes of the store were in use at a moment. */
export interface GrowthPoint {
  readonly atMs: number;
  readonly bytes: number;
}

/** Name of the note that keeps the points over restarts. */
export const GROWTH_NOTE = 'store-growth';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** One point a day, so that the growth is that of two weeks with their days of rest. */
const POINTS_MAX = 14;

/** The points with a new one, once a day has passed since the last; else the same. */
export function withPoint(points: readonly GrowthPoint[], now: GrowthPoint): readonly GrowthPoint[] {
  const last = points.at(-1);
  // A point from the future was dated by a clock that was wrong; nothing can be measured from it.
  if (last !== undefined && last.atMs > now.atMs) return [now];
  if (last !== undefined && now.atMs - last.atMs < DAY_MS) return points;
  return [...points, now].slice(-POINTS_MAX);
}

/** Bytes a day since the first point; undefined while that is less than an hour ago. */
export function growthPerDay(points: readonly GrowthPoint[], now: GrowthPoint | undefined): number | undefined {
  const [first] = points;
  const last = now ?? points.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < HOUR_MS) return undefined;
  return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * DAY_MS;
}

export function readGrowth(text: string | undefined): readonly GrowthPoint[] {
  return text === undefined ? [] : (JSON.parse(text) as GrowthPoint[]);
}
