import { localMinute } from '../../core/model/local-time.ts';
import { FIGURE_WORDS } from './figure-words.ts';
import type { MonthAnswer, MonthDetailAnswer } from './month-answer.ts';

const WH_PER_KWH = 1000;

function kwh(energyWh: number): string {
  return `${(energyWh / WH_PER_KWH).toFixed(3)} kWh`;
}

export const MONTH_TITLES = ['month', 'state', 'covered', 'readings', 'credited, net', 'closed', 'by', 'since then'];

/** A month as a row of the table of months. */
export function monthRow({ month, state: given, readings, cover, closed, late }: MonthAnswer): string[] {
  const state = closed !== null && cover.missing.length > 0 ? 'closed, in part' : STATE_WORDS[given];
  const begin = [month, state, readings === 0 ? '' : shareWords(cover), String(readings)];
  if (closed === null) return [...begin, '', '', '', ''];
  const name = closed.corrects === null ? `entry ${closed.index}` : `entry ${closed.index}, corrected`;
  const credited = closed.demo ? 'demonstration' : kwh(closed.creditedNetWh);
  return [...begin, credited, `${closed.at} (${name})`, closed.by, lateWords(late)];
}

function lateWords(late: MonthAnswer['late']): string {
  const { readings = 0, reviews = 0 } = late ?? {};
  const words = [
    ...(readings === 0 ? [] : [count(readings, 'reading', 'readings')]),
    ...(reviews === 0 ? [] : [count(reviews, 'review', 'reviews')]),
  ];
  return words.join(', ');
}

/** A month in lines: the figures that stand, unit by unit, and how they came to be. */
export function monthLines(answer: MonthDetailAnswer): string[] {
  const { month, timeZone, from, to, state, now, closed, size, cover } = answer;
  const figures = closed ?? now;
  const lines = [
    `${month} in ${timeZone}, from ${from} to ${to}: ${STATES[state]}${closed !== null && cover.missing.length > 0 ? ', in part' : ''}.`,
    ...coverLines(answer),
  ];
  if (closed !== null) {
    const leftOut = closed.left.length === 0 ? '' : ` Left without credit: ${closed.left.map(leftWords).join(', ')}.`;
    const correction = closed.corrects === null ? '' : ` It corrects entry ${closed.corrects}: ${closed.why}`;
    lines.push(
      `Closed by ${closed.by} at ${closed.at} as entry ${closed.index}, over the first ${closed.size} entries.${leftOut}${correction}`,
    );
  } else if (now !== null) lines.push(`Figures of now, over the first ${size} entries; nobody has closed them.`);
  if (figures === null) return [...lines, 'Its entries give no figures.'];
  for (const unit of figures.units) {
    lines.push(
      `${unit.unitId}: ${count(unit.readings, 'reading', 'readings')}; approved ${kwh(unit.approvedWh)}, flagged ${kwh(unit.flaggedWh)}, rejected ${kwh(unit.rejectedWh)}; credited ${kwh(unit.creditedWh)}.`,
    );
  }
  const { net, total } = figures;
  lines.push(
    `All units: credited ${kwh(total.creditedWh)}; persons approved ${kwh(total.personsApprovedWh)} and rejected ${kwh(total.personsRejectedWh)}; ${count(total.waiting, 'reading waits', 'readings wait')} with ${kwh(total.waitingWh)}.`,
    `Net by ${net.words}: ${kwh(net.interfaceWh + net.terminalsWh)} less ${kwh(net.importWh)} imported${net.importIntervals === 0 ? ' (not measured)' : ''}.`,
    figures.demo
      ? 'Demonstration data: nothing may be claimed.'
      : `May be claimed: ${figures.creditedNetWh} Wh (${kwh(figures.creditedNetWh)}).`,
  );
  return lines;
}

/** How much of the month, or of what has passed of it, readings cover; of units that differ, the least and the most. */
function shareWords({ leastShare, mostShare }: MonthAnswer['cover']): string {
  const [least, most] = [percent(leastShare), percent(mostShare)];
  return least === most ? `${least} %` : `${least} to ${most} %`;
}

/** Rounded down, so that 100 % means all of it. */
function percent(share: number): number {
  return Math.floor(share * 100 + 1e-9);
}

/** How much of the month readings cover, and of which part there are none. */
export function coverLines({
  cover,
  timeZone,
  state,
}: Pick<MonthDetailAnswer, 'cover' | 'timeZone' | 'state'>): string[] {
  if (cover.units.length === 0) return [];
  const of = state === 'running' ? 'what has passed of the month' : 'the month';
  const missing = cover.missing.map(({ unitIds, kind, at }) => {
    const time = at === null ? '' : `${localMinute(Date.parse(at), timeZone)} (${timeZone})`;
    return MISSING[kind](unitIds.join(', '), time);
  });
  return [`Readings cover ${shareWords(cover)} of ${of}.`, ...missing];
}

const MISSING: Readonly<
  Record<MonthAnswer['cover']['missing'][number]['kind'], (unit: string, time: string) => string>
> = {
  'before-first': (unit, time) => `No readings of ${unit} before ${time}; that time counts nothing.`,
  before: (unit, time) =>
    `No readings of ${unit} before ${time}; of that time counts at most what its meter counted on through, with the reading that follows.`,
  after: (unit, time) => `No readings of ${unit} after ${time}; that time counts nothing in this month.`,
  all: (unit) => `No readings of ${unit} in the whole month; it counts nothing.`,
};

/** What was left, by its code: newer versions may leave what this one has no words for. */
function leftWords(code: string): string {
  const words = LEFT[code];
  return words === undefined ? code : `${words} (${code})`;
}

const LEFT: Readonly<Record<string, string>> = {
  CAR_MONTH_GAPS: 'times that were not seen',
  CAR_MONTH_WAITING: 'flagged readings that wait for a person',
  CAR_MONTH_UNFINISHED: 'the end of the month, of which nothing is recorded',
};

/** What has changed since the month was closed, figure by figure; empty while it is open or nothing has. */
export function differenceLines({ netChangeWh, changes, late }: MonthDetailAnswer): string[] {
  if (netChangeWh === null || changes.length === 0) return [];
  const came = lateWords(late);
  const sign = netChangeWh > 0 ? '+' : '';
  return [
    `Its entries give other figures now: ${sign}${netChangeWh} Wh may be claimed beyond what was closed${came === '' ? '' : `; since then came ${came}`}. \`forebay month close --correct --why TEXT\` closes it anew.`,
    ...changes.map(
      ({ unitId, name, closed, now }) =>
        `  ${unitId ?? 'plant'}: ${figureWords(name)} ${figureText(name, closed)} as closed, ${figureText(name, now)} now`,
    ),
  ];
}

function figureWords(name: string): string {
  return Object.hasOwn(FIGURE_WORDS, name) ? FIGURE_WORDS[name as keyof typeof FIGURE_WORDS] : name;
}

/** By the unit that the name of the figure ends with. */
function figureText(name: string, value: number): string {
  if (name.endsWith('Wh')) return kwh(value);
  return name.endsWith('Ms') ? `${(value / MS_PER_H).toFixed(2)} h` : String(value);
}

const MS_PER_H = 3_600_000;

/** As the console has them. */
const STATE_WORDS: Readonly<Record<MonthAnswer['state'], string>> = {
  running: 'not over',
  open: 'open',
  closed: 'closed',
  empty: 'no readings',
};

const STATES: Readonly<Record<MonthAnswer['state'], string>> = {
  running: 'it is not over',
  open: 'nobody has closed it',
  closed: 'closed',
  empty: 'no reading ends in it',
};

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
