import { expect, test } from 'vitest';
import { present } from '../model/assert.ts';
import { checkpointText, formatCheckpoint, parseCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { deviceKeyFromSeed } from './device-key.ts';
import { leafHash } from './merkle.ts';
import { parseVerifierKey } from './verifier-key.ts';

const key = deviceKeyFromSeed(Buffer.alloc(32, 3), 'HP-001');
const other = deviceKeyFromSeed(Buffer.alloc(32, 4), 'HP-001');
const verifier = present(parseVerifierKey(key.verifierKey), 'key');
const checkpoint = { origin: key.name, size: 1234, root: leafHash(Buffer.of(1)) };
const sign = (signer: typeof key): Uint8Array => signer.sign(Buffer.from(checkpointText(checkpoint), 'utf8'));
const note = formatCheckpoint(checkpoint, key, sign(key));

test('a note says origin, size and root, and is checked with the verifier key', () => {
  expect(note.split('\n').slice(0, 4)).toEqual([key.name, '1234', Buffer.from(checkpoint.root).toString('base64'), '']);
  expect(parseCheckpoint(note)?.signatures).toHaveLength(1);
  expect(verifyCheckpoint(note, verifier)).toEqual(checkpoint);
});

test('signatures of others are ignored, and theirs alone is not enough', () => {
  const theirs = formatCheckpoint(checkpoint, other, sign(other)).split('\n').slice(4).join('\n');
  expect(verifyCheckpoint(`${note}${theirs}`, verifier)).toEqual(checkpoint);
  expect(verifyCheckpoint(`${checkpointText(checkpoint)}\n${theirs}`, verifier)).toBeUndefined();
});

test('a note with any one character changed is refused', () => {
  let refused = 0;
  for (let i = 0; i < note.length; i++) {
    const changed = note.slice(0, i) + (note[i] === '7' ? '8' : '7') + note.slice(i + 1);
    if (verifyCheckpoint(changed, verifier) === undefined) refused += 1;
  }
  expect(refused).toBe(note.length);
});

test.each([
  ['nothing', ''],
  ['text without signature', checkpointText(checkpoint)],
  ['a size with a leading zero', note.replace('\n1234\n', '\n01234\n')],
  ['a negative size', note.replace('\n1234\n', '\n-1234\n')],
  ['a short root', note.replace(Buffer.from(checkpoint.root).toString('base64'), 'AAAA')],
  ['no final line break', note.slice(0, -1)],
  ['a hyphen for the dash', note.replace('\u2014', '-')],
])('%s is no checkpoint', (_, text) => {
  expect(parseCheckpoint(text)).toBeUndefined();
});
