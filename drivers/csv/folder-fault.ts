import type { Fault, FaultPolicy } from '../../core/model/fault.ts';
import { toIso } from '../../core/model/time.ts';
import { ageText } from './finding.ts';

const LOCKED = ['EBUSY', 'EPERM', 'EACCES', 'ETXTBSY'];
const GONE = [
  'ENOENT',
  'ENOTDIR',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ESTALE',
  'EIO',
  'ETIMEDOUT',
  'ENOTCONN',
  'ENXIO',
];

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Why the folder cannot be listed. */
export function folderFault(folder: string, error: unknown): Fault {
  const code = codeOf(error);
  if (LOCKED.includes(code)) {
    const hint = 'Give the account that Forebay runs under the right to read the folder and the files in it';
    return fault('DRV_CSV_FOLDER_DENIED', `The folder ${folder} may not be read (${code}).`, 'reconnect', hint);
  }
  if (GONE.includes(code)) {
    const hint = 'Check the path; for a network folder check the network, the server, and that the share is mounted';
    return fault('DRV_CSV_FOLDER_GONE', `The folder ${folder} is not there (${code}).`, 'reconnect', hint);
  }
  const hint = 'Check the disk or the network folder; the word in this message is what the operating system says';
  return fault(
    'DRV_CSV_FOLDER_FAILED',
    `The folder ${folder} cannot be read: ${code || String(error)}.`,
    'reconnect',
    hint,
  );
}

/** Why one file cannot be read now. Undefined where it simply is not there any more. */
export function fileFault(file: string, error: unknown): Fault | undefined {
  const code = codeOf(error);
  if (code === 'ENOENT') return undefined;
  if (LOCKED.includes(code)) {
    const hint = 'Normal while the historian writes; if it stays, another program holds the file or forbids reading it';
    return fault('DRV_CSV_LOCKED', `${file} cannot be opened now (${code}).`, 'wait', hint);
  }
  const hint = 'Check the disk or the network folder; the word in this message is what the operating system says';
  return fault('DRV_CSV_READ_FAILED', `${file} cannot be read: ${code || String(error)}.`, 'retry', hint);
}

export function silentFault(folder: string): Fault {
  const hint = 'Check the server of the network folder and the way to it';
  return fault('DRV_CSV_FOLDER_SILENT', `The folder ${folder} has not answered since the poll before.`, 'retry', hint);
}

export function noFileFault(folder: string, pattern: string): Fault {
  const hint = 'Check folder and pattern, and whether the historian exports at all';
  return fault('DRV_CSV_NO_FILE', `No file in ${folder} is called ${pattern}.`, 'retry', hint);
}

export function noRowFault(): Fault {
  const hint =
    'Check "where" of the point, and whether the last line of the file is ended: a line still being written is not read';
  return fault('DRV_CSV_NO_ROW', 'No row with a value for this point has come yet.', 'retry', hint);
}

export function catchingUpFault(bytesLeft: number): Fault {
  const mebibytes = Math.ceil(bytesLeft / 1_048_576);
  const hint = 'Normal at the first start and after an outage; it ends by itself';
  return fault('DRV_CSV_CATCHING_UP', `There are ${mebibytes} MiB of older rows to be read first.`, 'retry', hint);
}

export function oldFault(ageMs: number, atMs: number): Fault {
  const hint =
    'Check that the historian exports, and how often; rows that come later than maxAge never count as current';
  return fault('DRV_CSV_OLD', `The newest row is ${ageText(ageMs)} old (${toIso(atMs)}).`, 'retry', hint);
}

export function fromFutureFault(aheadMs: number, atMs: number): Fault {
  const hint = 'Check the clocks of this computer and of the historian, and timestamp.zone';
  const message = `The newest row is ${ageText(aheadMs)} ahead of this computer's clock (${toIso(atMs)}).`;
  return fault('DRV_CSV_FROM_FUTURE', message, 'retry', hint);
}

export function changedFault(file: string): Fault {
  const hint =
    'Normal when the historian replaces its file: the next poll reads the new one; files should stay for longer than maxAge';
  return fault('DRV_CSV_CHANGED', `${file} was replaced or taken away after its newest row was read.`, 'retry', hint);
}

export function abortedFault(): Fault {
  const hint = 'Normal while Forebay stops; otherwise the folder is slow: raise "period"';
  return fault('DRV_CSV_ABORTED', 'The poll was ended before this point was read.', 'retry', hint);
}

export function closedFault(): Fault {
  return fault('DRV_CSV_CLOSED', 'The folder is not watched any more.', 'reconnect', 'Normal while Forebay stops');
}

function fault(code: string, message: string, policy: FaultPolicy, hint: string): Fault {
  return { code, message, policy, hint };
}
