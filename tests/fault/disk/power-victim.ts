/**
 * A plant whose power may go at any moment, in a process of its own. Says on standard output what is durable, and means
 * it. Run as `node power-victim.ts FOLDER MINUTES LOG_PAGES SYNCHRONOUS FORM`. With the form `encrypted` the store is encrypted
 * before anything is recorded; with `changed` it is encrypted afterwards, gets another key, and is written in clear again.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openDataFolder } from '../../../appliance/data-folder.ts';
import { changeEncryption, type EncryptionJob } from '../../../appliance/encryption/change-encryption.ts';
import { Failure } from '../../../core/model/failure.ts';
import { readEncryption } from '../../../core/store/encryption-setting.ts';
import { runPowerPlant, type Synchronous } from './power-plant.ts';

const [, , root = '', minutes = '', logPages = '', synchronous = 'FULL', form = 'plain'] = process.argv;

const WAIT_MS = 5;

/** Whole lines, and all of them: where nobody has read the former ones yet, the pipe is full for a while. */
function say(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}

function encrypt(change: EncryptionJob['change']): void {
  changeEncryption({ folder: openDataFolder(root), change, nowMs: 1, randomBytes });
}

try {
  // A former process in this folder may have done it.
  if (form === 'encrypted' && readEncryption(openDataFolder(root).root) === undefined) encrypt('on');
  await runPowerPlant({
    root,
    minutes: Number(minutes),
    logPages: Number(logPages),
    synchronous: synchronous as Synchronous,
    onDurable: say,
  });
  if (form === 'changed') for (const change of ['on', 'change', 'off'] as const) encrypt(change);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  writeSync(2, `${error.toLine()}\n`);
  process.exit(error.exitCode);
}
