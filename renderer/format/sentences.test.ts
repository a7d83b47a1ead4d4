import { expect, test } from 'vitest';
import { joinSentences } from './sentences.ts';

test('statements with and without a full stop read as sentences', () => {
  expect(joinSentences(['No answer in 2 s', undefined, 'Check the cable.', ' '])).toBe(
    'No answer in 2 s. Check the cable.',
  );
  expect(joinSentences(['It is away', null, 'put the disk in'])).toBe('It is away. Put the disk in.');
  for (const named of [
    'forebay fsck shows it.',
    'sync.hedera names it.',
    '`forebay gaps` lists them.',
    'unit1 is off.',
  ]) {
    expect(joinSentences([named])).toBe(named);
  }
  expect(joinSentences([])).toBe('');
});
