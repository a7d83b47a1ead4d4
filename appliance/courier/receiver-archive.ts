import { isEqual } from '../../core/ledger/merkle.ts';
import { Failure } from '../../core/model/failure.ts';
import { carrierPath, plantFolder } from '../../core/sync/targets/carrier-path.ts';
import type { CarrierDisk } from '../../core/sync/targets/file.ts';
import { parseBatchName, parseCarriedBatch } from './carried-batch.ts';
import { HeldLedger, type HeldState } from './held-ledger.ts';

const STATE_FILE = 'held.json';
/** A file of a batch is never so large: what is, is not read into memory. */
export const FILE_BYTES_MAX = 512_000_000;

/** Where a receiver keeps what it got of one ledger: its files as they came, and how far they were checked. */
export interface ReceiverArchive {
  readonly folder: string;
  readonly held: HeldLedger;
  /** Names of the files that are kept. */
  readonly names: ReadonlySet<string>;
}

/** The folder of a ledger in the receiver's own: by plant, and by the ledger's name. */
export function archiveFolder(into: string, plantId: string, log: string): string {
  return carrierPath(into, plantFolder(plantId), plantFolder(log.split('/').at(-1) ?? ''));
}

/**
 * Opens what is kept of a ledger. Files that were kept and not yet counted, since the power went, are counted now; where
 * the state is gone everything is checked again from the files.
 *
 * @throws Failure `SYN_ARCHIVE_UNREADABLE`
 */
export async function openArchive(
  disk: CarrierDisk,
  folder: string,
  plantKey: string | undefined,
): Promise<ReceiverArchive> {
  const bytes = await disk.read(carrierPath(folder, STATE_FILE), FILE_BYTES_MAX);
  const held = new HeldLedger(bytes === undefined ? undefined : parseState(bytes, folder), plantKey);
  const files = (await disk.list(folder)).flatMap((name) => {
    const parsed = parseBatchName(name);
    return parsed === undefined ? [] : [{ name, ...parsed }];
  });
  for (const { name, first } of files.toSorted((a, b) => a.first - b.first)) {
    if (first !== held.next) continue;
    const batch = parseCarriedBatch((await disk.read(carrierPath(folder, name), FILE_BYTES_MAX)) ?? new Uint8Array());
    const fault = typeof batch === 'string' ? { message: `It ${batch}.` } : held.take(batch);
    if (fault !== undefined) throw unreadable(`${folder}/${name}`, fault.message);
  }
  return { folder, held, names: new Set(files.map(({ name }) => name)) };
}

/** Keeps the state durably, after the files that it counts. */
export async function keepState(disk: CarrierDisk, { folder, held }: ReceiverArchive): Promise<void> {
  const { size, peaks, keyLines } = held.state;
  const state = {
    v: 1,
    size,
    root: base64(held.root),
    peaks: peaks.map((peak) => (peak === null ? null : base64(peak))),
    keyLines,
  };
  await disk.write(carrierPath(folder, STATE_FILE), Buffer.from(`${JSON.stringify(state)}\n`, 'utf8'));
}

function parseState(bytes: Uint8Array, folder: string): HeldState {
  const path = `${folder}/${STATE_FILE}`;
  try {
    const { size, root, peaks, keyLines } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      size: number;
      root: string;
      peaks: readonly (string | null)[];
      keyLines: readonly string[];
    };
    const state = {
      size,
      peaks: peaks.map((peak) => (peak === null ? null : Buffer.from(peak, 'base64'))),
      keyLines,
    };
    if (isEqual(new HeldLedger(state, undefined).root, Buffer.from(root, 'base64'))) return state;
  } catch {
    // What it is then is said below.
  }
  throw unreadable(path, 'It is not as it was written.');
}

function unreadable(path: string, why: string): Failure {
  return new Failure('SYN_ARCHIVE_UNREADABLE', `${path} in the folder of the receiver cannot be used. ${why}`, {
    hint: 'restore the folder from a copy; or move the file away, and receive the disks again',
    exitCode: 4,
  });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
