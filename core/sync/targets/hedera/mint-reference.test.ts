import { expect, test } from 'vitest';
import golden from '../../../../tests/golden/mint-references.json' with { type: 'json' };
import { mintReference, REFERENCE_BYTES_MAX, readMintReference } from './mint-reference.ts';

test.each(golden.references)('$text is written and read', ({ text, ...reference }) => {
  expect(mintReference(reference)).toBe(text);
  expect(readMintReference(text)).toEqual({ ...reference, hash: reference.hash.slice(0, 32) });
  expect(text.length).toBeLessThanOrEqual(REFERENCE_BYTES_MAX);
});

test('what is of another form is none', () => {
  const text = golden.references[0]?.text ?? '';
  const others = [
    '',
    `${text} `,
    text.replace('fb1', 'fb2'),
    text.replace('+', '-'),
    text.replace('/17', '/0'),
    text.replace('3000000+1000000', '3000000+0'),
    text.replace('3000000+', '9007199254740993+'),
    text.replace('tg ', 't '),
    `${text}\n`,
  ];
  expect(others.map(readMintReference)).toEqual(others.map(() => undefined));
});

test('what the network would not take is refused, not cut', () => {
  const reference = { topicId: `0.0.${'9'.repeat(19)}`, sequence: 1e15, entry: 1e15, hash: 'ab'.repeat(32) };
  expect(() => mintReference({ ...reference, fromWh: 1e15, wh: 1e15 })).toThrow(RangeError);
});
