import { expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import type { JsonObject } from '../model/json.ts';
import { seededRandom } from '../model/random.ts';
import { SampleLosses } from './sample-losses.ts';

const SEED = announceSeed('sample losses');
const HOUR_MS = 3_600_000;
const at = (hour: number): string => new Date(hour * HOUR_MS).toISOString();

function losses(bodies: readonly JsonObject[]): SampleLosses {
  const found = new SampleLosses();
  for (const [index, body] of bodies.entries()) {
    const reason = String(body.event);
    found.take({ index, kind: 'samples', at: at(1000), body: { reason, ...body } });
  }
  return found;
}

test(`a block is explained where one entry covers its interval, whatever others there are (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  const below = (count: number): number => Math.floor(random.next() * count);
  for (let round = 0; round < 200; round += 1) {
    const spans = Array.from({ length: below(12) }, () => {
      const from = below(40);
      return { from, to: from + 1 + below(10) };
    });
    const found = losses(spans.map(({ from, to }) => ({ event: 'pruned', from: at(from), to: at(to) })));
    for (let from = 0; from < 50; from += 1) {
      const to = from + 1 + below(3);
      const covers = spans.some((span) => span.from <= from && span.to >= to);
      const explained = found.explain({ fromMs: from * HOUR_MS, toMs: to * HOUR_MS });
      expect(explained !== undefined).toBe(covers);
      if (explained === undefined) continue;
      expect(explained.fromMs).toBeLessThanOrEqual(from * HOUR_MS);
      expect(explained.toMs).toBeGreaterThanOrEqual(to * HOUR_MS);
    }
  }
});

test('what names no time explains nothing, and keeps nothing else from it', () => {
  const never = { event: 'dropped', from: 'never', to: at(90) };
  const found = losses([
    never,
    { event: 'pruned', from: at(5), to: at(6) },
    { ...never, from: at(1), to: 'never' },
    never,
  ]);
  expect(found.explain({ fromMs: 5 * HOUR_MS, toMs: 6 * HOUR_MS })).toMatchObject({ index: 1 });
  expect(found.explain({ fromMs: 7 * HOUR_MS, toMs: 8 * HOUR_MS })).toBeUndefined();
});

test('what is taken after a question is part of the next answer', () => {
  const found = losses([{ event: 'stopped', from: at(10), to: null }]);
  const late = { fromMs: 30 * HOUR_MS, toMs: 31 * HOUR_MS };
  expect(found.explain(late)).toMatchObject({ event: 'stopped', index: 0 });
  const again = { event: 'resumed', from: at(10), to: at(20), reason: 'disk' };
  found.take({ index: 1, kind: 'samples', at: at(20), body: again });
  expect(found.explain(late)).toBeUndefined();
  expect(found.explain({ fromMs: 12 * HOUR_MS, toMs: 13 * HOUR_MS })).toMatchObject({ index: 1 });
});
