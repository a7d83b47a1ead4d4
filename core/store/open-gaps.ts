import { bytesOfNamed, parseEntry } from './entries.ts';
import type { ReadableStore } from './handle.ts';
import { indexesOfKind } from './stored-entries.ts';

/** A stretch without a usable value that recorded readings leave open: it reaches to the end of the newest one. */
export interface RecordedOpenGap {
  readonly fromMs: number;
  readonly toMs: number;
  /** Milliseconds by reason. */
  readonly reasons: ReadonlyMap<string, number>;
}

interface ReadingGaps {
  readonly index: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly reason: string }[];
}

/** No interval is longer (the table of readings enforces it). */
const INTERVAL_MAX_MS = 86_400_000;

/**
 * The unit's open stretch as of its newest reading that began before `beforeMs`; undefined when all have ended. Whole
 * intervals without a reading, for which no gap speaks, belong to the stretch that follows them.
 */
export function openGap(store: ReadableStore, unitId: string, beforeMs: number): RecordedOpenGap | undefined {
  const reasons = new Map<string, number>();
  let span: { fromMs: number; toMs: number } | undefined;
  let laterIndex = 0;
  for (const reading of backwards(store, unitId, beforeMs)) {
    if (span !== undefined && reading.toMs < span.fromMs) {
      if (isStated(store, unitId, reading.toMs, span.fromMs)) break;
      const reason = reasonBetween(store, reading.index, laterIndex);
      reasons.set(reason, (reasons.get(reason) ?? 0) + span.fromMs - reading.toMs);
      span.fromMs = reading.toMs;
    }
    // A stretch that ended with this reading, at its very end, was stated with it.
    if (isStated(store, unitId, reading.toMs - 1, reading.toMs)) break;
    const reachedMs = takeTrailing(reading, reasons);
    if (reachedMs === reading.toMs) break;
    span = { fromMs: reachedMs, toMs: span?.toMs ?? reading.toMs };
    laterIndex = reading.index;
    if (reachedMs > reading.fromMs) break;
  }
  return span === undefined ? undefined : { ...span, reasons };
}

function* backwards(store: ReadableStore, unitId: string, beforeMs: number): Generator<ReadingGaps> {
  const sql = 'SELECT idx AS "index" FROM readings WHERE unit_id = ? AND from_ms < ? ORDER BY from_ms DESC';
  for (const { index } of store.rows<{ index: number }>(sql, unitId, beforeMs)) {
    const reading = parseEntry(bytesOfNamed(store, index)).body.reading as unknown as {
      from: string;
      to: string;
    } & Pick<ReadingGaps, 'gaps'>;
    yield { index, fromMs: Date.parse(reading.from), toMs: Date.parse(reading.to), gaps: reading.gaps };
  }
}

/** Where the stretch that reaches the reading's end begins within it; its end when there is none. */
function takeTrailing({ toMs, gaps }: ReadingGaps, reasons: Map<string, number>): number {
  let reachedMs = toMs;
  for (const { from, to, reason } of gaps.toReversed()) {
    if (Date.parse(to) !== reachedMs) break;
    const fromMs = Date.parse(from);
    reasons.set(reason, (reasons.get(reason) ?? 0) + reachedMs - fromMs);
    reachedMs = fromMs;
  }
  return reachedMs;
}

/** Whether a gap speaks for a part of `[fromMs, toMs)`. */
function isStated(store: ReadableStore, unitId: string, fromMs: number, toMs: number): boolean {
  const sql = 'SELECT 1 FROM gaps WHERE unit_id = ? AND from_ms < ? AND to_ms > ? LIMIT 1';
  return store.get(sql, unitId, toMs, fromMs) !== undefined;
}

/** Why nothing was recorded between two readings: the clock was stepped, else Forebay was off. */
function reasonBetween(store: ReadableStore, index: number, laterIndex: number): string {
  return indexesOfKind(store, 'clock', index + 1, laterIndex).length === 0 ? 'ACQ_NOT_RUNNING' : 'ACQ_CLOCK_STEP';
}

/** The parts of `[fromMs, toMs)` for which neither a reading nor a gap of the unit speaks yet, in order. */
export function unstatedSpans(
  store: ReadableStore,
  unitId: string,
  fromMs: number,
  toMs: number,
): readonly { readonly fromMs: number; readonly toMs: number }[] {
  const stated = store.rows<{ fromMs: number; toMs: number }>(
    `SELECT from_ms AS fromMs, to_ms AS toMs FROM readings
       WHERE unit_id = ? AND from_ms < ? AND from_ms > ? AND to_ms > ?
     UNION ALL SELECT from_ms, to_ms FROM gaps WHERE unit_id = ? AND from_ms < ? AND to_ms > ? ORDER BY 1`,
    unitId,
    toMs,
    fromMs - INTERVAL_MAX_MS,
    fromMs,
    unitId,
    toMs,
    fromMs,
  );
  const spans: { fromMs: number; toMs: number }[] = [];
  let reachedMs = fromMs;
  for (const row of stated) {
    if (row.fromMs > reachedMs) spans.push({ fromMs: reachedMs, toMs: row.fromMs });
    reachedMs = Math.max(reachedMs, row.toMs);
  }
  if (toMs > reachedMs) spans.push({ fromMs: reachedMs, toMs });
  return spans;
}
