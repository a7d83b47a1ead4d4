import { expect, test } from 'vitest';
import { run } from './size.bench.ts';

test('the size benchmark packs a small store and measures it before and after', async () => {
  const results = await run({ minutes: 260 });
  expect(results.map(({ name }) => name)).toEqual(['bytes-per-reading', 'pack', 'read-one', 'read-page', 'fsck-quick']);
  const [bytes, pack] = results;
  // 780 readings, of which 640 stay as they are.
  expect(bytes?.note).toContain('780 readings');
  expect(bytes?.value).toBeLessThan((bytes?.baseline ?? 0) * 0.95);
  expect(pack?.note).toMatch(/^[1-9]\d* blocks/);
});
