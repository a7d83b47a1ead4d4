import type { Reading } from '../../../core/acquisition/reading.ts';
import { entriesBetween } from '../../../core/store/entries.ts';
import type { ReadableStore } from '../../../core/store/handle.ts';

export interface RecordedGap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly treatment: string;
  /** What the register did meanwhile for which nothing is counted. */
  readonly event?: string;
}

/** What the ledger says of one unit, in the order of its indexes. */
export interface RecordedUnit {
  readonly unitId: string;
  readonly readings: readonly Reading[];
  readonly gaps: readonly RecordedGap[];
}

export function recordedUnit(store: ReadableStore, unitId: string): RecordedUnit {
  const readings: Reading[] = [];
  const gaps: RecordedGap[] = [];
  for (const { kind, body } of entriesBetween(store, 0, Number.MAX_SAFE_INTEGER)) {
    if (kind === 'reading') {
      const reading = body.reading as unknown as Reading;
      if (reading.unitId === unitId) readings.push(reading);
    } else if (kind === 'gap' && body.unitId === unitId) {
      const { from, to, treatment, event } = body as unknown as { from: string; to: string } & RecordedGap;
      const span = { fromMs: Date.parse(from), toMs: Date.parse(to), treatment };
      gaps.push(event === undefined ? span : { ...span, event });
    }
  }
  return { unitId, readings, gaps };
}
