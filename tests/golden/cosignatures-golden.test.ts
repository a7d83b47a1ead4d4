import { expect, test } from 'vitest';
import { formatNote, parseCheckpoint, verifyCheckpoint } from '../../core/ledger/checkpoint.ts';
import { cosignedAtS, isNoteSigned, parseNoteKey } from '../../core/ledger/cosignature.ts';
import { parseVerifierKey } from '../../core/ledger/verifier-key.ts';
import { present } from '../../core/model/assert.ts';
import golden from './cosignatures.json' with { type: 'json' };
import keyChanges from './key-changes.json' with { type: 'json' };

const parsed = present(parseCheckpoint(golden.note), 'the note');
const witnesses = golden.witnesses.map((vector, i) => ({
  ...vector,
  key: present(parseNoteKey(vector.verifierKey), vector.verifierKey),
  written: present(parsed.signatures[i + 1], 'its line'),
}));

test('a note with several signatures is read and written byte for byte, and the device still signs it', () => {
  expect(parsed.signatures).toHaveLength(3);
  expect(formatNote(parsed.text, parsed.signatures)).toBe(golden.note);
  const device = present(parseVerifierKey(keyChanges.verifierKeys[1] ?? ''), 'the device key');
  expect(verifyCheckpoint(golden.note, device)).toMatchObject({ size: 3 });
});

test.each(witnesses)('the cosignature of $verifierKey holds, for its key, its time and its text alone', (vector) => {
  const { key, written, time } = vector;
  expect(key.type).toBe('cosignature/v1');
  expect([written.name, written.keyHash]).toEqual([key.name, key.keyHash]);
  expect(cosignedAtS(written.signature)).toBe(time);
  expect(isNoteSigned(key, parsed.text, written.signature)).toBe(true);
  expect(isNoteSigned(key, parsed.text.replace('\n3\n', '\n4\n'), written.signature)).toBe(false);
  for (let at = 0; at < written.signature.length; at++) {
    const changed = Buffer.from(written.signature);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(isNoteSigned(key, parsed.text, changed), `byte ${at}`).toBe(false);
  }
  const other = witnesses.find((one) => one.verifierKey !== vector.verifierKey);
  expect(isNoteSigned(other?.key, parsed.text, written.signature)).toBe(false);
  expect(isNoteSigned(key, parsed.text, written.signature.subarray(8))).toBe(false);
});

test('a key of a witness is none of a device, and a changed one is no key', () => {
  for (const { verifierKey } of golden.witnesses) {
    expect(parseVerifierKey(verifierKey)).toBeUndefined();
    expect(parseNoteKey(verifierKey.replace('+B', '+A'))).toBeUndefined();
    expect(parseNoteKey(`x${verifierKey}`)).toBeUndefined();
  }
});
