import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test('what moves the cursor or turns the text round is shown as a stranger', () => {
  expect(printable('HP-001 \u001b[2J\u202egnp')).toBe('HP-001 \uFFFD[2J\uFFFDgnp');
  expect(printable('वनस्पति ½ – ok')).toBe('वनस्पति ½ – ok');
});
