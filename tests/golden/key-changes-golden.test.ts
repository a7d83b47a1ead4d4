import { expect, test } from 'vitest';
import { parseCheckpoint, verifyCheckpoint } from '../../core/ledger/checkpoint.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import type { Entry } from '../../core/ledger/entry.ts';
import { Frontier } from '../../core/ledger/frontier.ts';
import { KeyChain } from '../../core/ledger/key-chain.ts';
import { makeKeyEntry } from '../../core/ledger/key-entry.ts';
import { leafHash } from '../../core/ledger/merkle.ts';
import { parseVerifierKey } from '../../core/ledger/verifier-key.ts';
import { present } from '../../core/model/assert.ts';
import golden from './key-changes.json' with { type: 'json' };

const entries = golden.entries.map(({ canonical }) => JSON.parse(canonical) as Entry);
const [first, second, third] = golden.seeds.map((seed, i) =>
  deviceKeyFromSeed(Buffer.from(seed, 'hex'), 'HP 001/ä', i === 0 ? undefined : golden.verifierKeys[0]?.split('+')[0]),
);
const keys = [present(first, 'key'), present(second, 'key'), present(third, 'key')] as const;
const parsed = golden.verifierKeys.map((text) => present(parseVerifierKey(text), text));

test('key changes v1: the same change gives the same bytes', () => {
  expect(keys.map(({ verifierKey }) => verifierKey)).toEqual(golden.verifierKeys);
  const frontier = Frontier.empty();
  const made = golden.entries.map(({ canonical, leafHash: leaf }, index) => {
    expect(Buffer.from(leafHash(Buffer.from(canonical, 'utf8'))).toString('hex')).toBe(leaf);
    const head = { size: frontier.size, root: frontier.root() };
    frontier.append(Buffer.from(leaf, 'hex'));
    if (index === 1) {
      return makeKeyEntry({
        newKey: keys[1],
        oldKey: keys[0],
        head,
        reason: 'two years have passed',
        by: 'Asha Rawat',
      });
    }
    if (index !== 3) return undefined;
    const oldKey = { lost: keys[1].verifierKey };
    const reason = 'the disk of the old computer is gone';
    return makeKeyEntry({ newKey: keys[2], oldKey, head, reason, by: 'Meera Negi' });
  });
  expect(made[1]?.body).toEqual(entries[1]?.body);
  expect(made[3]?.body).toEqual(entries[3]?.body);
});

test('key changes v1: the chain follows them, and each note is signed by whom it says', () => {
  const chain = new KeyChain(present(parsed[0], 'first key'));
  const frontier = Frontier.empty();
  for (const [index, entry] of entries.entries()) {
    if (entry.kind === 'key') expect(chain.take(entry, frontier.root())).toBeUndefined();
    frontier.append(Buffer.from(present(golden.entries[index], 'entry').leafHash, 'hex'));
    const note = parseCheckpoint(present(golden.notes[index], 'note'));
    expect(Buffer.compare(present(note, 'note').root, frontier.root())).toBe(0);
  }
  expect(chain.links.map(({ how, entryIndex }) => [how, entryIndex])).toEqual([
    ['genesis', 0],
    ['rotated', 1],
    ['lost', 3],
  ]);
  const signers = golden.notes.map((note) => parsed.map((key) => verifyCheckpoint(note, key) !== undefined));
  expect(signers).toEqual([
    [true, false, false],
    [true, true, false],
    [false, true, false],
    [false, false, true],
  ]);
  for (const size of [1, 2, 3, 4]) {
    const signed = signers[size - 1]?.flatMap((isSigned, i) => (isSigned ? [golden.verifierKeys[i]] : []));
    const expected = [chain.signerAt(size).verifierKey, chain.alsoSignerAt(size)?.verifierKey];
    expect(new Set(signed)).toEqual(new Set(expected.filter((key) => key !== undefined)));
  }
});
