import type { Reading, Statistics } from '../../core/acquisition/reading.ts';
import { decodeCycles } from '../../core/acquisition/sample-block.ts';
import { STATISTIC_FIELDS } from '../../core/acquisition/statistic-fields.ts';
import { createUnitInterval } from '../../core/acquisition/unit-interval.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import type { ComputedAgain } from '../../core/evidence/judge-pass.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import type { Json } from '../../core/model/json.ts';

/** It was pushed as it is, or its plant.yaml does not describe these samples. */
const NOT_COMPUTABLE: ComputedAgain = { outcome: 'not-computable' };

/**
 * Computes mean, extremes, coverage and number of each quantity of a polled reading again from its blocks of raw samples,
 * with the code that gathered it. Registers go from block to block and are not looked at here.
 */
export function valuesAgain(reading: Reading, blocks: readonly string[], config: PlantConfig): ComputedAgain {
  const unit = config.units.find(({ id }) => id === reading.unitId);
  if (unit === undefined || reading.push !== undefined || blocks.length === 0) return NOT_COMPUTABLE;
  const [fromMs, toMs] = [Date.parse(reading.from), Date.parse(reading.to)];
  const cycles = blocks.map((block) => cyclesOf(block, config));
  if (cycles.some((each) => each === undefined)) return NOT_COMPUTABLE;
  const interval = createUnitInterval(config, unit, new Map());
  const ordered = cycles.flatMap((each) => each ?? []).sort((a, b) => a.slotMs - b.slotMs);
  // What came too late for its interval lies in the block of the next, and gave its registers alone.
  for (const cycle of ordered) if (cycle.slotMs >= fromMs && cycle.slotMs < toMs) interval.take(cycle);
  const { clock, origin, samples } = reading;
  const closed = interval.close({
    fromMs,
    toMs,
    clock,
    origin,
    samples,
    absence: 'ACQ_NOT_RUNNING',
    offUntilMs: toMs,
    isRecordable: true,
  });
  const field = Object.values(STATISTIC_FIELDS).find((name) => !isSame(reading[name], closed.reading?.[name]));
  return field === undefined ? { outcome: 'same' } : { outcome: 'differs', field };
}

function cyclesOf(block: string, { devices }: PlantConfig): ReturnType<typeof decodeCycles> | undefined {
  const [head = '{}', ...lines] = block.split('\n').slice(0, -1);
  const { deviceId, points } = JSON.parse(head) as { deviceId?: string; points?: { point: string }[] };
  const device = devices.find(({ id }) => id === deviceId);
  const isDescribed = device?.points.length === points?.length;
  if (device === undefined || !isDescribed || points?.some(({ point }, n) => point !== device.points[n]?.ref)) {
    return undefined;
  }
  return decodeCycles(lines, device);
}

/** How much of it was doubted is left out: a device whose clock stands still is doubted behind what is kept. */
function isSame(a: Statistics | undefined, b: Statistics | undefined): boolean {
  const [one, other] = [a, b].map((each) => canonicalize({ ...each, uncertain: 0 } as Json));
  return one === other;
}
