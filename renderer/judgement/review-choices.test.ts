import { expect, test } from 'vitest';
import type { Reading, Session } from '../api/types.ts';
import { decisionsOf } from './review-choices.ts';

function reading(status: Reading['verdict']['status'], reviews = 0): Pick<Reading, 'verdict' | 'review'> {
  const items = Array.from({ length: reviews }, (_, i) => ({
    index: 50 + i,
    at: '2026-11-20T10:00:00.000Z',
    decision: 'reject' as const,
    reason: `reason ${i}`,
    by: `person ${i}`,
    role: 'engineer' as const,
    fourEyes: false,
  }));
  const verdict = { status, trustScore: 0.4, layers: [], findings: [], engine: { version: '1', config: 'c' } };
  return { verdict, review: { state: 'none', decision: null, items } };
}

test.each<[Session['role'] | undefined, Reading['verdict']['status'], number, string]>([
  [undefined, 'FLAGGED', 0, ''],
  ['viewer', 'FLAGGED', 0, ''],
  ['ingest', 'FLAGGED', 0, ''],
  ['operator', 'FLAGGED', 0, 'approve reject'],
  ['operator', 'REJECTED', 0, 'reject'],
  ['operator', 'APPROVED', 1, ''],
  ['engineer', 'REJECTED', 0, 'approve reject'],
  ['engineer', 'APPROVED', 0, 'reject'],
  ['admin', 'APPROVED', 1, 'approve reject'],
])('%s on %s with %d reviews: %s', (role, status, reviews, expected) => {
  expect(decisionsOf(reading(status, reviews), role).join(' ')).toBe(expected);
});
