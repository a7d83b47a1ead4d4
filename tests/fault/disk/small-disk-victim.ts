/**
 * Encrypts the store of a data folder, restores a backup over it, or seals lines, in a process of its own whose disk may be
 * small or odd. Run as `node small-disk-victim.ts encrypt|restore|seal FOLDER`; a failure is said on standard error.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { restoreBackup } from '../../../appliance/backup/restore-backup.ts';
import { openDataFolder } from '../../../appliance/data-folder.ts';
import { changeEncryption } from '../../../appliance/encryption/change-encryption.ts';
import { createSealedLines, SALT_BYTES } from '../../../appliance/salvage/sealed-lines.ts';
import { Failure } from '../../../core/model/failure.ts';
import { FIRST_MS } from '../../fixtures/data-folder.ts';
import { testStoreKey } from '../../fixtures/encrypted-folder.ts';

const [, , work = '', data = ''] = process.argv;

try {
  if (work === 'encrypt')
    changeEncryption({ folder: openDataFolder(data), change: 'on', nowMs: FIRST_MS, randomBytes });
  else if (work === 'restore') {
    const clock = { wallMs: () => FIRST_MS };
    restoreBackup({ file: join(data, '..', 'b.db'), dataFolder: data, by: 'test', clock, existing: 'set-aside' });
  } else {
    const lines = createSealedLines(join(data, 'sealed'), testStoreKey(), new Uint8Array(SALT_BYTES));
    for (let n = 0; n < 2000; n += 1) lines.write(`line ${n} ${'x'.repeat(n % 90)}`);
    lines.end();
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.toLine()}\n`);
  process.exitCode = error.exitCode;
}
