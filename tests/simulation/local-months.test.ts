import { describe, expect, it } from 'vitest';
import { startOfLocalDay } from '../../core/model/local-time.ts';
import { seededRandom } from '../../core/model/random.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { runMonth } from '../fault/counter/meter-month.ts';

const SEED = announceSeed('local months');
const DAY_MS = 86_400_000;

/** Begin of the local day of `year-month-1`, and of the month after. */
function localMonth(year: number, month: number, timezone: string): { fromMs: number; toMs: number; days: number } {
  const begin = (y: number, m: number): number => startOfLocalDay(Date.UTC(y, m - 1, 1, 12), timezone);
  const [fromMs, toMs] = [begin(year, month), begin(month === 12 ? year + 1 : year, (month % 12) + 1)];
  return { fromMs, toMs, days: (toMs - fromMs) / DAY_MS };
}

describe('a local month', () => {
  it.each([
    ['Asia/Kolkata', 2026, 10, 31],
    ['Europe/Vienna', 2026, 3, 31 - 1 / 24],
    ['Europe/Vienna', 2026, 10, 31 + 1 / 24],
    ['Europe/Vienna', 2028, 2, 29],
    ['Asia/Kolkata', 2028, 2, 29],
    ['Europe/Vienna', 2026, 12, 31],
  ] as const)(
    'in %s, %i-%i, sums its readings to the difference of the register at its two ends',
    (zone, year, month, days) => {
      const span = localMonth(year, month, zone);
      expect(span.days).toBeCloseTo(days, 9);
      const random = seededRandom(SEED + year * 12 + month);
      const register = { unit: 'kWh', places: 1, modulus: 2n ** 24n, startCounts: 2n ** 24n - 300_000n } as const;
      let [first, last] = [0n, 0n];
      const result = runMonth({
        register,
        intervalMs: 900_000,
        periodMs: 60_000,
        beginMs: span.fromMs - DAY_MS,
        days: span.days + 2,
        random,
        within: span,
        observe: ({ atMs, counts, unboundedCounts }) => {
          if (atMs < span.fromMs) first = unboundedCounts;
          if (atMs < span.toMs) last = unboundedCounts;
          return counts;
        },
      });
      expect(result.withinWh).toBe(Number(last - first) * 100);
      expect(result.withinIntervals).toBe(Math.round(span.days * 96));
      expect(result.events).toEqual(['wrap']);
    },
  );
});
