import type { z } from 'zod';
import type { Close } from '../../core/carbon/closed-months.ts';
import { coverOf } from '../../core/carbon/month-cover.ts';
import { changesSince, netChangeWh } from '../../core/carbon/month-difference.ts';
import type { MonthContent } from '../../core/carbon/month-sums.ts';
import { obstaclesOf } from '../../core/carbon/obstacles.ts';
import { type LocalMonth, localMonthSpan } from '../../core/model/local-time.ts';
import { toIso } from '../../core/model/time.ts';
import { lateOfMonth, readingsOfMonth, type UnitReadings, unitBegan } from '../../core/store/months.ts';
import type { monthDetailSchema, monthListSchema } from '../api/schema/month.ts';
import { aTurnForOthers, closedMonths, lookAtMonth, type MonthParts, monthsOf } from './month-facts.ts';

export type MonthListAnswer = z.infer<typeof monthListSchema>;
export type MonthAnswer = MonthListAnswer['items'][number];
export type MonthDetailAnswer = z.infer<typeof monthDetailSchema>;
type CloseAnswer = MonthDetailAnswer['closes'][number];

/** The months from the first reading to now, newest first, `limit` at most. Costs what the tables for queries cost. */
export async function listMonths({ config, store, nowMs }: MonthParts, limit: number): Promise<MonthListAnswer> {
  const timeZone = config.plant.timezone;
  const closes = closedMonths(store);
  const items: MonthAnswer[] = [];
  for (const name of monthsOf(store, timeZone, nowMs()).toReversed().slice(0, limit)) {
    items.push(toAnswer({ config, store, nowMs }, name, closes.inForce(name)));
    await aTurnForOthers();
  }
  return { timeZone, items };
}

/** One month as the tables for queries tell it. */
export function monthAnswer(parts: MonthParts, name: string): MonthAnswer {
  return toAnswer(parts, name, closedMonths(parts.store).inForce(name));
}

/** One month with everything there is to say of it. Adds up its entries, which takes a while. */
export async function showMonth(parts: MonthParts, name: string): Promise<MonthDetailAnswer> {
  const { facts, readout, closes } = await lookAtMonth(parts, name);
  const { content } = readout;
  const inForce = closes.at(-1);
  return {
    ...toAnswer(parts, name, inForce),
    timeZone: facts.timeZone,
    size: readout.size,
    now: content === undefined ? null : figuresOf(content),
    obstacles: [...obstaclesOf(facts)],
    closes: closes.map(toClose),
    changes: inForce === undefined || content === undefined ? [] : [...changesSince(inForce.body, content)],
    netChangeWh: inForce === undefined || content === undefined ? null : netChangeWh(inForce.body, content),
  };
}

function toAnswer({ config, store, nowMs }: MonthParts, month: string, close: Close | undefined): MonthAnswer {
  const span = localMonthSpan(month, config.plant.timezone);
  const units = readingsOfMonth(store, span, close?.body.size ?? Number.MAX_SAFE_INTEGER);
  const readings = units.reduce((sum, each) => sum + each.readings, 0);
  const isRunning = nowMs() < span.toMs;
  const open = readings === 0 ? 'empty' : 'open';
  return {
    month,
    from: toIso(span.fromMs),
    to: toIso(span.toMs),
    state: close !== undefined ? 'closed' : isRunning ? 'running' : open,
    readings,
    cover: monthCover({ config, store, nowMs }, span, units),
    closed: close === undefined ? null : toClose(close),
    late: close === undefined ? null : lateOfMonth(store, span, close.body.size),
  };
}

/** Of what was closed, or else of now. A unit that began only later, or never, is no part of the month. */
function monthCover(
  { config, store, nowMs }: MonthParts,
  span: LocalMonth,
  read: readonly UnitReadings[],
): MonthAnswer['cover'] {
  const ids = [...new Set([...read.map(({ unitId }) => unitId), ...config.units.map(({ id }) => id)])].sort();
  const reaches = ids.flatMap((unitId) => {
    const beganMs = unitBegan(store, unitId);
    if (beganMs === null || beganMs >= span.toMs) return [];
    const { fromMs = null, toMs = null, coveredMs = 0 } = read.find((each) => each.unitId === unitId) ?? {};
    return [{ unitId, fromMs, toMs, coveredMs, beganMs }];
  });
  const { units, missing, ...cover } = coverOf(span, nowMs(), config.intervalMs, reaches);
  return { ...cover, units: [...units], missing: missing.map((part) => ({ ...part, unitIds: [...part.unitIds] })) };
}

function toClose({ index, at, body }: Close): CloseAnswer {
  const { size, root, previous, corrects, why, left, by } = body;
  return { index, at, size, root, ...figuresOf(body), previous, corrects, why, left: [...left], by };
}

function figuresOf({ demo, net, creditedNetWh, units, total }: Omit<MonthContent, 'first' | 'end'>) {
  return { demo, net, creditedNetWh, units: [...units], total };
}
