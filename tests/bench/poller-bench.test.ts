import { expect, test } from 'vitest';
import { run } from './poller.bench.ts';

test('the benchmark of the poller runs and measures, with small input', async () => {
  const results = await run({ points: 5, cycles: 50, outages: 5 });
  expect(results.map(({ name }) => name)).toEqual([
    'poller-cycle',
    'recovery-typical',
    'recovery-longest',
    'attempts-in-a-minute',
  ]);
  const [, typical, longest, attempts] = results;
  expect(typical?.value).toBeGreaterThan(0);
  expect(longest?.value).toBeLessThanOrEqual(30);
  expect(attempts?.value).toBeLessThanOrEqual(12);
});
