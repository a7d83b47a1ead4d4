import { expect, test } from 'vitest';
import { seededRandom } from '../model/random.ts';
import { SlotCalendar } from './slot-calendar.ts';

const MINUTE_MS = 60_000;

test('knows the minutes that were added and no others, over years and before 1970', () => {
  const random = seededRandom(31);
  const calendar = new SlotCalendar();
  const added = new Set<number>();
  for (let n = 0; n < 4000; n += 1) {
    const minute = Math.floor((random.next() - 0.2) * 4 * 365 * 1440);
    if (n % 2 === 0) {
      added.add(minute);
      calendar.add(minute * MINUTE_MS);
    }
    expect(calendar.has(minute * MINUTE_MS)).toBe(added.has(minute));
  }
  for (const minute of added) expect(calendar.has(minute * MINUTE_MS + 59_999)).toBe(true);
});

test('the last minute of a day is not the first of the next', () => {
  const calendar = new SlotCalendar();
  const midnight = Date.UTC(2026, 9, 2);
  calendar.add(midnight - MINUTE_MS);
  expect([-2, -1, 0, 1].map((minutes) => calendar.has(midnight + minutes * MINUTE_MS))).toEqual([
    false,
    true,
    false,
    false,
  ]);
});
