import { expect, test } from 'vitest';
import type { TargetAnswer } from './target-status.ts';
import { waitingInWords } from './waiting-words.ts';

function answer(name: string, waiting: number, parked: number): TargetAnswer {
  const counts = { waiting, parked, unknown: 0, delivered: 0, waitingBytes: 700 * waiting, attempts: 1, retries: 0 };
  const times = { oldestAt: null, oldestAgeS: null, lastContactAt: null };
  return { name, state: 'waiting', ...counts, ...times, failures: {}, success: { due: 0, confirmed: 0 } };
}

test.each([
  ['hub', 3, 1, '1 batch parked: a person must decide, and what was sealed after waits for it'],
  ['file', 3, 1, '1 batch parked: a person must decide, and what was sealed after waits for it'],
  ['hedera', 3, 1, '1 batch parked: a person must decide'],
  ['hub', 0, 2, '2 batches parked: a person must decide'],
])('%s with %d waiting and %d parked says whether the one holds up the others', (name, waiting, parked, words) => {
  expect(waitingInWords(answer(name, waiting, parked), 0).split('; ')).toContain(words);
});
