import type { Random } from '../../../core/model/random.ts';

/** Something that lasts from one second to another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What happens to the plant that neither river nor governor decides. Seconds from the begin. */
export interface Events {
  /** By unit: protection trips; the unit stays tripped until the end. */
  readonly trips: readonly (readonly Span[])[];
  /** By unit: planned work. */
  readonly works: readonly (readonly Span[])[];
  readonly gridOutages: readonly Span[];
  /** The load dispatcher limits the plant to a share of its rated power. */
  readonly curtailments: readonly (Span & { readonly share: number })[];
  /** The link is away: rows are kept and come later. */
  readonly linkOutages: readonly Span[];
  /** The PLC restarts: rows of this time do not exist. By unit. */
  readonly restarts: readonly (readonly Span[])[];
  /** By unit: the flow meter loses its echo. */
  readonly echoLosses: readonly (readonly Span[])[];
}

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

export function drawEvents(random: Random, days: number, units: number): Events {
  const between = (low: number, high: number): number => low + (high - low) * random.next();
  const spans = (perDay: number, shortestS: number, longestS: number, fromDay = 0.3): Span[] => {
    const found: Span[] = [];
    const wait = (): number => -Math.log(1 - random.next()) / perDay;
    for (let day = fromDay + wait(); day < days; day += wait()) {
      const from = day * DAY_S;
      if (from > (found.at(-1)?.to ?? 0)) found.push({ from, to: from + between(shortestS, longestS) });
    }
    return found;
  };
  const each = <Result>(make: () => Result): Result[] => Array.from({ length: units }, make);
  return {
    trips: each(() => spans(0.11, 0.3 * HOUR_S, 2.5 * HOUR_S)),
    works: each(() => spans(0.018, 6 * HOUR_S, 34 * HOUR_S, 4)),
    gridOutages: spans(0.08, 0.1 * HOUR_S, 3 * HOUR_S),
    curtailments: spans(0.14, 0.8 * HOUR_S, 7 * HOUR_S).map((span) => ({ ...span, share: between(0.3, 0.85) })),
    linkOutages: spans(0.09, 0.4 * HOUR_S, 15 * HOUR_S),
    restarts: each(() => spans(0.07, 60, 900)),
    echoLosses: each(() => spans(0.06, 0.2 * HOUR_S, 4 * HOUR_S)),
  };
}

/** Whether a second lies in one of the spans; the spans are in order of time. */
export function isWithin(spans: readonly Span[], second: number): boolean {
  return spans.some(({ from, to }) => second >= from && second < to);
}
