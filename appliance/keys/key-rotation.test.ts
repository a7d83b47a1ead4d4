import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareNextKey } from '../../core/ledger/change-device-key.ts';
import { didKey } from '../../core/ledger/did-key.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import { KeyInUse } from '../../core/ledger/key-in-use.ts';
import { settleKeyChange } from '../../core/ledger/settle-key-change.ts';
import { parseVerifierKey } from '../../core/ledger/verifier-key.ts';
import { present } from '../../core/model/assert.ts';
import { Failure } from '../../core/model/failure.ts';
import { silentLog } from '../../core/model/log.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { scriptedDriver, scriptedPlant } from '../../tests/fixtures/scripted-driver.ts';
import { dataFolderAt } from '../data-folder.ts';
import { openDeviceKey, readDeviceKey } from '../open-device-key.ts';
import { Plant } from '../plant.ts';
import { sealerOf } from '../sync/sealing.ts';
import type { KeyFilesJob } from './key-files-job.ts';
import { KeyRotation, type KeyRotationParts } from './key-rotation.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const because = { reason: 'two years have passed', by: 'Asha Rawat' };

let root: string;
let store: WritableStore;
let clock: ManualClock;
let key: KeyInUse;
let plant: Plant;
/** Refused from now on, where a test wants it. */
let refusal: Failure | undefined;
const polls: number[] = [];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'forebay-key-rotation-'));
  const opened = openStore(join(root, 'ledger.db'), { access: 'write' });
  refusal = undefined;
  store = {
    ...opened,
    get: opened.get.bind(opened),
    all: opened.all.bind(opened),
    rows: opened.rows.bind(opened),
    run: opened.run.bind(opened),
    snapshot: opened.snapshot.bind(opened),
    close: opened.close.bind(opened),
    write: (work) => {
      if (refusal !== undefined) throw refusal;
      return opened.write(work);
    },
  };
  clock = new ManualClock(START - 500);
  key = new KeyInUse(openDeviceKey(dataFolderAt(root), store, 'HP-TEST'));
  polls.length = 0;
  const { driver } = scriptedDriver((point, wallMs) => {
    if (point.id === 'status') return 'generating';
    return point.id === 'power' ? 1800 : 1000 + (wallMs - START) / 2000;
  });
  plant = new Plant({
    config: scriptedPlant(),
    configuration: { plantId: 'HP-001', text: '', sha256: 'a'.repeat(64) },
    drivers: new Map([['scripted', driver]]),
    hostOf: () => driverHost(1, { clock }),
    store,
    key,
    clock,
    random: seededRandom(1),
    askTimeServer: async (host) => ({ kind: 'silent', why: `${host} is not there` }),
    log: silentLog,
    version: '0.0.0',
    mode: 'normal',
    listener: { onCycle: ({ slotMs }) => void polls.push(slotMs) },
  });
  plant.start();
  await clock.pass(150_000);
});

afterEach(async () => {
  refusal = undefined;
  const stopped = plant.stop();
  await clock.pass(0);
  await stopped;
  store.close();
  rmSync(root, { recursive: true, force: true });
});

/** The real steps; `during` is called before each of them. */
function rotation(during: (step: KeyFilesJob['step']) => Promise<void> | void = () => {}): KeyRotation {
  return new KeyRotation({
    keysFolder: join(root, 'keys'),
    disk: nodeKeyDisk,
    key,
    clock,
    log: silentLog,
    record: (takeover) => plant.changeKey(takeover),
    workOnFiles: async ({ keysFolder, step, inForce }) => {
      await during(step);
      const options = { disk: nodeKeyDisk, inForce: present(parseVerifierKey(inForce), 'the key in force') };
      if (step === 'prepare') prepareNextKey(keysFolder, options);
      else settleKeyChange(keysFolder, options);
    },
  } satisfies KeyRotationParts);
}

const check = () => fsck(ledgerReader(store));
const keyFiles = () => readdirSync(join(root, 'keys')).sort();
const readingCount = () => store.get<{ count: number }>('SELECT count(*) AS count FROM readings')?.count ?? 0;

it('changes the key between two polls: none is missed, and each entry is signed by the key in force at it', async () => {
  const first = key.verifierKey;
  const firstPem = readFileSync(join(root, 'keys/device.key'), 'utf8');
  const sealer = sealerOf({
    store,
    key,
    plantId: 'HP-001',
    mode: { kind: 'direct' },
    targets: ['file'],
    head: () => plant.head(),
    record: () => [],
  });
  const firstDid = sealer.did;
  const before = readingCount();
  // Polls and readings go on while the disk is busy with the files.
  const outcome = await rotation(() => clock.pass(60_000)).rotate(because);
  await clock.pass(120_000);
  expect(outcome).toMatchObject({ event: 'rotated', verifierKey: key.verifierKey, isOldDestroyed: true });
  expect(key.verifierKey).not.toBe(first);
  expect(firstDid).toBe(didKey(present(parseVerifierKey(first), 'the first key').publicKey));
  expect(sealer.did).toBe(outcome.did);
  expect(keyFiles()).toEqual(['device.key', 'device.pub']);
  expect(readFileSync(join(root, 'keys/device.key'), 'utf8')).not.toBe(firstPem);
  const steps = polls.slice(1).map((slotMs, n) => slotMs - (polls[n] ?? 0));
  expect(new Set(steps)).toEqual(new Set([scriptedPlant().devices[0]?.periodMs]));
  expect(readingCount()).toBeGreaterThan(before + 2);
  expect(check()).toMatchObject({
    ok: true,
    keys: [
      { verifierKey: first, how: 'genesis' },
      { verifierKey: outcome.verifierKey, how: 'rotated', entryIndex: outcome.entryIndex },
    ],
  });
});

it('changes it again and again, one change at a time', async () => {
  let second: Promise<unknown> | undefined;
  const keys = rotation((step) => {
    if (step === 'settle') second = keys.rotate(because).catch((error: unknown) => error);
  });
  const { verifierKey } = await keys.rotate(because);
  expect(await second).toMatchObject({ code: 'LED_KEY_CHANGING' });
  const again = await rotation().rotate({ ...because, reason: 'once more' });
  expect(again.verifierKey).not.toBe(verifierKey);
  expect(check().keys.map(({ how }) => how)).toEqual(['genesis', 'rotated', 'rotated']);
  expect(check().ok).toBe(true);
});

it('leaves the old key in force where the store takes nothing, and signs what waited before the change', async () => {
  const first = key.verifierKey;
  refusal = new Failure('STO_FULL', 'The disk is full.');
  await clock.pass(120_000);
  await expect(rotation().rotate(because)).rejects.toMatchObject({ code: 'STO_FULL' });
  expect(key.verifierKey).toBe(first);
  refusal = undefined;
  const before = readingCount();
  const { entryIndex } = await rotation().rotate(because);
  expect(readingCount()).toBeGreaterThan(before);
  expect(store.get<{ idx: number }>('SELECT max(idx) AS idx FROM readings')?.idx).toBe(entryIndex - 1);
  await clock.pass(60_000);
  expect(check()).toMatchObject({ ok: true, keys: [{ verifierKey: first }, { verifierKey: key.verifierKey }] });
  expect(keyFiles()).toEqual(['device.key', 'device.pub']);
});

it('holds whether or not the old key can be destroyed, and the next change destroys it', async () => {
  const outcome = await rotation((step) => {
    if (step === 'settle') throw new Failure('LED_KEY_NOT_WRITTEN', 'The disk refused.');
  }).rotate(because);
  expect(outcome.isOldDestroyed).toBe(false);
  expect(keyFiles()).toEqual(['device.key', 'device.key.next', 'device.pub']);
  await clock.pass(60_000);
  expect(check()).toMatchObject({ ok: true });
  // A command beside the appliance finds the key in force all the same.
  expect(readDeviceKey(dataFolderAt(root), store).publicKey).toEqual(key.publicKey);
  await rotation().rotate(because);
  expect(keyFiles()).toEqual(['device.key', 'device.pub']);
  expect(readDeviceKey(dataFolderAt(root), store).publicKey).toEqual(key.publicKey);
  expect(check().keys).toHaveLength(3);
});

it('comes to nothing where the appliance stops before it is recorded', async () => {
  const first = key.verifierKey;
  let stopped: Promise<void> | undefined;
  const keys = rotation(() => {
    stopped = keys.stop();
  });
  await expect(keys.rotate(because)).rejects.toMatchObject({ code: 'LED_KEY_CHANGING' });
  await stopped;
  expect(key.verifierKey).toBe(first);
  expect(check().keys).toHaveLength(1);
  expect(openDeviceKey(dataFolderAt(root), store, 'HP-TEST').verifierKey).toBe(first);
  expect(keyFiles()).toEqual(['device.key', 'device.pub']);
});
