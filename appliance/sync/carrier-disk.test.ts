import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileTarget } from '../../core/sync/targets/file.ts';
import { madeUpBatches } from '../../tests/contract/made-up-batches.ts';
import { carrierDisk } from './carrier-disk.ts';

const NEVER = new AbortController().signal;

let root: string;
let stick: string;
let ours: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'forebay-carrier-disk-'));
  stick = join(root, 'stick');
  mkdirSync(join(stick, 'HP-001'), { recursive: true });
  ours = join(root, 'ledger.db');
  writeFileSync(ours, 'the ledger');
});

afterEach(() => rmSync(root, { recursive: true }));

test('a link in the place of a file that is being written leads to no file of this computer', async () => {
  const path = join(stick, 'HP-001', 'index.json');
  for (const name of [path, `${path}.part`]) symlinkSync(ours, name);
  await carrierDisk.write(path, Buffer.from('the index'));
  expect(readFileSync(ours, 'utf8')).toBe('the ledger');
  expect(Buffer.from((await carrierDisk.read(path, 100)) ?? []).toString()).toBe('the index');
});

test('what an interrupted write left is written anew', async () => {
  const path = join(stick, 'HP-001', 'index.json');
  writeFileSync(`${path}.part`, 'a longer beginning than all of it');
  await carrierDisk.write(path, Buffer.from('the index'));
  expect(readFileSync(path, 'utf8')).toBe('the index');
  expect(existsSync(`${path}.part`)).toBe(false);
});

test('a link says of no file how long it is', async () => {
  const path = join(stick, 'HP-001', 'receipt-00000000-x.json');
  symlinkSync('/dev/zero', path);
  expect(await carrierDisk.sizeOf(path)).toBeUndefined();
  expect(await carrierDisk.read(path, 64_000)).toBeUndefined();
});

test("a link in the place of the plant's folder is told, and nothing is written through it", async () => {
  rmSync(join(stick, 'HP-001'), { recursive: true });
  const elsewhere = join(root, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(stick, 'HP-001'));
  const { seal, contentOf } = madeUpBatches();
  const target = fileTarget({ folder: stick, plantId: 'HP-001', disk: carrierDisk, contentOf });
  const connected = await target.connect(NEVER);
  if (connected.kind !== 'connected') throw new Error(connected.fault.message);
  const delivery = { batch: seal(), intents: [], keepIntent: () => Promise.resolve() };
  const outcome = await connected.session.deliver(delivery, NEVER);
  expect(outcome).toMatchObject({ kind: 'later', fault: { code: 'SYN_FILE_FOREIGN' } });
  expect(await carrierDisk.list(elsewhere)).toEqual([]);
});
