import type { ReadableStore } from '../../../core/store/handle.ts';
import { sampleBlock } from '../../../core/store/samples.ts';
import type { RecordedUnit } from './recorded-unit.ts';

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Each moment of a unit is spoken for once: by a reading, or by a gap where none was taken; what a reading could not
 * cover has its gap too; and the raw samples that a reading names are kept.
 */
export function checkGaps(
  store: ReadableStore,
  { unitId, readings, gaps }: RecordedUnit,
  isClockTrue: boolean,
): string[] {
  const findings: string[] = [];
  for (const { from, samples } of readings) {
    for (const { digest } of samples) {
      if (sampleBlock(store, digest) === undefined) findings.push(`${unitId}: the samples of ${from} are not kept`);
    }
  }
  // Where a clock was put back there are moments twice, and where it was put forward there are some that never were.
  if (!isClockTrue) return findings;
  const stated = gaps.toSorted((a, b) => a.fromMs - b.fromMs);
  for (const [n, gap] of stated.entries()) {
    const next = stated[n + 1];
    if (next !== undefined && next.fromMs < gap.toMs) findings.push(`${unitId}: ${nameOf(next)} is stated twice`);
  }
  const spans = readings.map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) }));
  const missing = readings.flatMap((reading) =>
    reading.gaps.map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) })),
  );
  // What has not ended with the last reading is stated once it does.
  const endMs = spans.at(-1)?.toMs;
  for (const span of [...missing.filter(({ toMs }) => toMs !== endMs), ...holesIn(spans)]) {
    if (!isCovered(span, stated)) findings.push(`${unitId}: no gap says what became of ${nameOf(span)}`);
  }
  return findings;
}

/** The time between the first and the last reading for which there is none. */
function holesIn(spans: readonly Span[]): Span[] {
  const ordered = spans.toSorted((a, b) => a.fromMs - b.fromMs);
  return ordered.flatMap(({ toMs }, n) => {
    const next = ordered[n + 1];
    return next === undefined || next.fromMs <= toMs ? [] : [{ fromMs: toMs, toMs: next.fromMs }];
  });
}

function isCovered({ fromMs, toMs }: Span, stated: readonly Span[]): boolean {
  let reachedMs = fromMs;
  for (const gap of stated) {
    if (gap.fromMs <= reachedMs && gap.toMs > reachedMs) reachedMs = gap.toMs;
  }
  return reachedMs >= toMs;
}

function nameOf({ fromMs, toMs }: Span): string {
  return `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
}
