import type { Reading, RegisterSpan } from '../../acquisition/reading.ts';
import { instantMs, toIso } from '../../model/time.ts';
import { adviseOnGaps } from '../gap-advice.ts';
import type { VerificationContext } from '../layer.ts';
import { energySpanOf } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, showCoverage, showDuration, suspect } from '../suspicion.ts';

/** How far from the interval's edge a register may be read and still count as read there: one ordinary poll. */
const EDGE_TOLERANCE_MS = 2000;

/** Which time the energy really stands for, and how much of the interval was sampled. */
export function checkSpan(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): (Suspicion | undefined)[] {
  const edges = edgesOf(reading);
  return [
    checkGap(reading, context) ?? checkBefore(edges),
    checkWithin(edges),
    checkCoverage(reading, edges, settings),
  ];
}

/** How far the register's span reaches beyond the interval's begin and stays within it, milliseconds, 0 or more. */
interface Edges {
  readonly register: RegisterSpan;
  readonly beforeMs: number;
  readonly lateMs: number;
  readonly shortMs: number;
}

function edgesOf(reading: Reading): Edges | undefined {
  const register = reading.energySource === 'counter' ? reading.registers?.energyExport : undefined;
  if (register === undefined) return undefined;
  const lateMs = beyondTolerance(instantMs(register.startAt) - instantMs(reading.from));
  const beforeMs = beyondTolerance(instantMs(reading.from) - instantMs(register.startAt));
  const shortMs = beyondTolerance(instantMs(reading.to) - instantMs(register.endAt));
  return { register, beforeMs, lateMs, shortMs };
}

function beyondTolerance(differenceMs: number): number {
  return differenceMs > EDGE_TOLERANCE_MS ? differenceMs : 0;
}

function checkGap(reading: Reading, { intervalMs }: VerificationContext): Suspicion | undefined {
  if (reading.energySource !== 'counter') return undefined;
  const span = energySpanOf(reading);
  if (span === undefined || span.spanMs <= intervalMs) return undefined;
  const aloneMs = span.spanMs - Math.min(span.spanMs, intervalMs * reading.coverage);
  if (aloneMs < intervalMs) return undefined;
  return suspect('consistency', 'flag', 0, {
    code: 'VER_ENERGY_SPANS_GAP',
    message:
      `The ${show(span.energyKwh, 2)} kWh were counted over ${showDuration(span.spanMs)}; for ` +
      `${showDuration(aloneMs)} of that the meter's register alone speaks.`,
    action: 'The register kept counting, so the energy is whole. Confirm it with the log of the outage.',
    evidence: { energyKwh: span.energyKwh, spanMs: span.spanMs, aloneMs },
  });
}

/** After a short pause across the boundary; a long one is flagged by `checkGap`, which then says it instead. */
function checkBefore(edges: Edges | undefined): Suspicion | undefined {
  if (edges === undefined || edges.beforeMs === 0) return undefined;
  const { startAt } = edges.register;
  return suspect('consistency', 'note', 0, {
    code: 'VER_ENERGY_FROM_BEFORE',
    message:
      `Includes the energy of ${showDuration(edges.beforeMs)} before the interval, from ${timeOfDay(startAt)}, ` +
      'which the meter counted while nothing was polled.',
    action: 'Nothing to do: the reading before ends at that moment, so nothing is lost or counted twice.',
    evidence: { startAt, beforeMs: edges.beforeMs },
  });
}

/** The register was first read after the begin, as in the very first reading, or last read before the end. */
function checkWithin(edges: Edges | undefined): Suspicion | undefined {
  if (edges === undefined || (edges.lateMs === 0 && edges.shortMs === 0)) return undefined;
  const { register, lateMs, shortMs } = edges;
  const parts: string[] = [];
  if (lateMs > 0) {
    parts.push(`from ${timeOfDay(register.startAt)} on, ${showDuration(lateMs)} after the interval began`);
  }
  if (shortMs > 0) {
    parts.push(`until ${timeOfDay(register.endAt)}, ${showDuration(shortMs)} before the interval ended`);
  }
  return suspect('consistency', 'note', 0, {
    code: 'VER_ENERGY_PART_OF_INTERVAL',
    message: `The energy counts ${parts.join(' and ')}.`,
    action:
      shortMs > 0
        ? 'Nothing to do: what the meter counted afterwards is in the next reading.'
        : 'Nothing to do: what the meter counted before it was first read is not claimed.',
    evidence: { startAt: register.startAt, endAt: register.endAt, lateMs, shortMs },
  });
}

/**
 * Missing samples within the interval. Only a note while a register was read: then the energy over its span is
 * complete and only its profile has holes. Without such a register the holes are in the energy itself.
 */
function checkCoverage(
  reading: Reading,
  edges: Edges | undefined,
  { consistency: limits }: VerificationSettings,
): Suspicion | undefined {
  if (reading.coverage >= limits.coverageNoteShare || (reading.coverage === 0 && reading.energyWh === undefined)) {
    return undefined;
  }
  const isCounted = reading.energySource === 'counter';
  const isWhole = edges !== undefined && edges.lateMs === 0 && edges.shortMs === 0;
  return suspect('consistency', isCounted ? 'note' : 'flag', isCounted ? 0 : 1 - reading.coverage, {
    code: 'VER_COVERAGE_LOW',
    message:
      `Only ${showCoverage(reading.coverage)} of the interval was ` +
      `sampled${isWhole ? '; the energy is whole, since the register was read at both ends' : ''}.`,
    action: adviseOnGaps(reading.gaps),
    evidence: { coverage: reading.coverage, gaps: reading.gaps.length },
  });
}

function timeOfDay(iso: string): string {
  return `${toIso(instantMs(iso)).slice(11, 19)} UTC`;
}
