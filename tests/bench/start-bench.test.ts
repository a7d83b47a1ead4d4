import { expect, test } from 'vitest';
import { run } from './start.bench.ts';

test('the benchmark of the start runs and measures, with a small ledger', async () => {
  const results = await run({ entries: 3000, turns: 1 });
  const names = ['start-listening', 'start-processor', 'start-first-sample', 'start-memory'];
  expect(results.map(({ name }) => name)).toEqual(names);
  for (const { name, value } of results) expect(value, name).toBeGreaterThan(0);
});
