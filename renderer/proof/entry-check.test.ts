import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkEntry, type EntryEvidence } from './entry-check.ts';

const NAME = 'forebay/HP-001';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const rawKey = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
const typedKey = Buffer.concat([Buffer.of(1), rawKey]);
const keyHash = createHash('sha256').update(`${NAME}\n`).update(typedKey).digest().subarray(0, 4);
const deviceKey = `${NAME}+${keyHash.toString('hex')}+${typedKey.toString('base64')}`;

function hash(prefix: number, ...parts: Uint8Array[]): Buffer {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.of(prefix), ...parts]))
    .digest();
}

/** A ledger of two entries whose second is a signed reading. */
function evidence(): EntryEvidence {
  const reading = { energyWh: 31_250, from: '2026-11-20T10:00:00Z', unitId: 'unit1' };
  const signature = sign(null, Buffer.from(JSON.stringify(reading)), privateKey).toString('base64');
  const entry = { body: { reading, signature }, index: 1, kind: 'reading' };
  const canonical = JSON.stringify(entry);
  const sibling = hash(0, Buffer.from('genesis'));
  const leaf = hash(0, Buffer.from(canonical));
  const root = hash(1, sibling, leaf).toString('base64');
  const text = `${NAME}\n2\n${root}\n`;
  const blob = Buffer.concat([keyHash, sign(null, Buffer.from(text), privateKey)]).toString('base64');
  const leafText = leaf.toString('base64');
  return {
    entry: { index: 1, kind: 'reading', leafHash: leafText, canonical, entry },
    checkpoint: { size: 2, root, note: `${text}\n— ${NAME} ${blob}\n`, at: null },
    proof: { index: 1, size: 2, leafHash: leafText, root, hashes: [sibling.toString('base64')] },
    keys: [{ verifierKey: deviceKey, entryIndex: 0 }],
  };
}

async function failures(given: EntryEvidence): Promise<string[]> {
  const steps = await checkEntry(given);
  expect(steps).toHaveLength(4);
  return steps.filter((step) => step.outcome !== 'holds').map((step) => step.name);
}

test('an honest entry passes every step', async () => {
  expect(await failures(evidence())).toEqual([]);
});

test('one changed digit fails leaf, inclusion and signature', async () => {
  const given = evidence();
  const canonical = given.entry.canonical.replace('31250', '91250');
  expect(await failures({ ...given, entry: { ...given.entry, canonical } })).toEqual([
    'leaf',
    'inclusion',
    'signature',
  ]);
});

test('a root that nobody signed fails, and so does a foreign key', async () => {
  const given = evidence();
  const note = given.checkpoint.note.replace('\n2\n', '\n3\n');
  expect(await failures({ ...given, checkpoint: { ...given.checkpoint, note } })).toEqual(['checkpoint']);
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const foreign = Buffer.concat([Buffer.of(1), other]).toString('base64');
  expect(
    await failures({
      ...given,
      keys: [{ verifierKey: `${NAME}+${keyHash.toString('hex')}+${foreign}`, entryIndex: 0 }],
    }),
  ).toEqual(['checkpoint', 'signature']);
});

test('a proof for another index is none for this entry', async () => {
  const given = evidence();
  expect(await failures({ ...given, proof: { ...given.proof, index: 0 } })).toEqual(['inclusion']);
});

test('a reading is checked with the key of its time, the checkpoint with the newest', async () => {
  const given = evidence();
  const later = `${NAME}+${keyHash.toString('hex')}+${Buffer.concat([Buffer.of(1), Buffer.alloc(32, 5)]).toString('base64')}`;
  const keys = [
    { verifierKey: deviceKey, entryIndex: 0 },
    { verifierKey: later, entryIndex: 7 },
  ];
  expect(await failures({ ...given, keys })).toEqual(['checkpoint']);
  const replaced = [
    { verifierKey: later, entryIndex: 0 },
    { verifierKey: deviceKey, entryIndex: 7 },
  ];
  expect(await failures({ ...given, keys: replaced })).toEqual(['signature']);
});
