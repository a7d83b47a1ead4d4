import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { explainFullDisk } from '../../../appliance/full-disk.ts';
import { noteDamage } from '../../../appliance/salvage/damage-note.ts';
import { findDamage, isDamage } from '../../../appliance/salvage/find-damage.ts';
import { mendStore } from '../../../appliance/salvage/mend-store.ts';
import { Failure } from '../../../core/model/failure.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { FIRST_MS, openTestFolder } from '../../fixtures/data-folder.ts';
import { makeSmallDisk, type SmallDisk } from './small-disk.ts';

const BYTES = 24 * 1024 * 1024;
const diskError = new Failure('STO_DISK', 'The disk reported an error.', { exitCode: 4 });
let disk: SmallDisk;

beforeEach(() => {
  disk = makeSmallDisk(BYTES);
});
afterEach(() => disk.remove());

function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

it.each([0, 8192, 16_384, 40_000])('takes a start with %i bytes left for no damage, and leaves no note', (left) => {
  const { folder, recordGaps, store } = openTestFolder(join(disk.folder, 'data'));
  recordGaps(0, 50);
  store.close();
  disk.fill(left);
  // Where no file system of its own may be mounted, there is room, and nothing is thrown.
  const codes = new Set(disk.kind === 'file system' ? ['APP_DISK_FULL', undefined] : [undefined]);
  const atCheck = thrownBy(() => expect(findDamage(folder)).toBeUndefined());
  const atOpening = thrownBy(() => openStore(folder.storePath, { access: 'write' }).close());
  expect(isDamage(atOpening)).toBe(false);
  const said = [atCheck, atOpening].map((error) => error && (explainFullDisk(error, folder) as Failure).code);
  for (const code of said) expect(codes).toContain(code);
  noteDamage(folder, diskError, 'suspected');
  expect(readdirSync(folder.root).filter((name) => name.endsWith('.part') || name.startsWith('.room'))).toEqual([]);
  disk.empty();
  const clock = { wallMs: () => FIRST_MS };
  expect(mendStore({ folder, backupFolder: undefined, clock, tell: () => {} })).toBeUndefined();
  expect(existsSync(join(folder.root, 'ledger.damaged'))).toBe(false);
});

it('leaves an error of a disk with room as it is', () => {
  expect(explainFullDisk(diskError, { root: disk.folder })).toBe(diskError);
});
