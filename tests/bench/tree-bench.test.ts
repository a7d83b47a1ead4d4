import { expect, test } from 'vitest';
import { run } from './tree.bench.ts';

test('the benchmark of the tree runs and measures, with a small tree', async () => {
  const results = await run({ entries: 3001 });
  expect(results.map(({ name }) => name)).toEqual(['ledger-start', 'inclusion-proof', 'fsck-quick', 'tree-bytes']);
  for (const { name, value } of results) expect(value, name).toBeGreaterThan(0);
});
