import type { MonthAnswer, MonthDetailAnswer } from './month-answer.ts';

const WH_PER_KWH = 1000;

function kwh(energyWh: number): string {
  return `${(energyWh / WH_PER_KWH).toFixed(3)} kWh`;
}

export const MONTH_TITLES = ['month', 'state', 'readings', 'credited, net', 'closed', 'by', 'since then'];

/** A month as a row of the table of months. */
export function monthRow({ month, state, readings, closed, late }: MonthAnswer): string[] {
  if (closed === null) return [month, state, String(readings), '', '', '', ''];
  const name = closed.corrects === null ? `entry ${closed.index}` : `entry ${closed.index}, corrected`;
  const credited = closed.demo ? 'demonstration' : kwh(closed.creditedNetWh);
  return [month, state, String(readings), credited, `${closed.at} (${name})`, closed.by, lateWords(late)];
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
  const { month, timeZone, from, to, state, now, closed, size } = answer;
  const figures = closed ?? now;
  const lines = [`${month} in ${timeZone}, from ${from} to ${to}: ${STATES[state]}.`];
  if (closed !== null) {
    const leftOut = closed.left.length === 0 ? '' : ` Left without credit: ${closed.left.join(', ')}.`;
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

/** What has changed since the month was closed; undefined while it is open or nothing has. */
export function differenceLine({ netChangeWh, changes, late }: MonthDetailAnswer): string | undefined {
  if (netChangeWh === null || changes.length === 0) return undefined;
  const came = lateWords(late);
  const names = [...new Set(changes.map(({ name }) => name))].join(', ');
  const sign = netChangeWh > 0 ? '+' : '';
  return `Its entries give other figures now (${names}): ${sign}${netChangeWh} Wh may be claimed beyond what was closed${came === '' ? '' : `; since then came ${came}`}. \`forebay month close --correct --why TEXT\` closes it anew.`;
}

const STATES: Readonly<Record<MonthAnswer['state'], string>> = {
  running: 'it is not over',
  open: 'nobody has closed it',
  closed: 'closed',
  empty: 'no reading ends in it',
};

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
