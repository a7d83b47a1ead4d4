import { expect, test } from 'vitest';
import { run } from './sync.bench.ts';

test('the benchmark of sync runs at a small size: everything arrives, and each figure is there', async () => {
  const drain = {
    name: 'small',
    budget: 'none',
    mode: { kind: 'direct' },
    batches: 12,
    readingsPerBatch: 1,
    nodes: 5,
    consensusDelayMs: 20,
    mirrorDelayMs: 20,
    blockMs: 20,
    bareMessages: 5,
    quietS: 2,
  } as const;
  const results = await run({ queue: { deep: 400, shallow: 100 }, drains: [drain] });
  expect(results.map(({ name }) => name)).toEqual([
    'sync-queue-status',
    'sync-queue-next',
    'sync-history-status',
    'sync-history-next',
    'small-drained',
    'small-rate',
    'small-polls-on-time',
    'small-memory',
  ]);
  for (const { value } of results) expect(value).toBeGreaterThan(0);
});
