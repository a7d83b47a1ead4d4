import { afterEach, beforeEach, expect, test } from 'vitest';
import { PlantSync } from '../../../appliance/sync/plant-sync.ts';
import { parseCheckpoint } from '../../../core/ledger/checkpoint.ts';
import { isNoteSigned, parseNoteKey } from '../../../core/ledger/cosignature.ts';
import { deviceKeyFromSeed } from '../../../core/ledger/device-key.ts';
import { fsck } from '../../../core/ledger/fsck.ts';
import { rootAt } from '../../../core/ledger/merkle.ts';
import { nodesIn } from '../../../core/ledger/proof.ts';
import { present } from '../../../core/model/assert.ts';
import { type Random, seededRandom } from '../../../core/model/random.ts';
import { readEntry } from '../../../core/store/entries.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { countDeliveries } from '../../../core/sync/kept-outbox.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import { testKey } from '../../fixtures/ledger.ts';
import { randomCuts } from '../../peers/cutting-link.ts';
import { HubRig } from '../../peers/hub/hub-rig.ts';
import { HurriedClock } from './hurried-clock.ts';

const SEED = announceSeed('hub delivery');
/** FOREBAY_LINK_CUTS=1000 for the long run. */
const CUTS = Number(process.env.FOREBAY_LINK_CUTS ?? 25);
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const HOUR_MS = 3_600_000;
/** Each second of the plant takes so much less here. */
const HURRY = 1000;
const CRASH_SHARE = 0.03;
/** About as much as two exchanges with the hub have. */
const CUT_BYTES = { upBytesMax: 8000, downBytesMax: 1200 };

let rig: HubRig;
let clock: HurriedClock;
let random: Random;
let crashes: number;
let rotations: number;

beforeEach(async () => {
  crashes = 0;
  rotations = 0;
  rig = await HubRig.start({ uploadBytesMax: 100_000, beforeStep: crashAtTimes });
  clock = new HurriedClock(Date.parse(present(readEntry(rig.store, 0), 'the genesis').at), HURRY);
  random = seededRandom(SEED);
});

afterEach(() => rig.stop());

function startSync(): PlantSync {
  const { store, recorder, plantKey } = rig;
  const sync: PlantSync = new PlantSync({
    store,
    key: plantKey,
    plantId: 'HP-001',
    mode: { kind: 'merkle', everyMs: HOUR_MS },
    targets: [rig.target()],
    head: () => recorder.head(),
    record: (entries, alongside) => recorder.record(entries, alongside),
    clock,
    random,
    log: SILENT,
  });
  sync.start();
  return sync;
}

/** The hub ends in the middle of what it writes, and comes back with what its disk has. */
function crashAtTimes(): void {
  if (random.next() > CRASH_SHARE) return;
  crashes += 1;
  throw new Error('the hub crashed');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The hub was told of the first key alone, and has to follow through whatever is cut. */
function rotate(): void {
  rotations += 1;
  const seed = Buffer.alloc(32);
  seed.writeUInt32BE(rotations);
  rig.rotate(deviceKeyFromSeed(seed, 'HP-001', testKey.name));
}

/** An hour passes with some readings; sometimes the appliance or the hub ends as in a power cut. */
async function passHour(sync: PlantSync): Promise<PlantSync> {
  const count = random.next() < 0.1 ? 60 : 1 + Math.floor(4 * random.next());
  // The first hour always, so that no seed goes without.
  if (rotations === 0 || random.next() < 0.05) rotate();
  rig.record(count);
  clock.skip(HOUR_MS);
  let going = sync;
  const luck = random.next();
  if (luck < 0.1) {
    going.crash();
    going = startSync();
  } else if (luck < 0.2) await rig.startHub();
  going.tryNow();
  await pause(8);
  return going;
}

/** Every receipt is the hub's signature over this ledger's root at a size that covers its batch. */
function checkReceipts(): number {
  const reader = ledgerReader(rig.store);
  const key = present(parseNoteKey(rig.key.publicText), 'the key of the hub');
  const { entries } = [...reader.entries(0, reader.size())].reduce<{
    entries: { batch: number; receipt: { checkpoint: string } }[];
  }>(
    (found, { kind, bytes }) => {
      if (kind === 'receipt') found.entries.push((JSON.parse(Buffer.from(bytes).toString()) as { body: never }).body);
      return found;
    },
    { entries: [] },
  );
  for (const { batch, receipt } of entries) {
    const { text, size, root, signatures } = present(parseCheckpoint(receipt.checkpoint), 'a checkpoint');
    expect(isNoteSigned(key, text, present(signatures[0], 'a signature').signature)).toBe(true);
    expect(Buffer.from(root)).toEqual(Buffer.from(rootAt(size, nodesIn(reader))));
    expect(size).toBeGreaterThanOrEqual(Number(present(readEntry(rig.store, batch), 'the batch').body.end));
  }
  return entries.length;
}

test('the hub holds what the ledger holds, each entry once and in order, through cuts at random bytes', async () => {
  rig.link.chooseCut = randomCuts(random, CUT_BYTES);
  let sync = startSync();
  let hours = 0;
  while (rig.link.cuts < CUTS) {
    sync = await passHour(sync);
    hours += 1;
  }
  rig.link.chooseCut = () => undefined;
  for (;;) {
    const { waiting, sending, unknown, parked } = countDeliveries(rig.store, 'hub');
    expect(parked).toBe(0);
    if (waiting + sending + unknown === 0) break;
    sync.tryNow();
    await pause(20);
  }
  await sync.stop();
  const reader = ledgerReader(rig.store);
  const held = rig.held();
  expect(held).toEqual([...reader.entries(0, held.length)].map(({ bytes }) => Buffer.from(bytes).toString()));
  const { delivered } = countDeliveries(rig.store, 'hub');
  expect(checkReceipts()).toBe(delivered);
  expect(fsck(reader)).toMatchObject({ ok: true });
  process.stdout.write(
    `hub: ${rig.link.cuts} cuts, ${crashes} crashes of the hub, ${rotations} keys changed, ${hours} hours, ${delivered} batches, ${held.length} entries, each once and in order\n`,
  );
}, 1_800_000);
