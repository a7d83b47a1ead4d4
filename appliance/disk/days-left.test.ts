import { expect, test } from 'vitest';
import { daysLeft } from './days-left.ts';

const GROWTH = 100;

test.each([
  { name: 'samples go later than the disk is full', room: 1000, samples: 60, until: 10, days: 10 },
  { name: 'samples go by rule, and the measured growth says so', room: 1000, samples: 60, until: 0, days: 10 },
  { name: 'only entries grow from the fourth day on', room: 1000, samples: 60, until: 4, days: 4 + 15 },
  { name: 'nothing but samples grows', room: 1000, samples: 100, until: 4, days: null },
])('$name', ({ room, samples, until, days }) => {
  expect(daysLeft(room, GROWTH, { bytesPerDay: samples, daysUntilPruned: until })).toBe(days);
});

test('a store that does not grow fills no disk', () => {
  expect(daysLeft(1000, 0, { bytesPerDay: 60, daysUntilPruned: 4 })).toBeNull();
});
