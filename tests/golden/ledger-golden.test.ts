import { expect, test } from 'vitest';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { checkpointText, formatCheckpoint, verifyCheckpoint } from '../../core/ledger/checkpoint.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import type { Entry } from '../../core/ledger/entry.ts';
import { Frontier } from '../../core/ledger/frontier.ts';
import {
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from '../../core/ledger/merkle.ts';
import { canonicalizeEntry } from '../../core/ledger/recorder.ts';
import { formatVerifierKey, parseVerifierKey, signatureChecker } from '../../core/ledger/verifier-key.ts';
import { present } from '../../core/model/assert.ts';
import canonical from './canonical.json' with { type: 'json' };
import counts from './index.json' with { type: 'json' };
import ledger from './ledger.json' with { type: 'json' };
import merkle from './merkle.json' with { type: 'json' };
import signedNote from './signed-note.json' with { type: 'json' };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Buffer => Buffer.from(text, 'hex');

test('canonical form: every number and text of the golden file', () => {
  let checked = 0;
  for (const [bits = '', expected] of canonical.numbers) {
    expect(canonicalize(bytes(bits).readDoubleBE()), bits).toBe(expected);
    checked += 1;
  }
  for (const { name, input, output } of canonical.texts) {
    expect(canonicalize(JSON.parse(input)), name).toBe(output);
    checked += 1;
  }
  expect(checked).toBe(counts.canonical);
});

test('Merkle tree: every root and proof of the golden file', () => {
  const nodes = new Map<string, Uint8Array>();
  const node = (level: number, index: number): Uint8Array => present(nodes.get(`${level} ${index}`), 'node');
  const frontier = Frontier.empty();
  expect(hex(emptyRoot())).toBe(merkle.roots[0]);
  let checked = 1;
  for (const [i, leaf] of merkle.leaves.entries()) {
    const hash = leafHash(bytes(leaf));
    nodes.set(`0 ${i}`, hash);
    for (const made of frontier.append(hash)) nodes.set(`${made.level} ${made.index}`, made.hash);
    expect(hex(frontier.root())).toBe(merkle.roots[i + 1]);
    expect(hex(rootAt(i + 1, node))).toBe(merkle.roots[i + 1]);
    checked += 1;
  }
  const root = (size: number): Buffer => bytes(present(merkle.roots[size], 'root'));
  for (const { index, size, hashes } of merkle.inclusion) {
    expect(inclusionProof(index, size, node).map(hex)).toEqual(hashes);
    expect(verifyInclusion(node(0, index), index, size, hashes.map(bytes), root(size))).toBe(true);
    checked += 1;
  }
  for (const { from, to, hashes } of merkle.consistency) {
    expect(consistencyProof(from, to, node).map(hex)).toEqual(hashes);
    expect(verifyConsistency(from, to, root(from), root(to), hashes.map(bytes))).toBe(true);
    checked += 1;
  }
  expect(checked).toBe(counts.merkle);
});

test('signed note: the published key and signature', () => {
  const key = present(parseVerifierKey(signedNote.verifierKey), 'key');
  expect(formatVerifierKey(key.name, key.publicKey)).toBe(signedNote.verifierKey);
  const blob = Buffer.from(present(signedNote.signatureLine.split(' ')[2], 'signature'), 'base64');
  expect(hex(blob.subarray(0, 4))).toBe(hex(key.keyHash));
  expect(signatureChecker(key.publicKey)(Buffer.from(signedNote.text), blob.subarray(4))).toBe(true);
});

test('ledger format v1: entries, leaf hashes, verifier key and checkpoint are frozen', () => {
  const key = deviceKeyFromSeed(bytes(ledger.seed), ledger.plantId);
  expect(key.verifierKey).toBe(ledger.verifierKey);
  const frontier = Frontier.empty();
  let checked = 0;
  for (const { entry, canonical: text, leafHash: leaf } of ledger.entries) {
    expect(canonicalizeEntry(entry as unknown as Entry)).toBe(text);
    expect(hex(leafHash(Buffer.from(text, 'utf8')))).toBe(leaf);
    frontier.append(bytes(leaf));
    checked += 1;
  }
  const checkpoint = { origin: key.name, size: frontier.size, root: frontier.root() };
  const signature = key.sign(Buffer.from(checkpointText(checkpoint), 'utf8'));
  expect(formatCheckpoint(checkpoint, key, signature)).toBe(ledger.note);
  expect(verifyCheckpoint(ledger.note, present(parseVerifierKey(ledger.verifierKey), 'key'))).toEqual(checkpoint);
  expect(checked).toBe(counts.ledgerEntries);
});
