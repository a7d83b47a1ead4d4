import { expect, test } from 'vitest';
import { run } from './poll.bench.ts';

test('the poll benchmark runs and measures, with small input', async () => {
  const results = await run({ cycles: 20, warmUp: 5, turns: 1 });
  expect(results.map(({ name }) => name)).toEqual(['poll-requests', 'poll-cycle', 'poll-cycle-one-processor']);
  const [requests] = results;
  expect(requests?.ratio).toBeGreaterThanOrEqual(20);
  for (const { name, value, baseline, ratio } of results) {
    expect(value, name).toBeGreaterThan(0);
    expect(baseline, name).toBeGreaterThan(0);
    expect(ratio, name).toBeGreaterThan(0);
  }
});
