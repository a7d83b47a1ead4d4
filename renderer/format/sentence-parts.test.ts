import { expect, test } from 'vitest';
import { sentenceParts } from './sentence-parts.ts';

test('the moments in a sentence are told from its words', () => {
  expect(sentenceParts('It ends at 2026-10-31T18:30:00.000Z, 2026-11-01T00:00Z at most.')).toEqual([
    { text: 'It ends at ' },
    { at: '2026-10-31T18:30:00.000Z' },
    { text: ', ' },
    { at: '2026-11-01T00:00Z' },
    { text: ' at most.' },
  ]);
  expect(sentenceParts('2026-10-31T18:30:00Z')).toEqual([{ at: '2026-10-31T18:30:00Z' }]);
});

test('what somebody types is told from the words around it', () => {
  expect(sentenceParts('Run `forebay gaps --from 2026-10-31T18:30Z`, then wait')).toEqual([
    { text: 'Run ' },
    { typed: 'forebay gaps --from 2026-10-31T18:30Z' },
    { text: ', then wait' },
  ]);
});

test('what only looks like a moment stays as it is, and nothing is lost', () => {
  for (const text of ['', 'no moment', 'month 2026-13-41T99:99:00Z of none', '2026-10-31 18:30', 'one ` alone']) {
    expect(sentenceParts(text)).toEqual(text === '' ? [] : [{ text }]);
  }
});
