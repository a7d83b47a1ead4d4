import { expect, test } from 'vitest';
import type { Attempt } from './attempt.ts';
import type { MirrorTransaction } from './mirror-answers.ts';
import { type MirrorWord, mirrorWord } from './mirror-word.ts';

const SECOND = 1_000_000_000n;
const START = 1_790_000_000n * SECOND;
const ATTEMPT: Attempt = {
  id: { payerId: '0.0.1001', validStart: START },
  validForSeconds: 120,
  bytes: Buffer.alloc(0),
};

/** What is said of the attempt where the mirror shows these rows, `importedS` after its start. */
function said(results: readonly string[], importedS: bigint, isOwn = true): Promise<MirrorWord> {
  const row = (result: string): MirrorTransaction => ({ id: ATTEMPT.id, consensusAt: START + SECOND, result, isOwn });
  const mirror = {
    time: async () => ({
      kind: 'found' as const,
      value: { importedUntil: START + importedS * SECOND, uncertaintyMs: 500 },
    }),
    transaction: async () =>
      results.length === 0 ? { kind: 'absent' as const } : { kind: 'found' as const, value: results.map(row) },
  };
  return mirrorWord(mirror, '0.0.5005', ATTEMPT, new AbortController().signal);
}

test('what was throttled at consensus never happens, as soon as the mirror shows it', async () => {
  expect((await said(['THROTTLED_AT_CONSENSUS'], 5n)).kind).toBe('never');
  expect((await said(['THROTTLED_AT_CONSENSUS', 'DUPLICATE_TRANSACTION'], 5n)).kind).toBe('never');
});

test('a success beside it counts, and a row that another transaction left says nothing', async () => {
  expect((await said(['THROTTLED_AT_CONSENSUS', 'SUCCESS'], 5n)).kind).toBe('happened');
  expect((await said(['THROTTLED_AT_CONSENSUS'], 5n, false)).kind).toBe('open');
});

test.each([
  'DUPLICATE_TRANSACTION',
  'TRANSACTION_EXPIRED',
  'INVALID_PAYER_SIGNATURE',
  'INVALID_NODE_ACCOUNT',
  'INSUFFICIENT_PAYER_BALANCE',
])('after %s the id may still succeed, until its validity has passed on the mirror', async (status) => {
  expect((await said([status], 5n)).kind).toBe('open');
  expect((await said([status], 129n)).kind).toBe('open');
  expect((await said([status], 131n)).kind).toBe('never');
});

test('what the mirror does not know may still come, until its validity has passed there', async () => {
  expect((await said([], 129n)).kind).toBe('open');
  expect((await said([], 131n)).kind).toBe('never');
});
