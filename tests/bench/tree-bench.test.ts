import { expect, test } from 'vitest';
import { run } from './tree.bench.ts';

test('the benchmark of the tree runs and measures, with a small tree', async () => {
  const results = await run({ entries: 3001 });
  const names = ['ledger-start', 'inclusion-proof', 'fsck-quick', 'fsck-quick-alone', 'tree-bytes'];
  expect(results.map(({ name }) => name)).toEqual(names);
  for (const { name, value } of results) expect(value, name).toBeGreaterThan(0);
});
