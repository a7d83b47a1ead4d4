import type { JsonObject } from '../model/json.ts';
import { toIso } from '../model/time.ts';
import type { CounterState } from './counter-state.ts';
import type { EndedGap } from './gap-tracker.ts';

const MICRO_WH_PER_WH = 1_000_000n;
const MS_PER_S = 1000;

/**
 * The body of a gap entry, version 2. `treatment` says what becomes of the energy of the stretch:
 *
 * - `counter-difference`: the meter counted on, and `energyWh` is in the reading of entry `reading`
 * - `not-credited`: nothing counted it, or the register left its values meanwhile (`event`)
 *
 * For flapping, where many short stretches make one entry, `energyWh` is that of the whole time from the first to the
 * last of them.
 */
export function gapBody(gap: EndedGap, readingIndex: number | undefined): JsonObject {
  const { unitId, fromMs, toMs, reasons, flapping } = gap;
  const byShare = [...reasons].toSorted(([a, aMs], [b, bMs]) => bMs - aMs || (a < b ? -1 : 1));
  return {
    v: 2,
    unitId,
    from: toIso(fromMs),
    to: toIso(toMs),
    reason: byShare[0]?.[0] ?? 'ACQ_NOT_POLLED',
    ...(byShare.length < 2 ? {} : { reasons: Object.fromEntries(byShare.map(([code, ms]) => [code, ms / MS_PER_S])) }),
    ...treatmentOf(gap, readingIndex),
    ...(flapping === undefined
      ? {}
      : { missingSeconds: flapping.missingMs / MS_PER_S, periodMs: flapping.periodMs, runs: [...flapping.runs] }),
  };
}

function treatmentOf({ isMetered, isCarried, before, after }: EndedGap, readingIndex: number | undefined): JsonObject {
  if (!isMetered || before === undefined) return { treatment: 'not-credited' };
  if (after === undefined) return { treatment: 'counter-difference' };
  const event = breakWithin(before, after);
  if (event !== undefined) return { treatment: 'not-credited', event };
  const energyWh = Number(after.totalMicroWh / MICRO_WH_PER_WH - before.totalMicroWh / MICRO_WH_PER_WH);
  const where = isCarried && readingIndex !== undefined ? { reading: readingIndex } : {};
  return { treatment: 'counter-difference', energyWh, ...where };
}

/** What the register did in between for which nothing is counted. */
function breakWithin(before: CounterState, after: CounterState): string | undefined {
  const last = lastUncounted(after);
  if (last === undefined || last.toAtMs === lastUncounted(before)?.toAtMs) return undefined;
  return last.kind;
}

function lastUncounted({ breaks = [] }: CounterState) {
  return breaks.findLast(({ kind }) => kind !== 'wrap' && kind !== 'leap');
}
