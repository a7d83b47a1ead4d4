import { afterEach, expect, test } from 'vitest';
import { checkpointText, formatNote } from '../../../core/ledger/checkpoint.ts';
import { type DeviceKey, deviceKeyFromSeed } from '../../../core/ledger/device-key.ts';
import type { NewEntry } from '../../../core/ledger/entry.ts';
import { Frontier } from '../../../core/ledger/frontier.ts';
import { makeKeyEntry, type SigningKey } from '../../../core/ledger/key-entry.ts';
import { leafHash } from '../../../core/ledger/merkle.ts';
import { canonicalizeEntry } from '../../../core/ledger/recorder.ts';
import { parseVerifierKey } from '../../../core/ledger/verifier-key.ts';
import { present } from '../../../core/model/assert.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import type { Batch } from '../../../core/sync/batch.ts';
import type { DeliverOutcome, SyncSession, SyncTarget } from '../../../core/sync/target.ts';
import { testGap, testGenesis, testKey } from '../../fixtures/ledger.ts';
import { checkUpload } from './check-upload.ts';
import { HubRig } from './hub-rig.ts';
import { PlantKeys } from './plant-keys.ts';
import { Peaks } from './tree.ts';

const NEVER = new AbortController().signal;
const BECAUSE = { reason: 'two years have passed', by: 'asha' };
const keyOf = (seed: number): DeviceKey => deviceKeyFromSeed(Buffer.alloc(32, seed), 'HP-001', testKey.name);
const [second, third, fourth, stranger] = [keyOf(31), keyOf(32), keyOf(33), keyOf(34)];

const rigs: HubRig[] = [];

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
});

async function start(...parts: Parameters<typeof HubRig.start>): Promise<HubRig> {
  const rig = await HubRig.start(...parts);
  rigs.push(rig);
  return rig;
}

async function sessionOf(target: SyncTarget): Promise<SyncSession> {
  const outcome = await target.connect(NEVER);
  if (outcome.kind !== 'connected') throw new Error(outcome.fault.message);
  return outcome.session;
}

function deliver(session: SyncSession, batch: Batch): Promise<DeliverOutcome> {
  return session.deliver({ batch, intents: [], keepIntent: () => Promise.resolve() }, NEVER);
}

/** The hub holds the ledger up to the end of the batch, byte for byte. */
function expectHeld(rig: HubRig, { end }: Batch): void {
  const entries = [...ledgerReader(rig.store).entries(0, end)].map(({ bytes }) => Buffer.from(bytes).toString());
  expect(rig.held()).toEqual(entries);
}

test('a hub that was told of the first key follows every later one, also through a restart', async () => {
  const rig = await start();
  const session = await sessionOf(rig.target());
  expect(await deliver(session, rig.seal(3))).toMatchObject({ kind: 'delivered' });
  rig.rotate(second);
  const after = rig.seal(2);
  expect(await deliver(session, after)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, after);
  await rig.startHub();
  rig.rotate(third);
  const last = rig.seal(2);
  expect(await deliver(session, last)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, last);
});

test('several rotations while the link was down go up at once, the last one at the very end', async () => {
  const rig = await start();
  rig.record(3);
  for (const next of [second, third, fourth]) {
    rig.rotate(next);
    rig.record(2);
  }
  const batch = rig.seal(1);
  rig.rotate(stranger);
  expect(await deliver(await sessionOf(rig.target()), batch)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, batch);
  const end = rig.seal(1);
  expect(await deliver(await sessionOf(rig.target()), end)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, end);
});

// A later upload's rotation is not known yet when the entries before it come.
test.each([3500, 4500, 6000, 9000])('wherever uploads of %i bytes end among the rotations', async (uploadBytesMax) => {
  const rig = await start({ uploadBytesMax, codings: [] });
  rig.record(2);
  for (const next of [second, third, fourth]) {
    rig.rotate(next);
    rig.record(1);
  }
  const batch = rig.seal(4);
  expect(await deliver(await sessionOf(rig.target()), batch)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, batch);
});

test('a hub that was told of a later key only says which one it lacks', async () => {
  const rig = await start({ plants: [second.verifierKey] });
  rig.record(1);
  rig.rotate(second);
  const outcome = await deliver(await sessionOf(rig.target()), rig.seal(1));
  expect(outcome).toMatchObject({ kind: 'refused', fault: { code: 'SYN_HUB_REFUSED' } });
  expect(outcome.kind === 'refused' && outcome.fault.message).toContain(testKey.verifierKey);
  expect(rig.held()).toEqual([]);
});

/** An upload of the entries from 0 on under a checkpoint of all of them, with whatever signatures the test wants. */
function forge(
  entries: readonly ((head: { size: number; root: Uint8Array }) => NewEntry)[],
  signers: readonly DeviceKey[],
): Buffer {
  const frontier = Frontier.empty();
  const lines = entries.map((make) => {
    const { kind, body } = make({ size: frontier.size, root: frontier.root() });
    const at = '2026-10-01T00:00:00.000Z';
    const line = canonicalizeEntry({ v: 1, index: frontier.size, kind, at, body });
    frontier.append(leafHash(Buffer.from(line, 'utf8')));
    return line;
  });
  const { size } = frontier;
  const text = checkpointText({ origin: testKey.name, size, root: frontier.root() });
  const signatures = signers.map(({ verifierKey, sign }) => {
    const { name, keyHash } = present(parseVerifierKey(verifierKey), 'a key');
    return { name, keyHash, signature: sign(Buffer.from(text, 'utf8')) };
  });
  const head = {
    v: 1,
    format: 'forebay-upload',
    log: testKey.name,
    from: 0,
    to: size,
    size,
    fromProof: [],
    toProof: [],
  };
  const first = JSON.stringify({ ...head, checkpoint: formatNote(text, signatures), batch: { id: '', message: '' } });
  return Buffer.from([first, ...lines, ''].join('\n'), 'utf8');
}

const genesis = (): NewEntry => testGenesis;
const gap = (): NewEntry => testGap(1);
const change =
  (from: SigningKey | { lost: string }, to: SigningKey) =>
  (head: { size: number; root: Uint8Array }): NewEntry =>
    makeKeyEntry({ newKey: to, oldKey: from, head, ...BECAUSE });
/** The one's name under what the other signs. */
const posing = (as: DeviceKey, by: DeviceKey): SigningKey => ({ verifierKey: as.verifierKey, sign: by.sign });
const named = (name: string): DeviceKey => deviceKeyFromSeed(Buffer.alloc(32, 35), 'HP-001', name);
const rotation = change(testKey, second);
const branch = (): NewEntry => rotation({ size: 1, root: Buffer.alloc(32, 7) });
const elsewhere = (): NewEntry => rotation({ size: 4, root: Buffer.alloc(32, 7) });
const loss = change({ lost: testKey.verifierKey }, second);

const take = (upload: Buffer, told: readonly string[] = [testKey.verifierKey]) =>
  checkUpload(upload, { origin: testKey.name, peaks: new Peaks(), keys: new PlantKeys() }, told);

test('a checkpoint that ends with a rotation is taken with the signatures of both keys, later ones with that of the new', () => {
  expect(take(forge([genesis, gap, rotation], [second, testKey])).to).toBe(3);
  expect(take(forge([genesis, rotation, gap], [second])).to).toBe(3);
  expect(take(forge([genesis, rotation, change(second, third)], [third, second])).to).toBe(3);
});

test.each([
  [
    'a forged rotation',
    [genesis, change(posing(testKey, stranger), second)],
    [second, testKey],
    'not signed by the key that it replaces',
  ],
  [
    'a key that nobody holds',
    [genesis, change(testKey, posing(second, stranger))],
    [second, testKey],
    'not signed by the new key',
  ],
  ['the rotation of a branch', [genesis, branch], [second, testKey], 'stated for another ledger'],
  ['a rotation from another place', [genesis, elsewhere], [second, testKey], 'stated for another ledger'],
  [
    'a rollback to a retired key',
    [genesis, rotation, change(second, testKey)],
    [testKey, second],
    'puts a key in force again',
  ],
  ['a second successor', [genesis, rotation, change(testKey, third)], [third, testKey], 'replaces another key than'],
  ['another name', [genesis, change(testKey, named('forebay/HP-002/0'))], [second, testKey], 'another name'],
  [
    'a retired key under a later checkpoint',
    [genesis, rotation, gap],
    [testKey],
    'not signed by the key of the plant that is in force',
  ],
  ['a new key that was not named yet', [genesis, gap], [second], 'not signed by the key of the plant that is in force'],
  [
    'a rotation under one signature',
    [genesis, rotation],
    [second],
    'not signed by the key of the plant that is in force',
  ],
  ['a loss that the hub was not told of', [genesis, loss], [second], 'the hub was not told of the key'],
  [
    'a stranger to begin with',
    [() => ({ ...testGenesis, body: { ...testGenesis.body, deviceKey: stranger.verifierKey } })],
    [stranger],
    'the hub was not told of the key',
  ],
  [
    'a loss that says it is a rotation',
    [genesis, (head) => ({ kind: 'key', body: { ...loss(head).body, event: 'rotated' } })],
    [second, testKey],
    'has another form',
  ],
] satisfies [string, Parameters<typeof forge>[0], DeviceKey[], string][])('refuses %s', (_, entries, signers, why) => {
  expect(() => take(forge(entries, signers))).toThrow(why);
});

test('a key after a loss is taken once the hub was told of it', () => {
  expect(take(forge([genesis, loss, gap], [second]), [testKey.verifierKey, second.verifierKey]).to).toBe(3);
});
