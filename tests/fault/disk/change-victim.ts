/**
 * A ledger whose store is encrypted, gets another key, and is written in clear again, in a process of its own. Says on
 * standard output before and after each of these. Run as `node change-victim.ts FOLDER`: `data` in it is the data folder,
 * beside backups of before the first change and after it.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeBackup } from '../../../appliance/backup/make-backup.ts';
import { changeEncryption } from '../../../appliance/encryption/change-encryption.ts';
import { benchReading } from '../../bench/ledger-readings.ts';
import { FIRST_MS, openTestFolder } from '../../fixtures/data-folder.ts';

const READINGS = 12;

const [, , base = ''] = process.argv;
const { folder, store, recorder, key } = openTestFolder(join(base, 'data'));
recorder.record(Array.from({ length: READINGS }, (_, n) => benchReading(n, key)));
store.close();

const say = (line: string): void => void writeSync(1, `${line}\n`);
const backUp = (name: string): void => {
  makeBackup({ storePath: folder.storePath, out: join(base, name), program: '0', nowMs: FIRST_MS });
};

backUp('clear.db');
for (const change of ['on', 'change', 'off'] as const) {
  say(`begin ${change}`);
  changeEncryption({ folder, change, nowMs: FIRST_MS, randomBytes });
  say(`end ${change}`);
  if (change === 'on') backUp('encrypted.db');
}
