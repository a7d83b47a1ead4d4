import { expect, test } from 'vitest';
import { run } from './reviews.bench.ts';

test('the benchmark of reviews runs at a small size and gives its three figures', async () => {
  const results = await run({ readings: 400 });
  expect(results.map(({ name }) => name)).toEqual(['review', 'review-queue', 'review-count']);
  for (const { value } of results) expect(value).toBeGreaterThan(0);
});
