import { type Close, ClosedMonths } from '../../core/carbon/closed-months.ts';
import type { MonthFacts, UnitReach } from '../../core/carbon/obstacles.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { type LocalMonth, localMonthName, localMonthSpan, monthAfter } from '../../core/model/local-time.ts';
import { allReadingsSpan } from '../../core/store/evidence-queries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { hasReadings, monthCloses, unitReach, unitsOfMonth } from '../../core/store/months.ts';
import { openGap, unstatedSpans } from '../../core/store/open-gaps.ts';
import { type MonthReadout, readMonth } from './read-month.ts';

export interface MonthParts {
  readonly config: Pick<PlantConfig, 'plant' | 'intervalMs' | 'units'>;
  readonly store: ReadableStore;
  readonly nowMs: () => number;
}

/** A month as it stands, and everything that the rules of closing go by. */
export interface MonthStanding {
  readonly facts: MonthFacts;
  readonly readout: MonthReadout;
  /** All closes of the month, the one in force last. */
  readonly closes: readonly Close[];
}

/** Looks at a month without recording anything. `mode` undefined: whichever fits, a first close or a correction. */
export async function lookAtMonth(parts: MonthParts, month: string, mode?: MonthFacts['mode']): Promise<MonthStanding> {
  const { config, store, nowMs } = parts;
  const timeZone = config.plant.timezone;
  const span = localMonthSpan(month, timeZone);
  // As of the same size as the sums: what is recorded while they are made does not take an obstacle away.
  const units = unitsReach(parts, span);
  const readout = await readMonth(store, span, aTurnForOthers);
  const closes = closedMonths(store);
  const facts: MonthFacts = {
    month,
    timeZone,
    span,
    nowMs: nowMs(),
    intervalMs: config.intervalMs,
    content: readout.content,
    unsound: readout.unsound,
    twice: readout.twice,
    units,
    closes,
    openBefore: openBefore(store, month, timeZone, closes),
    mode: mode ?? (closes.inForce(month) === undefined ? 'first' : 'correction'),
  };
  return { facts, readout, closes: closes.of(month) };
}

export function closedMonths(store: ReadableStore): ClosedMonths {
  const closes = monthCloses(store).map(({ index, at, body }) => ({
    index,
    at,
    body: body as unknown as Close['body'],
  }));
  return new ClosedMonths(closes);
}

/** The months from the first reading to now, oldest first. */
export function monthsOf(store: ReadableStore, timeZone: string, nowMs: number): readonly string[] {
  const began = allReadingsSpan(store);
  if (began === undefined) return [];
  const months: string[] = [];
  const last = localMonthName(nowMs, timeZone);
  for (let month = localMonthName(began.fromMs, timeZone); month <= last; month = monthAfter(month)) months.push(month);
  return months;
}

function openBefore(store: ReadableStore, month: string, timeZone: string, closes: ClosedMonths): readonly string[] {
  const { fromMs } = localMonthSpan(month, timeZone);
  return monthsOf(store, timeZone, fromMs - 1).filter(
    (name) => name < month && closes.inForce(name) === undefined && hasReadings(store, localMonthSpan(name, timeZone)),
  );
}

/** The units of plant.yaml that had begun before the month ended, and those that have readings of it. */
function unitsReach({ config, store }: MonthParts, span: LocalMonth): readonly UnitReach[] {
  const ids = new Set([...config.units.map(({ id }) => id), ...unitsOfMonth(store, span)]);
  return [...ids].flatMap((unitId) => {
    const { beganMs, reachedMs } = unitReach(store, unitId, span.toMs);
    if (beganMs === null || beganMs >= span.toMs) return [];
    const fromMs = Math.max(span.fromMs, beganMs);
    const unstated = unstatedSpans(store, unitId, fromMs, span.toMs);
    return [
      {
        unitId,
        reachedMs,
        unstatedMs: unstated.reduce((sum, each) => sum + each.toMs - each.fromMs, 0),
        openSinceMs: openGap(store, unitId, span.toMs)?.fromMs ?? null,
      },
    ];
  });
}

/** Polls, pushes and other requests come between two pages, and between two months. */
export function aTurnForOthers(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
