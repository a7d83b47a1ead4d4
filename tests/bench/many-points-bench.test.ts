import { expect, test } from 'vitest';
import { run } from './many-points.bench.ts';

test('the benchmark of many points runs and measures, with small input', async () => {
  const results = await run({ devices: 3, pointsPerDevice: 8, warmUpS: 3, measureS: 6 });
  expect(results.map(({ name }) => name)).toEqual([
    'many-points-on-time',
    'many-points-read',
    'many-points-processor',
    'many-points-memory-drift',
  ]);
  const [onTime, read, processor] = results;
  expect(onTime?.value).toBeGreaterThan(0);
  expect(read?.value).toBe(100);
  expect(processor?.value).toBeGreaterThan(0);
});
