import { Failure } from '../../core/model/failure.ts';
import { localMinute, localMonthSpan, MONTH_NAME, startOfLocalDay } from '../../core/model/local-time.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { Call } from './command.ts';
import { keptPlant } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { isDate, readInstant } from './read-instant.ts';

const HALF_DAY_MS = 43_200_000;

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The period `[fromMs, toMs)` that `--month`, or `--from` and `--to`, name. A month is the plant's own, in the zone of the newest
 * configuration of the ledger. A date alone is midnight UTC; where that is no midnight of the plant, a note says so.
 *
 * @throws Failure `APP_USAGE`, `APP_NO_CONFIGURATION` for a month where the ledger holds no configuration.
 */
export function readPeriod(call: Call, store: ReadableStore): Period {
  const { month, from, to } = call.texts;
  if (month !== undefined) return readMonth(call, store, month);
  const fromMs = needInstant('from', from);
  const toMs = needInstant('to', to);
  if (fromMs >= toMs) throw usage('--to is not after --from.', 'a period such as --from 2026-10-01 --to 2026-11-01');
  const dates = [from, to].flatMap((text) => (text !== undefined && isDate(text) ? [text] : []));
  const timezone = dates.length === 0 ? undefined : knownZone(call, store);
  const note = timezone === undefined ? undefined : noteOnDates(dates, timezone);
  if (note !== undefined) call.output.note(note);
  return { fromMs, toMs };
}

function readMonth(call: Call, store: ReadableStore, month: string): Period {
  if (call.texts.from !== undefined || call.texts.to !== undefined)
    throw usage('--month stands in the place of --from and --to.', 'leave them out, or --month');
  if (!MONTH_NAME.test(month)) throw usage(`"${month}" is no month.`, 'such as 2026-10');
  const { timezone } = keptPlant(store, call).config.plant;
  const span = localMonthSpan(month, timezone);
  call.output.note(`${month} in ${timezone} is from ${toIso(span.fromMs)} to ${toIso(span.toMs)}.`);
  return span;
}

function needInstant(name: string, text: string | undefined): number {
  const instant = readInstant(name, text);
  if (instant === undefined) throw usage(`--${name} is missing.`, 'such as 2026-10-01, or --month 2026-10 for both');
  return instant;
}

/** Says how dates alone were read, where not each of them begins at midnight UTC in the zone; undefined where all do. */
export function noteOnDates(dates: readonly string[], timezone: string): string | undefined {
  const own = dates.map((date) => ({ date, beganMs: ownMidnight(date, timezone) }));
  if (own.every(({ date, beganMs }) => beganMs === Date.parse(date))) return undefined;
  const days = own.map(({ date, beganMs }) => {
    const ownDay = beganMs === undefined ? '' : ` (the plant's own begins at ${toIso(beganMs)})`;
    return `${date} is read as ${localMinute(Date.parse(date), timezone)} there${ownDay}`;
  });
  return `A date alone is midnight UTC, which is no midnight in ${timezone}: ${days.join('; ')}. --month takes a month of the plant.`;
}

/** What the bundle itself does not need must not keep anybody from it, so a configuration that cannot be read gives no note. */
function knownZone(call: Call, store: ReadableStore): string | undefined {
  try {
    return keptPlant(store, call).config.plant.timezone;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** When the day that is called `date` began in the zone; undefined where a zone left that day out. */
function ownMidnight(date: string, timezone: string): number | undefined {
  const utcMs = Date.parse(date);
  // East of UTC that day is on at its UTC midnight; west of it, half a day later.
  const withinMs = [utcMs, utcMs + HALF_DAY_MS].find((ms) => localMinute(ms, timezone).startsWith(date));
  return withinMs === undefined ? undefined : startOfLocalDay(withinMs, timezone);
}
