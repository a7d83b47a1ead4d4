import { expect, test } from 'vitest';
import { run } from './line.bench.ts';

test('the line benchmark runs and keeps its budget, with small input', async () => {
  const results = await run({ minutes: 6 });
  expect(results).toHaveLength(6);
  for (const { name, ratio, baseline } of results) {
    expect(baseline, name).toBeGreaterThan(0.95);
    expect(ratio, name).toBeGreaterThanOrEqual(0.95);
  }
});
