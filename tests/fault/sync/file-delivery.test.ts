import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batchContent } from '../../../appliance/sync/batch-content.ts';
import { PlantSync } from '../../../appliance/sync/plant-sync.ts';
import { canonicalize } from '../../../core/ledger/canonical.ts';
import { parseCheckpoint, verifyCheckpoint } from '../../../core/ledger/checkpoint.ts';
import { Frontier } from '../../../core/ledger/frontier.ts';
import { fsck } from '../../../core/ledger/fsck.ts';
import { leafHash } from '../../../core/ledger/merkle.ts';
import { parseVerifierKey, signatureChecker } from '../../../core/ledger/verifier-key.ts';
import { present } from '../../../core/model/assert.ts';
import type { JsonObject } from '../../../core/model/json.ts';
import { type Random, seededRandom } from '../../../core/model/random.ts';
import { entriesOfKinds, readEntry } from '../../../core/store/entries.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { storedEntry } from '../../../core/store/stored-entries.ts';
import { countDeliveries } from '../../../core/sync/kept-outbox.ts';
import type { SealMode } from '../../../core/sync/sealer.ts';
import { fileTarget } from '../../../core/sync/targets/file.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import { FLAG, judgedReading } from '../../fixtures/judged-reading.ts';
import { testGenesis, testKey, testRecorder } from '../../fixtures/ledger.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { WeakStick } from './weak-stick.ts';

const SEED = announceSeed('file delivery');
/** FOREBAY_LINK_CUTS=1000 for the long run. */
const CUTS = Number(process.env.FOREBAY_LINK_CUTS ?? 100);
const HOURLY: SealMode = { kind: 'merkle', everyMs: 3_600_000 };

let folder: string;
let store: WritableStore;
let recorder: ReturnType<typeof testRecorder>;
let clock: SimulatedClock;
let random: Random;
/** What the log was told, at whatever level. */
let said: { readonly level: string; readonly details: object; readonly message: string }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-file-delivery-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
  clock = new SimulatedClock(Date.parse(present(readEntry(store, 0), 'the genesis').at));
  random = seededRandom(SEED);
  said = [];
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const tell = (level: string) => (details: object, message: string) => void said.push({ level, details, message });

function startSync(disk: WeakStick, mode: SealMode = HOURLY): PlantSync {
  const target = fileTarget({
    folder: '/stick',
    plantId: 'HP-001',
    disk,
    contentOf: (batch) => batchContent(store, batch),
  });
  const sync: PlantSync = new PlantSync({
    store,
    key: testKey,
    plantId: 'HP-001',
    mode,
    targets: [target],
    head: () => recorder.head(),
    record: (entries, alongside) => {
      sync.recorded(recorder.record(entries, alongside));
    },
    clock,
    random,
    log: { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') },
  });
  sync.start();
  return sync;
}

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

/** What a receiver makes of a stick: checks every file from the message to the last entry, and adds up. */
function receive(stick: WeakStick): { entries: number; creditedWh: number; counts: number[]; root: string } {
  const key = present(parseVerifierKey(testKey.verifierKey), 'the key');
  const isSigned = signatureChecker(key.publicKey);
  const files = [...stick.files].filter(([path]) => path.endsWith('.ndjson'));
  const heads = files.map(([, bytes]) => {
    const [first = '', ...lines] = Buffer.from(bytes).toString('utf8').trimEnd().split('\n');
    return { head: JSON.parse(first) as Record<string, unknown>, lines };
  });
  const ordered = heads.toSorted((a, b) => Number(a.head.first) - Number(b.head.first));
  const frontier = Frontier.of(0, () => new Uint8Array());
  const sums = { entries: 0, creditedWh: 0, counts: [0, 0, 0] };
  for (const { head, lines } of ordered) {
    expect(head.first).toBe(frontier.size);
    for (const line of lines) frontier.append(leafHash(Buffer.from(line, 'utf8')));
    expect(head.end).toBe(frontier.size);
    const { sig, ...body } = JSON.parse(String(head.message)) as JsonObject;
    expect(isSigned(Buffer.from(canonicalize(body), 'utf8'), Buffer.from(String(sig), 'base64'))).toBe(true);
    expect(verifyCheckpoint(String(head.checkpoint), key)).toBeDefined();
    const checkpoint = present(parseCheckpoint(String(head.checkpoint)), 'the checkpoint');
    expect(body).toMatchObject({ size: checkpoint.size, root: Buffer.from(checkpoint.root).toString('base64') });
    if (head.size === head.end) expect(Buffer.from(checkpoint.root)).toEqual(Buffer.from(frontier.root()));
    sums.entries += lines.length;
    sums.creditedWh += Number(body.creditedWh) + Number(body.reviewedWh);
    sums.counts = [body.approved, body.flagged, body.rejected].map(
      (count, at) => (sums.counts[at] ?? 0) + Number(count),
    );
  }
  return { ...sums, root: Buffer.from(frontier.root()).toString('base64') };
}

const review = (readingIndex: number, decision: string) => ({
  kind: 'review' as const,
  body: {
    v: 1,
    readingIndex,
    unitId: 'unit1',
    decision,
    reason: 'looked at it',
    by: 'asha',
    account: 'key:asha',
    role: 'engineer',
    fourEyes: false,
  },
});

test('what a stick brings is what the ledger holds, through cuts at random moments', async () => {
  const stick = new WeakStick(random, 0.15);
  let sync = startSync(stick);
  let hours = 0;
  while (stick.cuts < CUTS) {
    recorder.record([judgedReading(hours, { status: 'APPROVED' })]);
    stick.isIn = random.next() < 0.8;
    if (random.next() < 0.1) {
      sync.crash();
      sync = startSync(stick);
    }
    await pass(3_600_000);
    hours += 1;
  }
  stick.cutShare = 0;
  stick.isIn = true;
  sync.tryNow();
  await pass(7_200_000);
  await clock.run(sync.stop());
  const { delivered, waiting, unknown, parked } = countDeliveries(store, 'file');
  expect({ waiting, unknown, parked }).toEqual({ waiting: 0, unknown: 0, parked: 0 });
  const brought = receive(stick);
  expect(brought.counts).toEqual([hours, 0, 0]);
  expect(delivered).toBe([...stick.files.keys()].filter((path) => path.endsWith('.ndjson')).length);
  expect(fsck(ledgerReader(store))).toMatchObject({ ok: true });
});

test('the sums of all messages are what is credited, also after a person changed it', async () => {
  const stick = new WeakStick(random, 0);
  const sync = startSync(stick);
  const [approved] = recorder.record([judgedReading(4, { status: 'APPROVED' })]);
  const [flagged] = recorder.record([judgedReading(8, { status: 'FLAGGED', finding: FLAG })]);
  await pass(7_200_000);
  const creditedBefore = receive(stick).creditedWh;
  const energyOf = (index: number): unknown => {
    const { reading } = present(readEntry(store, index), 'the entry').body;
    return (reading as JsonObject).energyWh;
  };
  expect(creditedBefore).toBe(energyOf(present(approved, 'a reading').index));
  recorder.record([review(present(flagged, 'a reading').index, 'approve')]);
  await pass(7_200_000);
  expect(receive(stick).creditedWh).toBe(creditedBefore + Number(energyOf(present(flagged, 'a reading').index)));
  recorder.record([review(present(approved, 'a reading').index, 'reject')]);
  await pass(7_200_000);
  expect(receive(stick)).toMatchObject({
    creditedWh: energyOf(present(flagged, 'a reading').index),
    counts: [1, 1, 0],
  });
  await clock.run(sync.stop());
});

test('each reading has a message of its own in the direct mode', async () => {
  const stick = new WeakStick(random, 0);
  const sync = startSync(stick, { kind: 'direct' });
  for (let n = 0; n < 12; n += 1) {
    const readings = [judgedReading(n, { status: 'APPROVED' }), judgedReading(100 + n, { status: 'APPROVED' })];
    sync.recorded(recorder.record(readings));
    await pass(60_000);
  }
  await pass(60_000);
  await clock.run(sync.stop());
  expect(countDeliveries(store, 'file')).toMatchObject({ delivered: 24, waiting: 0 });
  expect(receive(stick).counts).toEqual([24, 0, 0]);
});

test('each batch that was delivered is one line in the log', async () => {
  const stick = new WeakStick(random, 0);
  const sync = startSync(stick);
  recorder.record([judgedReading(1, { status: 'APPROVED' }), judgedReading(2, { status: 'APPROVED' })]);
  await pass(7_200_000);
  await clock.run(sync.stop());
  const [batch] = entriesOfKinds(store, ['batch']);
  const { index, body } = present(batch, 'the batch');
  const details = { target: 'file', batch: index, entries: Number(body.end) - Number(body.first) };
  const expected = { level: 'info', details, message: 'A batch was delivered' };
  expect(said.filter(({ message }) => message === expected.message)).toEqual([expected]);
});

test('what waits to be sealed is said, and is sealed then by the clock alone', async () => {
  const stick = new WeakStick(random, 0);
  const sync = startSync(stick, { kind: 'direct' });
  sync.recorded(recorder.record([judgedReading(1, { status: 'APPROVED' })]));
  await pass(60_000);
  expect(sync.unsealed()).toBeUndefined();
  sync.recorded(recorder.record([review(1, 'approve')]));
  const next = present(sync.unsealed(), 'what waits');
  expect(next).toMatchObject({ entries: 1, isMore: false, isWithReading: true });
  await pass(next.atMs - clock.wallMs() - 1);
  expect(sync.unsealed()).toEqual(next);
  await pass(60_000);
  expect(sync.unsealed()).toBeUndefined();
  await clock.run(sync.stop());
  const hourly = startSync(stick);
  recorder.record([review(1, 'reject')]);
  const period = present(hourly.unsealed(), 'what waits');
  expect(period).toMatchObject({ entries: 1, isWithReading: false });
  const before = countDeliveries(store, 'file').delivered;
  await pass(Math.max(0, period.atMs - clock.wallMs()) + 60_000);
  expect(hourly.unsealed()).toBeUndefined();
  expect(countDeliveries(store, 'file').delivered).toBe(before + 1);
  await clock.run(hourly.stop());
});

test('a full stick is said and waited for', async () => {
  const stick = new WeakStick(random, 0);
  stick.freeBytesNow = 1000;
  const sync = startSync(stick);
  recorder.record([judgedReading(1, { status: 'APPROVED' })]);
  await pass(7_200_000);
  expect(sync.status()).toMatchObject([{ fault: { code: 'SYN_FILE_FULL' } }]);
  expect(countDeliveries(store, 'file')).toMatchObject({ delivered: 0, parked: 0 });
  stick.freeBytesNow = 1e9;
  sync.tryNow();
  await pass(60_000);
  expect(countDeliveries(store, 'file').delivered).toBeGreaterThan(0);
  await clock.run(sync.stop());
});

test('an entry that is not what was recorded is neither sealed nor written to a stick, until it is whole again', async () => {
  const stick = new WeakStick(random, 0);
  stick.isIn = false;
  const [recorded] = recorder.record([judgedReading(1, { status: 'APPROVED' })]);
  const { index } = present(recorded, 'the entry');
  const { bytes } = present(storedEntry(store, index), 'the entry');
  const changed = Buffer.from(Buffer.from(bytes).toString('utf8').replace('"APPROVED"', '"REJECTED"'));
  store.run('DROP TRIGGER entries_refuse_update');
  const write = (entry: Uint8Array): void => {
    store.run('UPDATE entries SET bytes = ? WHERE idx = ?', entry, index);
  };
  write(changed);
  const sync = startSync(stick);
  await pass(7_200_000);
  expect(countDeliveries(store, 'file').waiting).toBe(0);
  write(bytes);
  await pass(7_200_000);
  expect(countDeliveries(store, 'file').waiting).toBeGreaterThan(0);
  write(changed);
  stick.isIn = true;
  sync.tryNow();
  await pass(60_000);
  expect(sync.status()).toMatchObject([{ fault: { code: 'LED_FSCK_ENTRY', hint: expect.stringContaining('fsck') } }]);
  expect(stick.files.size).toBe(0);
  expect(countDeliveries(store, 'file')).toMatchObject({ delivered: 0, parked: 0 });
  write(bytes);
  sync.tryNow();
  await pass(7_200_000);
  expect(receive(stick).counts).toEqual([1, 0, 0]);
  await clock.run(sync.stop());
});

test('an hour of a clock ten years ahead stops no sealing after it is put back', async () => {
  const stick = new WeakStick(random, 0);
  const ahead = new SimulatedClock(clock.wallMs() + 315_576_000_000);
  const right = clock;
  clock = ahead;
  let sync = startSync(stick);
  recorder.record([judgedReading(1, { status: 'APPROVED' })]);
  await pass(7_200_000);
  await clock.run(sync.stop());
  clock = right;
  sync = startSync(stick);
  recorder.record([judgedReading(2, { status: 'APPROVED' })]);
  await pass(7_200_000);
  recorder.record([judgedReading(3, { status: 'APPROVED' })]);
  await pass(7_200_000);
  await clock.run(sync.stop());
  expect(receive(stick).counts).toEqual([3, 0, 0]);
});

test('a long history is sealed run by run', async () => {
  const stick = new WeakStick(random, 0);
  recorder.record(Array.from({ length: 1203 }, (_, n) => judgedReading(n, { status: 'APPROVED' })));
  const sync = startSync(stick);
  await pass(7_200_000);
  await clock.run(sync.stop());
  expect(receive(stick)).toMatchObject({ counts: [1203, 0, 0] });
  expect([...stick.files.keys()].length).toBeGreaterThanOrEqual(3);
});
