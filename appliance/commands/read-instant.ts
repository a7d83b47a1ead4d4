import { Failure } from '../../core/model/failure.ts';
import { parseIso } from '../../core/model/time.ts';

/** A day of UTC. */
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Whether the text is a date without a time, which stands for midnight UTC. */
export function isDate(text: string): boolean {
  return DATE.test(text);
}

/**
 * The moment that the option `name` gives; undefined when it was left out.
 *
 * @throws Failure `APP_USAGE` for what is no moment in time.
 */
export function readInstant(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instant = parseIso(isDate(text) ? `${text}T00:00:00Z` : text);
  if (instant !== undefined) return instant;
  throw new Failure('APP_USAGE', `--${name} is "${text}", which is no moment in time with its offset.`, {
    hint: 'such as 2026-10-01, which is midnight UTC, or 2026-10-01T05:30:00+05:30',
    exitCode: 2,
  });
}
