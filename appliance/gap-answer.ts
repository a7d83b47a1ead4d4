import type { z } from 'zod';
import type { GapRow } from '../core/ledger/projection.ts';
import { toIso } from '../core/model/time.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { openGap } from '../core/store/open-gaps.ts';
import type { openGapSchema, recordedGapSchema } from './api/schema/gap.ts';

export type GapAnswer = z.infer<typeof recordedGapSchema>;
export type OpenGapAnswer = z.infer<typeof openGapSchema>;

/** A recorded gap as the API and the command line show it. */
export function toGapAnswer(row: GapRow): GapAnswer {
  const { index, unitId, fromMs, toMs, reason, treatment, energyWh, readingIndex, missingMs } = row;
  return { index, unitId, from: toIso(fromMs), to: toIso(toMs), reason, treatment, energyWh, readingIndex, missingMs };
}

/** The stretches that the units' newest readings leave open. */
export function openGapAnswers(store: ReadableStore, unitIds: readonly string[], nowMs: number): OpenGapAnswer[] {
  return unitIds.flatMap((unitId) => {
    const open = openGap(store, unitId, nowMs);
    if (open === undefined) return [];
    const [reason = ''] = [...open.reasons].toSorted(([, a], [, b]) => b - a).map(([code]) => code);
    return [{ unitId, from: toIso(open.fromMs), knownTo: toIso(open.toMs), reason }];
  });
}
