import { expect, test } from 'vitest';
import { seededRandom } from '../core/model/random.ts';
import { newRunId } from './new-run-id.ts';

test('the id of a run is a UUID of version 4, another one for each run, and follows from its randomness', () => {
  const random = seededRandom(7);
  const ids = Array.from({ length: 200 }, () => newRunId(random));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(200);
  expect(newRunId(seededRandom(7))).toBe(ids[0]);
});
