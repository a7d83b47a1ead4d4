import { describe, expect, test } from 'vitest';
import type { FeeSchedule } from '../config/fee-schema.ts';
import { PUBLISHED_FEES } from './hedera-fees.ts';
import { type CostBasis, messagesPerYear, messageUsd, presetCosts, yearlyUsd } from './yearly-cost.ts';

describe('a message', () => {
  // 0.0008 USD with 100 bytes, and 0.00000068 USD for each further one; 2,500 bytes go as 1024 + 1024 + 452.
  test.each([
    [0, '0.00080000'],
    [100, '0.00080000'],
    [101, '0.00080068'],
    [400, '0.00100400'],
    [1024, '0.00142832'],
    [1025, '0.00222832'],
    [2048, '0.00285664'],
    [2500, '0.00389600'],
  ])('of %i bytes costs %s USD', (bytes, usd) => {
    expect(messageUsd(bytes, PUBLISHED_FEES).toFixed(8)).toBe(usd);
  });
});

test.each([
  [35_040, 400, 35.1802],
  [8760, 1024, 12.5121],
  [365, 256, 0.330_719],
])('%i messages of %i bytes cost %d USD a year', (messages, bytes, usd) => {
  expect(yearlyUsd(messages, bytes, PUBLISHED_FEES).toPrecision(6)).toBe(usd.toPrecision(6));
});

describe('how many messages a plant has', () => {
  const basis: CostBasis = { intervalMs: 900_000, units: 1, entriesPerReading: 1, bytes: 400 };

  test.each([
    ['direct', '1h', 35_040],
    ['merkle', '15m', 35_040],
    ['merkle', '1h', 8760],
    ['merkle', '1d', 365],
    ['merkle', '7d', 105],
    // 30 days of 2,880 readings take six runs of 500 entries.
    ['merkle', '30d', 73],
    // Not more often than the plant records.
    ['merkle', '1m', 35_040],
  ] as const)('%s every %s: %i', (mode, every, messages) => {
    expect(messagesPerYear({ mode, every }, basis)).toBe(messages);
  });

  test('units, and what is recorded beside the readings, count', () => {
    expect(messagesPerYear({ mode: 'direct', every: '1h' }, { ...basis, units: 4 })).toBe(4 * 35_040);
    const busy = { ...basis, intervalMs: 60_000, units: 4, entriesPerReading: 2.2 };
    // An hour of 240 readings has 528 entries.
    expect(messagesPerYear({ mode: 'merkle', every: '1h' }, busy)).toBe(2 * 8760);
  });
});

test('the presets cost less in the order in which they are named, and another schedule is another cost', () => {
  const basis: CostBasis = { intervalMs: 3_600_000, units: 2, entriesPerReading: 1.1, bytes: 700 };
  // With more readings a month takes as many runs as its weeks do.
  const costs = presetCosts(basis, PUBLISHED_FEES).map(({ usdPerYear }) => usdPerYear);
  expect(costs).toHaveLength(5);
  expect(costs.toSorted((a, b) => b - a)).toEqual(costs);
  expect(new Set(costs).size).toBe(5);
  const doubled: FeeSchedule = { ...PUBLISHED_FEES, messageUsd: 0.0016, byteUsd: 0.000_001_36 };
  expect(presetCosts(basis, doubled).map(({ usdPerYear }) => usdPerYear)).toEqual(costs.map((usd) => 2 * usd));
});
