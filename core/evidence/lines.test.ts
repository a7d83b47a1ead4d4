import { expect, test } from 'vitest';
import { toBytes } from './bytes.ts';
import { splitLines } from './lines.ts';

async function linesOf(pieces: readonly string[], lineBytesMax = 8): Promise<string[]> {
  const chunks = async function* () {
    for (const piece of pieces) yield toBytes(piece);
  };
  const texts: string[] = [];
  for await (const { text, place } of splitLines('a', chunks(), lineBytesMax)) texts.push(`${place}: ${text}`);
  return texts;
}

test('a line may come in any pieces', async () => {
  const whole = ['a line 1: one', 'a line 2: ', 'a line 3: three'];
  expect(await linesOf(['one\n\nthree\n'])).toEqual(whole);
  expect(await linesOf(['o', 'n', 'e', '\n', '\nth', 're', 'e', '\n'])).toEqual(whole);
  expect(await linesOf([])).toEqual([]);
});

test('a line that is too long is refused as soon as it is, wherever it ends', async () => {
  expect(await linesOf(['12345678\n'])).toEqual(['a line 1: 12345678']);
  for (const pieces of [['123456789\n'], ['1234', '56789', '\n'], ['one\n1234', '56789']]) {
    await expect(linesOf(pieces)).rejects.toMatchObject({ code: 'LED_BUNDLE_FORM' });
  }
  await expect(linesOf(['one'])).rejects.toMatchObject({ code: 'LED_BUNDLE_FORM' });
});

test('a long line is joined once', async () => {
  const pieces = Array.from({ length: 1000 }, () => 'x'.repeat(1000));
  expect((await linesOf([...pieces, '\n'], 1_000_000))[0]).toHaveLength(1_000_000 + 'a line 1: '.length);
});
