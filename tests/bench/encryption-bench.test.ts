import { expect, test } from 'vitest';
import { run } from './encryption.bench.ts';

test('the encryption benchmark measures both forms of the same ledger', async () => {
  const results = await run({ readings: 400 });
  const names = ['encrypted-ingest', 'encrypted-check', 'encrypted-open', 'encrypted-size'];
  expect(results.map(({ name }) => name)).toEqual(names);
  for (const { value, baseline } of results) expect(Math.min(value, baseline ?? 0)).toBeGreaterThan(0);
  // What the cipher keeps for itself of each page.
  expect(results.at(-1)?.ratio).toBeLessThan(1.05);
});
