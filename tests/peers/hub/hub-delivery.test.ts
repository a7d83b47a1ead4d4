import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { secretFiles } from '../../../appliance/secret-files.ts';
import { present } from '../../../core/model/assert.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import type { Batch } from '../../../core/sync/batch.ts';
import type { DeliverOutcome, Delivery, SyncSession, SyncTarget } from '../../../core/sync/target.ts';
import { testKey } from '../../fixtures/ledger.ts';
import { TestAuthority } from '../certificates.ts';
import { HubRig } from './hub-rig.ts';

const NEVER = new AbortController().signal;
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

const deliveryOf = (batch: Batch): Delivery => ({ batch, intents: [], keepIntent: () => Promise.resolve() });

async function deliver(session: SyncSession, batch: Batch): Promise<DeliverOutcome> {
  return session.deliver(deliveryOf(batch), NEVER);
}

/** The hub holds the ledger up to the end of the batch, byte for byte. */
function expectHeld(rig: HubRig, { end }: Batch): void {
  const entries = [...ledgerReader(rig.store).entries(0, end)].map(({ bytes }) => Buffer.from(bytes).toString());
  expect(rig.held()).toEqual(entries);
}

test('knows the plant by certificate and token, and the hub by its authority', async () => {
  const authority = new TestAuthority();
  const [hub, plant] = [authority.sign('hub', 'IP:127.0.0.1'), authority.sign('plant', 'DNS:plant.example')];
  const tls = { ca: readFileSync(authority.ca), requestCert: true, rejectUnauthorized: true };
  const rig = await start({
    token: 'a-token.of_the+hub/1',
    tls: { ...tls, cert: readFileSync(hub.cert), key: readFileSync(hub.key) },
  });
  const file = (name: string, text: string): string => {
    writeFileSync(join(rig.folder, name), text, { mode: 0o600 });
    return name;
  };
  const files = {
    url: `https://127.0.0.1:${rig.link.port}`,
    caFile: authority.ca,
    certificateFile: plant.cert,
    keyFile: plant.key,
    tokenFile: file('hub.token', 'another\n'),
  };
  const session = await sessionOf(rig.target(files, secretFiles([rig.folder], {})));
  const batch = rig.seal(3);
  expect(await deliver(session, batch)).toMatchObject({ kind: 'later', fault: { code: 'SYN_WEB_UNAUTHORIZED' } });
  file('hub.token', 'two words\n');
  expect(await deliver(session, batch)).toMatchObject({ kind: 'later', fault: { code: 'SYN_HUB_TOKEN' } });
  rmSync(join(rig.folder, 'hub.token'));
  expect(await deliver(session, batch)).toMatchObject({ kind: 'later', fault: { code: 'ACQ_SECRET_MISSING' } });
  // A new token needs no restart.
  file('hub.token', 'a-token.of_the+hub/1\n');
  expect(await deliver(session, batch)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, batch);
  const { certificateFile: _, keyFile: __, ...bare } = files;
  const unknown = await sessionOf(rig.target(bare, secretFiles([rig.folder], {})));
  const refused = { kind: 'later', fault: { code: 'SYN_WEB_CLIENT_CERTIFICATE' } };
  expect(await deliver(unknown, rig.seal())).toMatchObject(refused);
});

test('a hub that lost everything, or fell back to an older copy, is given it again', async () => {
  const rig = await start();
  const session = await sessionOf(rig.target());
  const [first, second] = [rig.seal(5), rig.seal(7)];
  expect(await deliver(session, first)).toMatchObject({ kind: 'delivered' });
  const older = join(rig.folder, 'older');
  cpSync(join(rig.folder, 'hub'), older, { recursive: true });
  expect(await deliver(session, second)).toMatchObject({ kind: 'delivered' });
  await rig.startHub({ folder: older });
  expect(await session.locate(deliveryOf(second), NEVER)).toEqual({ kind: 'absent' });
  const third = rig.seal(2);
  expect(await deliver(session, third)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, third);
  await rig.startHub({ folder: join(rig.folder, 'empty') });
  const fourth = rig.seal(2);
  // The session does not know yet, and is told in the middle.
  expect(await deliver(session, fourth)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, fourth);
});

test('a hub on another fork is told from the rest, and nothing is changed there', async () => {
  const [rig, other] = [await start(), await start()];
  await deliver(await sessionOf(rig.target()), rig.seal(3));
  const [before, session] = [rig.held(), await sessionOf(other.target({ publicKey: rig.key.publicText }))];
  other.recorder.record([{ kind: 'stop', body: { v: 1 } }]);
  const batch = other.seal(9);
  await other.startHub({ folder: join(rig.folder, 'hub'), key: rig.key });
  expect(await deliver(session, batch)).toMatchObject({ kind: 'refused', fault: { code: 'SYN_HUB_FORK' } });
  expect(rig.held()).toEqual(before);
});

test('a long upload goes on where it was cut', async () => {
  const rig = await start({ codings: [] });
  const session = await sessionOf(rig.target());
  const batch = rig.seal(400);
  rig.link.chooseCut = () => ({ direction: 'up', afterBytes: 60_000 });
  let cuts = 0;
  for (;;) {
    const outcome = await deliver(session, batch);
    if (outcome.kind === 'delivered') break;
    expect(['later', 'unknown']).toContain(outcome.kind);
    cuts += 1;
    expect(cuts).toBeLessThan(30);
  }
  expect(cuts).toBeGreaterThan(0);
  expectHeld(rig, batch);
  // Sent from its beginning each time, the upload would have come past no cut.
  expect(rig.held().join('\n').length).toBeGreaterThan(60_000);
});

test.each([[['zstd', 'gzip']], [['gzip']], [[]]])(
  'sends in the best coding that the hub takes, of %j',
  async (codings) => {
    const rig = await start({ codings });
    const batch = rig.seal(50);
    expect(await deliver(await sessionOf(rig.target()), batch)).toMatchObject({ kind: 'delivered' });
    expectHeld(rig, batch);
  },
);

test('a hub that takes short requests only is given little at a time', async () => {
  const rig = await start({ uploadBytesMax: 6000 });
  const batch = rig.seal(40);
  expect(await deliver(await sessionOf(rig.target()), batch)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, batch);
});

test('a hub changed under way takes no coding that it does not know', async () => {
  const rig = await start();
  const session = await sessionOf(rig.target());
  expect(await deliver(session, rig.seal(3))).toMatchObject({ kind: 'delivered' });
  await rig.startHub({ codings: ['gzip'] });
  const batch = rig.seal(3);
  expect(await deliver(session, batch)).toMatchObject({ kind: 'delivered' });
  expectHeld(rig, batch);
});

test('the receiver refuses entries that its proofs do not lead to', async () => {
  const rig = await start();
  const batch = rig.seal(3);
  const target = rig.target({}, undefined, (bytes) => {
    const text = Buffer.from(bytes).toString();
    const changed = text.replace(/"energyWh":(\d+)/, (_, energy: string) => `"energyWh":${Number(energy) + 1}`);
    expect(changed).not.toBe(text);
    return Buffer.from(changed);
  });
  const outcome = await deliver(await sessionOf(target), batch);
  expect(outcome).toMatchObject({ kind: 'refused', fault: { code: 'SYN_HUB_REFUSED' } });
  expect(outcome.kind === 'refused' && outcome.fault.message).toContain('its entries are not those of its checkpoint');
  expect(rig.held()).toEqual([]);
  expect(present(rig.hub.ledger(testKey.name).note.split('\n')[1], 'a size')).toBe('0');
});

test('two that send as one plant at the same time hold each other up, and the hub takes each entry once', async () => {
  const rig = await start({ codings: [] });
  const sessions = [await sessionOf(rig.target()), await sessionOf(rig.target())];
  for (const readings of [60, 40, 1]) {
    const batch = rig.seal(readings);
    for (let tries = 0; ; tries += 1) {
      const outcomes = await Promise.all(sessions.map((session) => deliver(session, batch)));
      if (outcomes.every(({ kind }) => kind === 'delivered')) break;
      for (const { kind } of outcomes) expect(['delivered', 'later', 'unknown']).toContain(kind);
      expect(tries).toBeLessThan(30);
    }
    expectHeld(rig, batch);
  }
});

test('a ledger that was put back to an older state is told, grown or not, and the hub keeps what it holds', async () => {
  // The clocks of both go the same, so that their first batches are the same, as after a restore.
  const [rig, restored] = [await start(), await start()];
  const session = await sessionOf(rig.target());
  for (const readings of [3, 5])
    expect(await deliver(session, rig.seal(readings))).toMatchObject({ kind: 'delivered' });
  const before = rig.held();
  const first = restored.seal(3);
  await restored.startHub({ folder: join(rig.folder, 'hub'), key: rig.key });
  const later = await sessionOf(restored.target({ publicKey: rig.key.publicText }));
  expect(before.slice(0, first.end)).toEqual(
    [...ledgerReader(restored.store).entries(0, first.end)].map(({ bytes }) => Buffer.from(bytes).toString()),
  );
  const refused = (code: string) => ({ kind: 'refused', fault: { code } });
  expect(await deliver(later, restored.seal(1))).toMatchObject(refused('SYN_HUB_AHEAD'));
  expect(await deliver(later, restored.seal(20))).toMatchObject(refused('SYN_HUB_FORK'));
  expect(restored.held()).toEqual(before);
});
