import type { UnitConfig } from '../core/config/plant.ts';
import { toIso } from '../core/model/time.ts';
import type { RecordedReading } from '../core/store/reading-page.ts';
import { newestReadingsOfUnit, queryReadings } from '../core/store/readings.ts';
import type { StatusParts, UnitStatus } from './plant-status.ts';

/** As with polls and pushes, what is missing three times over is silence. */
const SILENT_INTERVALS = 3;

export interface NewestReading {
  /** The reading that speaks for the present; undefined where the unit has none. */
  readonly reading: RecordedReading | undefined;
  readonly freshness: UnitStatus['freshness'];
}

type Parts = Pick<StatusParts, 'config' | 'store' | 'nowMs' | 'running'>;

/**
 * The reading of a unit that speaks for the present, and whether it still does. A reading that a clock which ran ahead
 * dated into the future says nothing of today, however good it was: once others were recorded, the newest that has begun
 * counts; while none was, that is what is said.
 */
export function newestReading(unit: UnitConfig, parts: Parts): NewestReading {
  const { config, store, nowMs } = parts;
  const begun = queryReadings(store, { unitId: unit.id, toMs: nowMs, order: 'desc', limit: 1 }).items[0];
  const [recorded] = newestReadingsOfUnit(store, unit.id);
  if (recorded !== undefined && endMs(recorded) > nowMs + config.intervalMs) {
    return { reading: recorded, freshness: { state: 'ahead', lastTo: toIso(endMs(recorded)) } };
  }
  if (begun !== undefined) {
    const isOverdue = nowMs - endMs(begun) > silentMs(unit, config);
    return { reading: begun, freshness: { state: isOverdue ? 'overdue' : 'current', lastTo: toIso(endMs(begun)) } };
  }
  const startedAtMs = parts.running?.startedAtMs ?? nowMs;
  const isOverdue = nowMs - startedAtMs > silentMs(unit, config);
  return { reading: undefined, freshness: { state: isOverdue ? 'overdue' : 'none', lastTo: null } };
}

/** From this age of its newest reading on, a unit is silent. A device may be read more rarely than intervals close. */
function silentMs({ signals }: UnitConfig, { intervalMs, devices }: Parts['config']): number {
  const points = Object.values(signals);
  const own = devices.filter(({ id }) => points.some((point) => point.startsWith(`${id}/`)));
  return SILENT_INTERVALS * Math.max(intervalMs, ...own.map(({ periodMs }) => periodMs));
}

function endMs({ body }: RecordedReading): number {
  return Date.parse((body as unknown as { reading: { to: string } }).reading.to);
}
