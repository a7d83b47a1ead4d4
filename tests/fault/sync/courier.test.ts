import { afterEach, beforeEach, expect, test } from 'vitest';
import { carryBatches } from '../../../appliance/courier/carry-batches.ts';
import { receiptName, signReceipt } from '../../../appliance/courier/courier-receipt.ts';
import { receivedOf, rootOfSize } from '../../../appliance/courier/received-ledger.ts';
import { deviceKeyFromSeed } from '../../../core/ledger/device-key.ts';
import { fsck } from '../../../core/ledger/fsck.ts';
import { present } from '../../../core/model/assert.ts';
import { type Random, seededRandom } from '../../../core/model/random.ts';
import { latestEntry } from '../../../core/store/entries.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { countDeliveries } from '../../../core/sync/kept-outbox.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import { testKey } from '../../fixtures/ledger.ts';
import { CarriedPlant, OFFICE } from './carried-plant.ts';
import { WeakStick } from './weak-stick.ts';

const SEED = announceSeed('courier');
/** FOREBAY_LINK_CUTS=1000 for the long run. */
const CUTS = Number(process.env.FOREBAY_LINK_CUTS ?? 60);
const STRANGER = deviceKeyFromSeed(Buffer.alloc(32, 44), 'x', 'office.example');

let random: Random;
let plant: CarriedPlant;

beforeEach(() => {
  random = seededRandom(SEED);
  plant = new CarriedPlant(random);
});

afterEach(() => plant.close());

const courierFault = (): string | undefined => plant.sync.status()[0]?.courier?.fault?.code;

test('what is on the stick counts as received only when its receipt has come back', async () => {
  await plant.runHours(5);
  expect(countDeliveries(plant.store, 'file').delivered).toBeGreaterThan(0);
  expect(plant.receivedSize).toBe(0);
  plant.stick.isIn = false;
  const received = await plant.receive();
  expect(received).toMatchObject({ size: plant.deliveredEnd, sizeBefore: 0, known: 0, refused: [], missingFrom: null });
  expect(received.plantKey).toBe(testKey.verifierKey);
  expect(plant.receivedSize).toBe(0);
  plant.stick.isIn = true;
  await plant.pass(60_000);
  expect(receivedOf(plant.store)).toMatchObject({ size: received.size, receiver: OFFICE.verifierKey });
  expect(receivedOf(plant.store).batches).toBe(received.kept);
  const before = plant.recorder.head().size;
  await plant.receive();
  await plant.pass(60_000);
  expect(plant.recorder.head().size, 'the same receipt is no news').toBe(before);
  expect(fsck(ledgerReader(plant.store))).toMatchObject({ ok: true });
});

test('a stick that was out for days is written to within seconds of being put in', async () => {
  plant.stick.isIn = false;
  await plant.runHours(60);
  expect(countDeliveries(plant.store, 'file')).toMatchObject({ delivered: 0 });
  plant.stick.isIn = true;
  await plant.pass(6000);
  expect(countDeliveries(plant.store, 'file')).toMatchObject({ waiting: 0, unknown: 0 });
});

test('a damaged file of what was received before is damaged, and no second history', async () => {
  await plant.runHours(3);
  await plant.receive();
  const [path = ''] = [...plant.stick.files.keys()].filter((name) => name.endsWith('.ndjson'));
  const text = Buffer.from(present(plant.stick.files.get(path), 'a file')).toString('utf8');
  plant.stick.files.set(path, Buffer.from(text.replace('"kind"', '"kinx"')));
  expect((await plant.receive()).refused.map(({ code }) => code)).toEqual(['SYN_CARRIED_DAMAGED']);
});

test('the key of another plant is refused each time it is given, and nothing is taken', async () => {
  await plant.runHours(2);
  const first = await plant.receive(plant.stick, OFFICE, testKey.verifierKey);
  expect(first.refused).toEqual([]);
  await plant.runHours(2);
  const other = await plant.receive(plant.stick, OFFICE, STRANGER.verifierKey);
  expect(other).toMatchObject({ size: first.size, kept: 0, receipt: null, missingFrom: null });
  expect(other.refused.map(({ code }) => code)).toEqual(['SYN_CARRIED_KEY']);
  expect(await plant.receive(plant.stick, OFFICE, testKey.verifierKey)).toMatchObject({
    size: plant.deliveredEnd,
    refused: [],
  });
});

test('a person who carries gets what waits for the lane, too, and the lane writes nothing twice', async () => {
  await plant.runHours(2);
  plant.stick.isIn = false;
  await plant.runHours(3);
  expect(countDeliveries(plant.store, 'file').waiting).toBeGreaterThan(0);
  const sealed = plant.store.get<{ count: number }>('SELECT count(*) AS count FROM batches')?.count;
  const disk = new WeakStick(random, 0);
  const parts = { store: plant.store, disk, folder: '/stick', plantId: 'HP-001' };
  expect(await carryBatches({ ...parts, share: 'unless-waiting' }, 0, 100)).toMatchObject({
    written: countDeliveries(plant.store, 'file').delivered,
  });
  await carryBatches({ ...parts, share: 'every' }, 0, 100);
  const carried = new Map(disk.files);
  expect(carried.size).toBe(sealed);
  plant.stick = disk;
  plant.sync.tryNow();
  await plant.pass(7_200_000);
  expect(countDeliveries(plant.store, 'file')).toMatchObject({ waiting: 0, parked: 0 });
  for (const [path, bytes] of carried) expect(disk.files.get(path)).toEqual(bytes);
});

test('the stick says in words and in JSON what is on it', async () => {
  await plant.runHours(3);
  const text = (name: string): string =>
    Buffer.from(present(plant.stick.files.get(`/stick/HP-001/${name}`), name)).toString('utf8');
  const index = JSON.parse(text('index.json')) as { batches: { count: number; runs: number[][] } };
  const files = [...plant.stick.files.keys()].filter((path) => path.endsWith('.ndjson'));
  expect(index).toMatchObject({ format: 'forebay-carrier', plant: 'HP-001', receivedSize: 0 });
  expect(index.batches).toMatchObject({ count: files.length, runs: [[0, plant.deliveredEnd]] });
  expect(text('READ-ME.txt')).toContain(`${files.length} batches of its ledger`);
  expect(text('READ-ME.txt')).toContain('To be received by office.example, who confirmed the first 0 entries so far.');
});

test('where plant.yaml names no receiver, the stick promises nothing, and a receipt that came is said', async () => {
  await plant.clock.run(plant.sync.stop());
  plant.receiver = null;
  plant.start();
  await plant.runHours(2);
  const words = Buffer.from(present(plant.stick.files.get('/stick/HP-001/READ-ME.txt'), 'the words')).toString('utf8');
  expect(words).not.toContain('by itself');
  expect(words).toContain('`receiver:` under sync.file');
  expect(courierFault()).toBeUndefined();
  await plant.receive();
  await plant.pass(60_000);
  expect(courierFault()).toBe('SYN_RECEIPT_UNNAMED');
  expect(plant.receivedSize).toBe(0);
});

test('a stick that is lost costs nothing: the next one gets what nobody confirmed', async () => {
  await plant.runHours(4);
  await plant.receive();
  await plant.pass(60_000);
  const confirmed = plant.receivedSize;
  await plant.runHours(4);
  const lost = plant.stick;
  // Exchanged between two looks: the plant never sees it gone.
  plant.stick = new WeakStick(random, 0);
  await plant.pass(120_000);
  const starts = [...plant.stick.files.keys()].flatMap((path) => /\/(\d+)-\d+-/.exec(path)?.[1] ?? []).map(Number);
  expect(Math.min(...starts)).toBe(confirmed);
  const received = await plant.receive();
  expect(received).toMatchObject({ size: plant.deliveredEnd, missingFrom: null, refused: [] });
  // Found again after all: nothing on it is news, and nothing is taken twice.
  expect(await plant.receive(lost)).toMatchObject({ kept: 0, size: received.size, refused: [] });
});

test('two sticks in turn bring everything, once', async () => {
  const sticks = [plant.stick, new WeakStick(random, 0)];
  let kept = 0;
  for (let round = 0; round < 4; round += 1) {
    await plant.runHours(1 + Math.floor(random.next() * 4));
    const away = plant.stick;
    plant.stick = present(sticks[(round + 1) % 2], 'a stick');
    kept += (await plant.receive(away)).kept;
  }
  for (const stick of sticks) {
    plant.stick = stick;
    await plant.pass(60_000);
    kept += (await plant.receive()).kept;
    await plant.pass(60_000);
  }
  expect(plant.receivedSize).toBe(plant.deliveredEnd);
  expect(receivedOf(plant.store).batches).toBe(kept);
  expect(kept).toBe(countDeliveries(plant.store, 'file').delivered);
});

test('the office holds exactly the ledger, through sticks that are cut, exchanged and lost, and crashes', async () => {
  const cutShare = 0.12;
  await plant.close();
  const mode = random.next() < 0.5 ? ({ kind: 'direct' } as const) : undefined;
  plant = new CarriedPlant(random, { cutShare, ...(mode === undefined ? {} : { mode }) });
  let cuts = 0;
  const count = (stick: WeakStick): void => {
    cuts += stick.cuts;
    stick.cuts = 0;
  };
  while (cuts < CUTS) {
    await plant.runHours(1 + Math.floor(random.next() * 3));
    count(plant.stick);
    const luck = random.next();
    if (luck < 0.2) plant.stick = new WeakStick(random, cutShare);
    else if (luck < 0.6) await plant.receive().catch(() => undefined);
    if (random.next() < 0.3) {
      plant.sync.crash();
      plant.start();
    }
    plant.stick.isIn = random.next() < 0.9;
  }
  plant.stick = new WeakStick(random, 0);
  plant.sync.tryNow();
  await plant.pass(7_200_000);
  const received = await plant.receive();
  await plant.pass(60_000);
  expect(received).toMatchObject({ refused: [], missingFrom: null, size: plant.deliveredEnd });
  expect(plant.receivedSize).toBe(plant.deliveredEnd);
  const { delivered, waiting, parked } = countDeliveries(plant.store, 'file');
  expect({ waiting, parked, batches: receivedOf(plant.store).batches }).toEqual({
    waiting: 0,
    parked: 0,
    batches: delivered,
  });
  expect([...plant.office.files.keys()].filter((path) => path.endsWith('.ndjson'))).toHaveLength(delivered);
  expect(fsck(ledgerReader(plant.store))).toMatchObject({ ok: true });
});

const receiptPath = `/stick/HP-001/${receiptName(OFFICE.verifierKey, testKey.name)}`;

const FORGERIES = [
  ['SYN_RECEIPT_UNREADABLE', (text: string) => text.slice(0, text.length / 2)],
  ['SYN_RECEIPT_UNREADABLE', () => ''],
  ['SYN_RECEIPT_UNREADABLE', (text: string) => text.replace('{', '{ ')],
  ['SYN_RECEIPT_UNREADABLE', (text: string) => `${text}${' '.repeat(70_000)}`],
  ['SYN_RECEIPT_UNREADABLE', (text: string) => text.replace('"size":', '"size":-')],
  ['SYN_RECEIPT_UNSIGNED', (text: string) => text.replace('HP-001', 'HP-002')],
  ['SYN_RECEIPT_UNSIGNED', (text: string) => text.replace(/"receivedAt":"20/, '"receivedAt":"21')],
  ['SYN_RECEIPT_UNSIGNED', () => signed({}, STRANGER)],
  ['SYN_RECEIPT_UNSIGNED', () => signed({ receiver: STRANGER.verifierKey }, STRANGER)],
  ['SYN_RECEIPT_OTHER_PLANT', () => signed({ plantId: 'HP-002' })],
  ['SYN_RECEIPT_OTHER_PLANT', () => signed({ log: 'forebay/HP-001/00000000' })],
  ['SYN_RECEIPT_OTHER_LEDGER', () => signed({ root: Buffer.alloc(32, 1) })],
  ['SYN_RECEIPT_OTHER_LEDGER', () => signed({ size: 1_000_000 })],
] as const;

test('a receipt that is cut short, forged, of another plant or of another history is refused, and counts for nothing', async () => {
  await plant.runHours(3);
  plant.stick.isIn = false;
  await plant.receive();
  plant.stick.isIn = true;
  const genuine = Buffer.from(present(plant.stick.files.get(receiptPath), 'the receipt')).toString('utf8');
  for (const [number, [code, forge]] of FORGERIES.entries()) {
    plant.stick.files.set(receiptPath, Buffer.from(forge(genuine), 'utf8'));
    await plant.pass(60_000);
    expect(courierFault(), `forgery ${number}`).toBe(code);
    expect(latestEntry(plant.store, 'received'), `forgery ${number}`).toBeUndefined();
  }
  plant.stick.files.set(receiptPath, Buffer.from(genuine, 'utf8'));
  await plant.pass(60_000);
  expect(courierFault()).toBeUndefined();
  expect(plant.receivedSize).toBeGreaterThan(0);
});

test('an older receipt takes nothing back', async () => {
  await plant.runHours(2);
  await plant.receive();
  const older = present(plant.stick.files.get(receiptPath), 'the receipt');
  await plant.runHours(2);
  await plant.receive();
  await plant.pass(60_000);
  const size = plant.receivedSize;
  plant.stick.files.set(receiptPath, older);
  await plant.pass(60_000);
  expect(plant.receivedSize).toBe(size);
  expect(courierFault()).toBeUndefined();
});

test('what the office cannot use is said in the receipt, and everything before it is kept', async () => {
  await plant.runHours(5);
  const files = [...plant.stick.files.keys()].filter((path) => path.endsWith('.ndjson')).toSorted(byFirst);
  const [, damaged = '', ...rest] = files;
  const whole = present(plant.stick.files.get(damaged), 'a file');
  for (const [code, bytes] of [
    ['SYN_CARRIED_UNREADABLE', whole.subarray(0, whole.length / 2)],
    ['SYN_CARRIED_DAMAGED', Buffer.from(Buffer.from(whole).toString('utf8').replace('APPROVED', 'REJECTED'))],
    [
      'SYN_CARRIED_UNREADABLE',
      Buffer.from(Buffer.from(whole).toString('utf8').replace('creditedWh\\":', 'creditedWh\\":9')),
    ],
  ] as const) {
    plant.stick.files.set(damaged, bytes);
    const received = await plant.receive();
    expect(received.refused.map((file) => file.code)).toEqual([code]);
    expect(received.size).toBe(Number(/\/(\d+)-/.exec(damaged)?.[1]));
    expect(received.missingFrom, 'it came, and was refused').toBeNull();
    plant.stick.isIn = false;
    await plant.pass(20_000);
    plant.stick.isIn = true;
    await plant.pass(20_000);
    expect(courierFault()).toBe(code);
  }
  plant.stick.files.set(damaged, whole);
  const received = await plant.receive();
  expect(received).toMatchObject({ refused: [], kept: rest.length + 1, size: plant.deliveredEnd });
});

function signed(change: object, key = OFFICE): string {
  const size = plant.deliveredEnd;
  const root = present(rootOfSize(plant.store, size), 'the root');
  const receipt = {
    plantId: 'HP-001',
    log: testKey.name,
    size,
    root,
    receiver: OFFICE.verifierKey,
    receivedAt: '2026-11-14T09:30:00.000Z',
    refused: [],
    ...change,
  };
  return signReceipt(receipt, key);
}

function byFirst(a: string, b: string): number {
  const first = (path: string): number => Number(/\/(\d+)-\d+-/.exec(path)?.[1] ?? 0);
  return first(a) - first(b);
}
