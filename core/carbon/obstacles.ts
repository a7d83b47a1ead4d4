import type { LocalMonth } from '../model/local-time.ts';
import { toIso } from '../model/time.ts';
import type { Close, ClosedMonths } from './closed-months.ts';
import { changesSince } from './month-difference.ts';
import type { MonthContent } from './month-sums.ts';

/** What a person may leave without credit, so that the month can be closed all the same. */
export const LEAVES = ['gaps', 'flagged'] as const;
export type Leave = (typeof LEAVES)[number];

/** One reason why a month cannot be closed. */
export interface Obstacle {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** What it takes to close the month in spite of it; null where nothing does. */
  readonly leave: Leave | null;
}

/** How far what is recorded speaks of a unit. */
export interface UnitReach {
  readonly unitId: string;
  /** End of the last reading or gap that began before the month's end; null where there is none. */
  readonly reachedMs: number | null;
  /** Time of the month since the unit's first reading of which neither a reading nor a gap speaks. */
  readonly unstatedMs: number;
  /** Begin of a gap that no reading has ended yet; null without one. */
  readonly openSinceMs: number | null;
}

export interface MonthFacts {
  readonly month: string;
  readonly timeZone: string;
  readonly span: LocalMonth;
  readonly nowMs: number;
  readonly intervalMs: number;
  readonly content: MonthContent | undefined;
  /** What is wrong with the entries of the month; undefined when they are what the device signed. */
  readonly unsound: string | undefined;
  /** Indexes of readings of a unit for a time for which it has another. */
  readonly twice: readonly number[];
  readonly units: readonly UnitReach[];
  readonly closes: ClosedMonths;
  /** Earlier months with readings that nobody closed. */
  readonly openBefore: readonly string[];
  /** Whether the close is to take the place of an earlier one. */
  readonly mode: 'first' | 'correction';
}

/** Everything that stands in the way, all at once, in the order in which it is best looked at. */
export function obstaclesOf(facts: MonthFacts): readonly Obstacle[] {
  return [
    ...notOver(facts),
    ...unsound(facts),
    ...empty(facts),
    ...closedAlready(facts),
    ...order(facts),
    ...zone(facts),
    ...waiting(facts),
    ...unfinished(facts),
    ...gaps(facts),
  ];
}

function notOver({ month, timeZone, span, nowMs }: MonthFacts): Obstacle[] {
  if (nowMs >= span.toMs) return [];
  const message = `${month} ends at ${toIso(span.toMs)} in ${timeZone}, which is not past yet.`;
  return [
    hard('CAR_MONTH_NOT_OVER', message, 'close it once the month is over; check the clock of this computer if it is'),
  ];
}

function unsound({ month, unsound: what, twice }: MonthFacts): Obstacle[] {
  const found: Obstacle[] = [];
  if (what !== undefined) {
    const message = `Entries of ${month} are not what was recorded, so nothing of it is summed: ${what}`;
    found.push(
      hard(
        'CAR_MONTH_UNSOUND',
        message,
        'run `forebay ledger fsck`, keep the data folder as it is and restore the latest backup',
      ),
    );
  }
  if (twice.length > 0) {
    const message = `A unit has two readings for the same time in ${month}: entry ${list(twice.map(String))} counts again what another counted.`;
    found.push(hard('CAR_MONTH_TWICE', message, 'run `forebay ledger fsck` and look at these readings'));
  }
  return found;
}

function empty({ month, content, unsound: what }: MonthFacts): Obstacle[] {
  if (content !== undefined || what !== undefined) return [];
  return [
    hard(
      'CAR_MONTH_EMPTY',
      `No reading ends in ${month}.`,
      'there is nothing to close; the next month with readings can be closed',
    ),
  ];
}

function closedAlready({ month, content, closes, mode }: MonthFacts): Obstacle[] {
  const close = closes.inForce(month);
  if (mode === 'first') {
    if (close === undefined) return [];
    const message = `${month} was closed by ${close.body.by} at ${close.at} (entry ${close.index}).`;
    return [
      hard(
        'CAR_MONTH_CLOSED',
        message,
        'a month is closed once; where its figures have changed since, close it with --correct and --why',
      ),
    ];
  }
  if (close === undefined) {
    return [
      hard(
        'CAR_MONTH_NOT_CLOSED',
        `${month} is not closed, so there is nothing to correct.`,
        'close it without --correct',
      ),
    ];
  }
  if (content === undefined || changesSince(close.body, content).length > 0) return [];
  const message = `The entries of ${month} still give what entry ${close.index} says.`;
  return [hard('CAR_MONTH_UNCHANGED', message, 'there is nothing to correct')];
}

function order({ month, openBefore }: MonthFacts): Obstacle[] {
  if (openBefore.length === 0) return [];
  const message = `${list(openBefore)} ${openBefore.length === 1 ? 'has' : 'have'} readings and ${openBefore.length === 1 ? 'is' : 'are'} not closed; months are closed in their order.`;
  return [hard('CAR_MONTH_ORDER', message, `close ${openBefore[0] ?? month} first`)];
}

function zone({ month, timeZone, span, closes }: MonthFacts): Obstacle[] {
  const other = closes.first?.body.timeZone;
  const overlap: Close | undefined = closes.overlapping(month, span);
  if ((other === undefined || other === timeZone) && overlap === undefined) return [];
  const message =
    overlap === undefined
      ? `The months of this ledger are closed in ${other}, and plant.yaml says ${timeZone}: readings at the edge would be in two months or in none.`
      : `${month} in ${timeZone} overlaps ${overlap.body.month} as it was closed with entry ${overlap.index}.`;
  return [hard('CAR_MONTH_ZONE', message, `put plant.timezone back to ${other ?? timeZone}`)];
}

function waiting({ content }: MonthFacts): Obstacle[] {
  const { waiting: count = 0, waitingWh = 0 } = content?.total ?? {};
  if (count === 0) return [];
  const message = `${plural(count, 'flagged reading waits', 'flagged readings wait')} for a person, with ${kwh(waitingWh)}.`;
  const hint = 'decide on them on the page To review or with `forebay review`, or leave them without credit';
  return [{ code: 'CAR_MONTH_WAITING', message, hint, leave: 'flagged' }];
}

function unfinished({ span, intervalMs, units, nowMs }: MonthFacts): Obstacle[] {
  if (nowMs < span.toMs) return [];
  const late = units.filter(({ reachedMs }) => reachedMs === null || reachedMs + intervalMs <= span.toMs);
  return late.map(({ unitId, reachedMs }) => {
    const reached = reachedMs === null ? 'holds nothing of it' : `ends at ${toIso(reachedMs)}`;
    const message = `What is recorded of ${unitId} ${reached}, before the month does.`;
    const hint = 'wait until its last interval or push is recorded; if none will come, leave it without credit';
    return { code: 'CAR_MONTH_UNFINISHED', message, hint, leave: 'gaps' } as const;
  });
}

function gaps({ content, units, nowMs, span }: MonthFacts): Obstacle[] {
  if (nowMs < span.toMs) return [];
  const words = [
    ...(content?.units ?? []).flatMap(({ unitId, gapUncreditedMs }) =>
      gapUncreditedMs > 0
        ? [`${unitId} ${duration(gapUncreditedMs)} that no meter is known to have counted through`]
        : [],
    ),
    ...units.flatMap(({ unitId, unstatedMs }) =>
      unstatedMs > 0 ? [`${unitId} ${duration(unstatedMs)} without reading and gap`] : [],
    ),
    ...units.flatMap(({ unitId, openSinceMs }) =>
      openSinceMs === null ? [] : [`${unitId} a gap since ${toIso(openSinceMs)} that has not ended`],
    ),
  ];
  if (words.length === 0) return [];
  const hint =
    '`forebay gaps` lists them; what the meter shows afterwards counts later, and energy of these times is left without credit now';
  return [
    { code: 'CAR_MONTH_GAPS', message: `Not all of the month was seen: ${words.join('; ')}.`, hint, leave: 'gaps' },
  ];
}

function hard(code: string, message: string, hint: string): Obstacle {
  return { code, message, hint, leave: null };
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

const WH_PER_KWH = 1000;

function kwh(energyWh: number): string {
  return `${(energyWh / WH_PER_KWH).toFixed(3)} kWh`;
}

const MS_PER_S = 1000;
const S_PER_MIN = 60;
const MIN_PER_H = 60;

function duration(ms: number): string {
  const seconds = Math.ceil(ms / MS_PER_S);
  if (seconds < S_PER_MIN) return `${seconds} s`;
  const minutes = Math.round(seconds / S_PER_MIN);
  return minutes < MIN_PER_H ? `${minutes} min` : `${Math.floor(minutes / MIN_PER_H)} h ${minutes % MIN_PER_H} min`;
}
