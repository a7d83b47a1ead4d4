import { expect, test } from 'vitest';
import { run } from './bundle.bench.ts';

test('the bundle benchmark runs and measures, with small input', async () => {
  const results = await run({ entries: 1000 });
  expect(results.map(({ name }) => name)).toEqual([
    'bundle-build',
    'bundle-verify',
    'bundle-verify-processor',
    'bundle-build-memory',
    'bundle-verify-memory',
  ]);
  for (const { name, value } of results) expect(value, name).toBeGreaterThan(0);
});
