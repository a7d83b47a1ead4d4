import { toIso } from '../model/time.ts';

/** How far the readings of a month reach at a unit. */
export interface UnitReachOfMonth {
  readonly unitId: string;
  /** Begin of its first reading of the month and end of its last; null where it has none. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Length of its readings. */
  readonly coveredMs: number;
  /** Begin of its first reading ever; null before it. */
  readonly beganMs: number | null;
}

/** A part of the month of which units have no reading. */
export interface MissingPart {
  readonly unitIds: readonly string[];
  /**
   * - `before-first`: before `at` they have none, nor in an earlier month, so that time counts nothing
   * - `before`: before `at` they have none, though they had some in an earlier month; a meter may have counted on
   * - `after`: after `at` they have none, so that time counts nothing in this month
   * - `all`: they have none of the whole month
   */
  readonly kind: 'before-first' | 'before' | 'after' | 'all';
  readonly at: string | null;
}

/** Which part of a month readings cover. */
export interface MonthCover {
  /** Length of the month, or of what has passed of it. */
  readonly ofMs: number;
  /** Covered by the readings of the unit that has least, as a share of `ofMs`, 0 to 1; of the one that has most. */
  readonly leastShare: number;
  readonly mostShare: number;
  readonly units: readonly { readonly unitId: string; readonly coveredMs: number }[];
  readonly missing: readonly MissingPart[];
}

/**
 * Which part of the month is covered, by units that had begun before it ended. What an interval across the month's edge
 * leaves over is no missing part: a reading is of one month as a whole.
 */
export function coverOf(
  span: { readonly fromMs: number; readonly toMs: number },
  nowMs: number,
  intervalMs: number,
  reaches: readonly UnitReachOfMonth[],
): MonthCover {
  const untilMs = Math.min(span.toMs, Math.max(nowMs, span.fromMs));
  const ofMs = untilMs - span.fromMs;
  const shares = reaches.map(({ coveredMs }) => (ofMs === 0 ? 0 : Math.min(1, coveredMs / ofMs)));
  const parts = reaches.flatMap(({ unitId, fromMs, toMs, beganMs }): MissingPart[] => {
    const unitIds = [unitId];
    if (fromMs === null || toMs === null) return [{ unitIds, kind: 'all', at: null }];
    const before: MissingPart = {
      unitIds,
      kind: beganMs === null || beganMs >= span.fromMs ? 'before-first' : 'before',
      at: toIso(fromMs),
    };
    return [
      ...(fromMs - span.fromMs >= intervalMs ? [before] : []),
      // The interval that runs now is not missing.
      ...(untilMs - toMs >= (untilMs < span.toMs ? 2 : 1) * intervalMs
        ? [{ unitIds, kind: 'after', at: toIso(toMs) } as const]
        : []),
    ];
  });
  return {
    ofMs,
    leastShare: shares.length === 0 ? 0 : Math.min(...shares),
    mostShare: shares.length === 0 ? 0 : Math.max(...shares),
    units: reaches.map(({ unitId, coveredMs }) => ({ unitId, coveredMs })),
    missing: together(parts),
  };
}

/** Units of which the same is missing are named together. */
function together(parts: readonly MissingPart[]): readonly MissingPart[] {
  const groups = new Map<string, MissingPart>();
  for (const part of parts) {
    const key = `${part.kind} ${part.at}`;
    groups.set(key, { ...part, unitIds: [...(groups.get(key)?.unitIds ?? []), ...part.unitIds] });
  }
  return [...groups.values()];
}
