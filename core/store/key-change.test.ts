import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { changeDeviceKey } from '../ledger/change-device-key.ts';
import { type DeviceKey, deviceKeyFromSeed, loadOrCreateDeviceKey, readVerifierKey } from '../ledger/device-key.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { type FsckReport, fsck } from '../ledger/fsck.ts';
import { makeGenesis } from '../ledger/genesis.ts';
import type { KeyDisk } from '../ledger/key-disk.ts';
import { makeKeyEntry } from '../ledger/key-entry.ts';
import type { LedgerStorage } from '../ledger/ledger-storage.ts';
import { readKeyChain } from '../ledger/read-key-chain.ts';
import { createRecorder } from '../ledger/recorder.ts';
import { present } from '../model/assert.ts';
import type { WritableStore } from './handle.ts';
import { ledgerStorage } from './ledger-store.ts';
import { nodeKeyDisk } from './node-key-disk.ts';
import { openStore } from './open-store.ts';

let folder: string;
let store: WritableStore;
let storage: LedgerStorage<WritableStore>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-key-change-'));
  store = openStore(':memory:', { access: 'write' });
  storage = ledgerStorage(store);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const clock = { wallMs: () => 1_790_000_000_000 };
const because = { reason: 'two years have passed', by: 'Asha Rawat' };
const file = (name: string): string => join(folder, name);
const inForce = () => present(readKeyChain(storage)?.current.key, 'the key in force');
const load = (disk: KeyDisk = nodeKeyDisk): DeviceKey =>
  loadOrCreateDeviceKey(folder, { plantId: 'HP-001', disk, inForce: inForce() });

function record(key: DeviceKey, ...entries: readonly NewEntry[]): void {
  createRecorder({ storage, key, clock }).record(entries);
}

function begin(): DeviceKey {
  const key = loadOrCreateDeviceKey(folder, { plantId: 'HP-001', disk: nodeKeyDisk });
  const genesis = makeGenesis({ plantId: 'HP-001', deviceKey: key.verifierKey, version: '0.1.0', origin: 'plant' });
  record(key, genesis, benchReading(1, key));
  return key;
}

function change(event: 'rotated' | 'lost', disk: KeyDisk = nodeKeyDisk, into = storage): DeviceKey {
  return changeDeviceKey({ folder, disk, storage: into, clock, inForce: inForce(), event, ...because });
}

const check = (...verifierKeys: readonly DeviceKey[]): FsckReport =>
  fsck(storage, verifierKeys.length === 0 ? {} : { verifierKey: verifierKeys.map((key) => key.verifierKey) });

test('a new key takes over, the old one is destroyed, and whoever knows either of them can follow', () => {
  const old = begin();
  const oldPem = readFileSync(file('device.key'), 'utf8');
  const fresh = change('rotated');
  expect(fresh.name).toBe(old.name);
  expect(fresh.verifierKey).not.toBe(old.verifierKey);
  expect(readdirSync(folder).sort()).toEqual(['device.key', 'device.pub']);
  expect(readFileSync(file('device.key'), 'utf8')).not.toBe(oldPem);
  expect(readVerifierKey(folder, nodeKeyDisk)).toBe(fresh.verifierKey);
  const loaded = load();
  expect(loaded.verifierKey).toBe(fresh.verifierKey);
  record(loaded, benchReading(2, loaded));
  for (const known of [[], [old], [fresh], [old, fresh]]) {
    expect(check(...known)).toMatchObject({
      ok: true,
      entries: 4,
      // Two readings, three checkpoints, and one of them by two keys.
      checkedSignatures: 6,
      keys: [
        { verifierKey: old.verifierKey, how: 'genesis', entryIndex: 0 },
        { verifierKey: fresh.verifierKey, how: 'rotated', entryIndex: 2 },
      ],
    });
  }
  const stranger = deviceKeyFromSeed(Buffer.alloc(32, 3), 'HP-001');
  expect(check(stranger).firstBad).toMatchObject({ index: 0, code: 'LED_FSCK_KEY' });
});

test('a lost key leaves a break that only a key known outside bridges', () => {
  const old = begin();
  rmSync(file('device.key'));
  expect(() => load()).toThrow(expect.objectContaining({ code: 'LED_KEY_LOST', exitCode: 4 }));
  expect(() => change('rotated')).toThrow(expect.objectContaining({ code: 'LED_KEY_LOST' }));
  const fresh = change('lost');
  record(load(), benchReading(2, fresh));
  expect(check()).toMatchObject({ ok: true, keys: [{ how: 'genesis' }, { how: 'lost', entryIndex: 2 }] });
  expect(check(old).firstBad).toMatchObject({ index: 2, code: 'LED_FSCK_KEY_BREAK' });
  expect(check(fresh).firstBad).toMatchObject({ index: 0, code: 'LED_FSCK_KEY' });
  expect(check(fresh, old).ok).toBe(true);
});

test('a key that is there is not lost, and one of another device is not used', () => {
  begin();
  expect(() => change('lost')).toThrow(expect.objectContaining({ code: 'LED_KEY_IN_THE_WAY', exitCode: 2 }));
  rmSync(file('device.key'));
  rmSync(file('device.pub'));
  loadOrCreateDeviceKey(folder, { plantId: 'HP-001', disk: nodeKeyDisk });
  expect(() => load()).toThrow(expect.objectContaining({ code: 'LED_KEY_LOST' }));
  expect(() => change('lost')).toThrow(expect.objectContaining({ code: 'LED_KEY_IN_THE_WAY' }));
  expect(storage.size()).toBe(2);
});

test('a key that took over later than a restored ledger ends is put in force over it, with a break', () => {
  const old = begin();
  const before = storage.size();
  const restored = openStore(':memory:', { access: 'write' });
  try {
    const into = ledgerStorage(restored);
    createRecorder({ storage: into, key: old, clock }).record([
      makeGenesis({ plantId: 'HP-001', deviceKey: old.verifierKey, version: '0.1.0', origin: 'plant' }),
      benchReading(1, old),
    ]);
    const later = change('rotated');
    expect(into.size()).toBe(before);
    const named = present(readKeyChain(into)?.current.key, 'the key in force');
    const held = () =>
      changeDeviceKey({
        ...{ folder, disk: nodeKeyDisk, storage: into, clock, inForce: named, ...because },
        ...{ event: 'lost', successor: 'held' },
      });
    const pem = readFileSync(file('device.key'), 'utf8');
    expect(held().verifierKey).toBe(later.verifierKey);
    const laterInForce = present(readKeyChain(into)?.current.key, 'the key in force');
    expect(readFileSync(file('device.key'), 'utf8')).toBe(pem);
    const loaded = loadOrCreateDeviceKey(folder, { plantId: 'HP-001', disk: nodeKeyDisk, inForce: laterInForce });
    createRecorder({ storage: into, key: loaded, clock }).record([benchReading(2, loaded)]);
    expect(fsck(into, { verifierKey: [old.verifierKey, later.verifierKey] })).toMatchObject({
      ok: true,
      keys: [{ how: 'genesis' }, { how: 'lost', entryIndex: before, verifierKey: later.verifierKey }],
    });
    expect(fsck(into, { verifierKey: old.verifierKey }).firstBad).toMatchObject({ code: 'LED_FSCK_KEY_BREAK' });
    // A key that the ledger knows takes over from nobody.
    expect(held).toThrow(expect.objectContaining({ code: 'LED_KEY_OF_ANOTHER', exitCode: 2 }));
  } finally {
    restored.close();
  }
});

test('the old key signs for the last time in the write that changes the key', () => {
  const old = begin();
  const statement = Buffer.from('whoever follows');
  const written: { size: number; isBeforeEnd: boolean; signature: Uint8Array; next: string }[] = [];
  const fresh = changeDeviceKey({
    ...{ folder, disk: nodeKeyDisk, storage, clock, inForce: inForce(), event: 'rotated', ...because },
    alongside: (_write, oldKey, newKey) => {
      const isBeforeEnd = readVerifierKey(folder, nodeKeyDisk) === old.verifierKey;
      written.push({ size: storage.size(), isBeforeEnd, signature: oldKey.sign(statement), next: newKey.verifierKey });
    },
  });
  expect(written).toEqual([{ size: 3, isBeforeEnd: true, signature: old.sign(statement), next: fresh.verifierKey }]);
});

test('a held key of another ledger is not put in force', () => {
  begin();
  rmSync(file('device.key'));
  rmSync(file('device.pub'));
  const held = () =>
    changeDeviceKey({
      ...{ folder, disk: nodeKeyDisk, storage, clock, inForce: inForce(), ...because },
      ...{ event: 'lost', successor: 'held' },
    });
  expect(held).toThrow(expect.objectContaining({ code: 'LED_KEY_OF_ANOTHER' }));
  loadOrCreateDeviceKey(folder, { plantId: 'HP-001', disk: nodeKeyDisk });
  expect(held).toThrow(expect.objectContaining({ code: 'LED_KEY_OF_ANOTHER' }));
  rmSync(file('device.pub'));
  expect(held).toThrow(expect.objectContaining({ code: 'LED_KEY_OF_ANOTHER' }));
  expect(storage.size()).toBe(2);
});

test('nothing is recorded with a key that the ledger does not name', () => {
  const old = begin();
  const key = deviceKeyFromSeed(Buffer.alloc(32, 3), 'HP-001', old.name);
  expect(() => createRecorder({ storage, key, clock })).toThrow(
    expect.objectContaining({ code: 'LED_KEY_NOT_IN_FORCE', exitCode: 4 }),
  );
});

test('a key that others may read names no successor', () => {
  begin();
  chmodSync(file('device.key'), 0o644);
  expect(() => change('rotated')).toThrow(expect.objectContaining({ code: 'LED_KEY_EXPOSED' }));
  expect(existsSync(file('device.key.next'))).toBe(false);
});

/** Dies before its n-th step, and after it: a step is a call that changes the disk, or the write of the entry. */
class Crash extends Error {}

interface Steps {
  readonly disk: KeyDisk;
  readonly storage: LedgerStorage<WritableStore>;
  taken(): number;
}

function dyingAfter(steps: number, tear: 'nothing' | 'half'): Steps {
  let taken = 0;
  const step = (work: () => void, half: () => void = () => {}): void => {
    if (taken === steps) {
      if (tear === 'half') half();
      throw new Crash();
    }
    taken += 1;
    work();
  };
  return {
    disk: {
      read: (path) => nodeKeyDisk.read(path),
      replace: (path, text, mode) =>
        step(
          () => nodeKeyDisk.replace(path, text, mode),
          () => writeFileSync(`${path}.new`, text.slice(0, text.length / 2), { mode }),
        ),
      overwrite: (path) =>
        step(
          () => nodeKeyDisk.overwrite(path),
          () => existsSync(path) && writeFileSync(path, `\0\0\0${readFileSync(path, 'utf8').slice(3)}`),
        ),
      move: (from, to) => step(() => nodeKeyDisk.move(from, to)),
      remove: (path) => step(() => nodeKeyDisk.remove(path)),
    },
    storage: { ...storage, writeGroup: (group, alongside) => step(() => storage.writeGroup(group, alongside)) },
    taken: () => taken,
  };
}

/** Steps of a whole change: write the next key, record, overwrite the old one, move, write the public half. */
const STEPS = 5;
const kills = Array.from({ length: STEPS + 1 }, (_, steps) => steps).flatMap((steps) =>
  (['nothing', 'half'] as const).flatMap((tear) =>
    (['rotated', 'lost'] as const).map((event) => ({ steps, tear, event })),
  ),
);

test.each(kills)('$event, dead after step $steps, $tear of the next done: recovers to one sound key', (kill) => {
  const { steps, tear, event } = kill;
  const old = begin();
  const oldPem = readFileSync(file('device.key'), 'utf8');
  if (event === 'lost') rmSync(file('device.key'));
  const dying = dyingAfter(steps, tear);
  const isWhole = steps === STEPS;
  if (isWhole) change(event, dying.disk, dying.storage);
  else expect(() => change(event, dying.disk, dying.storage)).toThrow(Crash);
  expect(dying.taken()).toBe(steps);
  const isRecorded = steps >= 2;
  expect(storage.size()).toBe(isRecorded ? 3 : 2);
  if (!isRecorded && event === 'lost') {
    expect(() => load()).toThrow(expect.objectContaining({ code: 'LED_KEY_LOST' }));
    change('lost');
  }
  const key = load();
  expect(key.verifierKey === old.verifierKey).toBe(event === 'rotated' && !isRecorded);
  expect(readVerifierKey(folder, nodeKeyDisk)).toBe(key.verifierKey);
  expect(
    readdirSync(folder)
      .filter((name) => !name.endsWith('.new'))
      .sort(),
  ).toEqual(['device.key', 'device.pub']);
  expect(readFileSync(file('device.key'), 'utf8') === oldPem).toBe(key.verifierKey === old.verifierKey);
  record(key, benchReading(2, key));
  expect(check(old, key).ok).toBe(true);
});

test('a settling that is itself interrupted is settled by the next', () => {
  const old = begin();
  expect(() => {
    const dying = dyingAfter(2, 'nothing');
    change('rotated', dying.disk, dying.storage);
  }).toThrow(Crash);
  for (const steps of [0, 1, 2]) expect(() => load(dyingAfter(steps, 'half').disk)).toThrow(Crash);
  const key = load();
  expect(key.verifierKey).not.toBe(old.verifierKey);
  record(key, benchReading(2, key));
  expect(check(old).ok).toBe(true);
});

test('a change that does not hold is refused by the check, each with its own reason', () => {
  const old = begin();
  const next = deviceKeyFromSeed(Buffer.alloc(32, 7), '', old.name);
  const thief = deviceKeyFromSeed(Buffer.alloc(32, 8), '', old.name);
  const head = { size: 2, root: createRecorder({ storage, key: old, clock }).head().root };
  const good = { newKey: next, oldKey: old, head, ...because };
  const signedBy = (key: DeviceKey, as: DeviceKey) => ({ ...key, sign: (bytes: Uint8Array) => as.sign(bytes) });
  const cases: readonly [NewEntry, string][] = [
    [makeKeyEntry({ ...good, newKey: signedBy(next, thief) }), 'is not signed by the new key'],
    [makeKeyEntry({ ...good, oldKey: signedBy(old, thief) }), 'is not signed by the key that it replaces'],
    [makeKeyEntry({ ...good, oldKey: thief }), 'replaces another key than the one in force'],
    [makeKeyEntry({ ...good, newKey: old }), 'puts a key in force again'],
    [makeKeyEntry({ ...good, newKey: deviceKeyFromSeed(Buffer.alloc(32, 7), 'HP-002') }), 'another name'],
    [makeKeyEntry({ ...good, head: { ...head, size: 1 } }), 'another ledger or another place'],
    [makeKeyEntry({ ...good, head: { ...head, root: Buffer.alloc(32, 1) } }), 'another ledger or another place'],
    [{ kind: 'key', body: { ...makeKeyEntry(good).body, event: 'lost' } }, 'is no key: it: Unrecognized key'],
    [{ kind: 'key', body: { ...makeKeyEntry(good).body, v: 2 } }, 'is a key of version 2'],
  ];
  for (const [entry, sentence] of cases) {
    const undo = new Error('undo');
    expect(() =>
      store.write(() => {
        createRecorder({ storage, key: next, replacing: [old], clock }).record([entry]);
        const { firstBad } = check();
        expect(firstBad?.index).toBe(2);
        expect(firstBad?.message).toContain(sentence);
        throw undo;
      }),
    ).toThrow(undo);
  }
  // Signed by the new key alone below the entry: the old one does not vouch for what the change is part of.
  createRecorder({ storage, key: next, replacing: [], clock }).record([makeKeyEntry(good)]);
  expect(check().firstBad).toMatchObject({ index: 2, code: 'LED_FSCK_CHECKPOINT' });
});
