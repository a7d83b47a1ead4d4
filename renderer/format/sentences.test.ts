import { expect, test } from 'vitest';
import { joinSentences } from './sentences.ts';

test('statements with and without a full stop read as sentences', () => {
  expect(joinSentences(['No answer in 2 s', undefined, 'Check the cable.', ' '])).toBe(
    'No answer in 2 s. Check the cable.',
  );
  expect(joinSentences([])).toBe('');
});
