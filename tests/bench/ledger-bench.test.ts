import { expect, test } from 'vitest';
import { run } from './ledger.bench.ts';

test('the ledger benchmarks run and measure, with small input', async () => {
  const results = await run({ readings: 2000 });
  const names = results.map(({ name }) => name);
  expect(names).toEqual([
    'append-at-size',
    'readings-page',
    'readings-page',
    'readings-page',
    'readings-answer',
    'fsck',
    'fsck-month',
    'ledger-ingest',
    'ledger-ingest-single',
  ]);
  for (const { name, value } of results) expect(value, name).toBeGreaterThan(0);
});
