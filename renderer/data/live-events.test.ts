import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import type { Point } from '../api/types.ts';
import { applyEvent, type HeldPoints, holdPoints } from './live-events.ts';
import { QUERY_KEYS } from './query-keys.ts';

const point = (name: string, value: number): Point => ({
  point: name,
  value,
  unit: 'kW',
  quality: 'good',
  ageMs: 10,
  staleAfterMs: 3000,
});

test('a sample event changes its points and leaves the others as old as they are', () => {
  const queries = new QueryClient();
  const held = holdPoints(undefined, { items: [point('a/x', 1), point('a/y', 2)] }, 100);
  queries.setQueryData(QUERY_KEYS.points, held);
  applyEvent(queries, { name: 'sample', data: JSON.stringify({ items: [point('a/y', 3)] }) });
  const now = queries.getQueryData<HeldPoints>(QUERY_KEYS.points);
  expect(now?.get('a/x')).toEqual({ point: point('a/x', 1), receivedAtMs: 100 });
  expect(now?.get('a/y')?.point.value).toBe(3);
  expect(now?.get('a/y')?.receivedAtMs).not.toBe(100);
});

test('an event of a newer appliance is skipped', () => {
  const queries = new QueryClient();
  applyEvent(queries, { name: 'unheard-of', data: 'not even JSON' });
  expect(queries.getQueryCache().getAll()).toEqual([]);
});
