import { createHash } from 'node:crypto';
import type { DeviceKey } from '../../core/ledger/device-key.ts';
import { present } from '../../core/model/assert.ts';
import { Failure } from '../../core/model/failure.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { carrierPath } from '../../core/sync/targets/carrier-path.ts';
import type { CarrierDisk } from '../../core/sync/targets/file.ts';
import { type CarriedBatch, isInPlace, parseBatchName, parseCarriedBatch } from './carried-batch.ts';
import { REFUSED_MAX, type RefusedFile, receiptName, signReceipt } from './courier-receipt.ts';
import { damagedFile, type HeldLedger } from './held-ledger.ts';
import { archiveFolder, FILE_BYTES_MAX, keepState, openArchive, type ReceiverArchive } from './receiver-archive.ts';

export interface ReceiveRequest {
  readonly disk: CarrierDisk;
  /** The folder on the disk that came, and the receiver's own. */
  readonly carrier: string;
  readonly into: string;
  readonly key: Pick<DeviceKey, 'sign' | 'verifierKey'>;
  /** The verifier key that the plant gave by another way, if any. */
  readonly plantKey?: string;
  readonly now: () => string;
}

/** What came of one ledger on the disk. */
export interface ReceivedLedger {
  readonly plantId: string;
  readonly log: string;
  /** The key that is in force there: to be compared with the plant's own at the first time. */
  readonly plantKey: string | null;
  /** Entries held in one piece now, and before. */
  readonly size: number;
  readonly sizeBefore: number;
  /** Files that came with this disk and are kept; those that were held before. */
  readonly kept: number;
  readonly known: number;
  /** The first entry that no disk brought, though later ones came; null where its file came and was refused. */
  readonly missingFrom: number | null;
  readonly refused: readonly (RefusedFile & { readonly message: string })[];
  /** The receipt that was written onto the disk, or null where nothing is held yet, or the key is in doubt. */
  readonly receipt: string | null;
}

interface FoundFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly batch: CarriedBatch;
}

/**
 * Takes over what a disk brings: every batch that goes on from what is held is checked, copied and counted, and a signed
 * receipt of how far that reaches is written onto the disk for the plant. Nothing on the disk is changed or deleted.
 *
 * @throws Failure `SYN_NOTHING_CARRIED`, `SYN_ARCHIVE_UNREADABLE`
 */
export async function receiveCarrier(request: ReceiveRequest): Promise<readonly ReceivedLedger[]> {
  const { disk, carrier } = request;
  const received: ReceivedLedger[] = [];
  for (const name of await disk.list(carrier)) {
    const files = (await disk.list(carrierPath(carrier, name))).filter((file) => parseBatchName(file) !== undefined);
    if (files.length > 0) received.push(...(await receiveFolder(request, name, files)));
  }
  if (received.length > 0) return received;
  throw new Failure('SYN_NOTHING_CARRIED', `${carrier} holds no batches of a plant.`, {
    hint: 'name the folder that the plant writes to, the one above the folder with the name of the plant',
    exitCode: 2,
  });
}

async function receiveFolder(
  request: ReceiveRequest,
  folderName: string,
  files: readonly string[],
): Promise<readonly ReceivedLedger[]> {
  const ledgers = new Map<string, OneLedger>();
  const strays: (RefusedFile & { message: string })[] = [];
  const ordered = files.toSorted((a, b) => firstOf(a) - firstOf(b));
  for (const name of ordered) {
    const batch = await readBatch(request, folderName, name);
    if ('code' in batch) {
      strays.push({ file: name, ...batch });
      continue;
    }
    const { plantId, checkpoint } = batch.batch;
    const log = checkpoint.origin;
    let ledger = ledgers.get(log);
    if (ledger === undefined) {
      const folder = archiveFolder(request.into, plantId, log);
      ledger = new OneLedger(request.disk, await openArchive(request.disk, folder, request.plantKey), plantId, log);
      if (await isOfOtherPlant(request, ledger, folderName, ordered)) ledger.distrust();
      ledgers.set(log, ledger);
    }
    await ledger.take(batch);
  }
  // A file that cannot be read says of no ledger: each receipt names it.
  const results: ReceivedLedger[] = [];
  for (const ledger of ledgers.values()) results.push(await conclude(request, folderName, ledger, strays));
  return results;
}

/** Whether the key that was given is none of the ledger's, and none that this disk puts in force in it. */
async function isOfOtherPlant(
  { disk, carrier, plantKey }: ReceiveRequest,
  { archive: { held } }: OneLedger,
  folderName: string,
  names: readonly string[],
): Promise<boolean> {
  if (plantKey === undefined || held.key === undefined || held.knows(plantKey)) return false;
  for (const name of names) {
    const bytes = await disk.read(carrierPath(carrier, folderName, name), FILE_BYTES_MAX).catch(() => undefined);
    // After a key was lost the plant gives the new one, which a batch on this disk brings.
    if (bytes !== undefined && Buffer.from(bytes).includes(plantKey)) return false;
  }
  return true;
}

async function readBatch(
  { disk, carrier }: ReceiveRequest,
  folderName: string,
  name: string,
): Promise<FoundFile | SyncFault> {
  const path = carrierPath(carrier, folderName, name);
  let bytes: Uint8Array | undefined;
  try {
    if (((await disk.sizeOf(path)) ?? 0) > FILE_BYTES_MAX) return unreadable('is too large for a batch');
    bytes = await disk.read(path, FILE_BYTES_MAX);
  } catch (error) {
    return unreadable(`could not be read (${(error as NodeJS.ErrnoException).code ?? 'failed'})`);
  }
  const batch = bytes === undefined ? 'is gone, or is no file' : parseCarriedBatch(bytes);
  if (typeof batch === 'string' || bytes === undefined) return unreadable(String(batch));
  if (!isInPlace(batch, folderName, name)) {
    const message = 'The file lies in the folder of another plant, or has the name of another batch.';
    return { code: 'SYN_CARRIED_MISPLACED', message };
  }
  return { name, bytes, batch };
}

/** What comes of one ledger while its files pass in the order of their entries. */
class OneLedger {
  readonly plantId: string;
  readonly log: string;
  readonly archive: ReceiverArchive;
  readonly sizeBefore: number;
  readonly refused: (RefusedFile & { message: string })[] = [];
  kept = 0;
  known = 0;
  missingFrom: number | null = null;
  readonly #disk: CarrierDisk;
  #isDistrusted = false;
  /** Files that were taken and wait for the checkpoint of a later one. */
  #waiting: FoundFile[] = [];

  constructor(disk: CarrierDisk, archive: ReceiverArchive, plantId: string, log: string) {
    this.#disk = disk;
    this.archive = archive;
    this.plantId = plantId;
    this.log = log;
    this.sizeBefore = archive.held.state.size;
  }

  /** Nothing of this disk is taken, and no receipt given. */
  distrust(): void {
    this.#isDistrusted = true;
  }

  get isDistrusted(): boolean {
    return this.#isDistrusted;
  }

  async take(file: FoundFile): Promise<void> {
    const { held, names, folder } = this.archive;
    const { batch, name } = file;
    if (this.#isDistrusted) {
      if (this.refused.length === 0) this.#refuse(name, otherKey(held.key?.verifierKey));
      return;
    }
    if (batch.first < held.next) {
      const kept = names.has(name) ? await this.#disk.read(carrierPath(folder, name), FILE_BYTES_MAX) : undefined;
      const before = kept === undefined ? undefined : parseCarriedBatch(kept);
      if (before === undefined || typeof before === 'string' || before.id !== batch.id) {
        this.#refuse(name, otherBatch(name));
      } else if (hasSameEntries(before, batch)) this.known += 1;
      else this.#refuse(name, damagedFile());
      return;
    }
    if (batch.first > held.next) {
      this.missingFrom ??= held.next;
      return;
    }
    const fault = taken(held, batch);
    if (fault !== undefined) return this.#refuse(name, fault);
    this.#waiting.push(file);
    if (held.state.size !== held.next) return;
    for (const { name: kept, bytes } of this.#waiting) await this.#disk.write(carrierPath(folder, kept), bytes);
    await keepState(this.#disk, this.archive);
    this.kept += this.#waiting.length;
    this.#waiting = [];
  }

  #refuse(file: string, { code, message }: SyncFault): void {
    this.refused.push({ file, code, message });
  }
}

async function conclude(
  { disk, carrier, key, now }: ReceiveRequest,
  folderName: string,
  ledger: OneLedger,
  strays: readonly (RefusedFile & { message: string })[],
): Promise<ReceivedLedger> {
  const { plantId, log, sizeBefore, kept, known, archive } = ledger;
  const { held } = archive;
  const { size } = held.state;
  const refused = [...ledger.refused, ...strays];
  // What lies on the disk and cannot be used is refused by its name, and is not missing besides.
  const isRefused = refused.some(({ file }) => parseBatchName(file)?.first === ledger.missingFrom);
  const missingFrom = isRefused ? null : ledger.missingFrom;
  const facts = { plantId, log, sizeBefore, kept, known, missingFrom, refused, size };
  const plantKey = held.key?.verifierKey ?? null;
  if (size === 0 || ledger.isDistrusted) return { ...facts, plantKey, receipt: null };
  const receipt = carrierPath(carrier, folderName, receiptName(key.verifierKey, log));
  const named = refused.slice(0, REFUSED_MAX).map(({ file, code }) => ({ file, code }));
  const signed = { plantId, log, size, root: held.root, receiver: key.verifierKey, receivedAt: now(), refused: named };
  const text = Buffer.from(signReceipt(signed, key), 'utf8');
  await disk.write(receipt, text);
  if (!isSame(await disk.read(receipt, text.length), text)) {
    throw new Failure(
      'SYN_RECEIPT_NOT_WRITTEN',
      `The receipt ${receipt} does not stand on the disk as it was written.`,
      {
        hint: 'the disk is failing or a counterfeit: what it brought is kept, the plant needs another disk',
        exitCode: 3,
      },
    );
  }
  return { ...facts, plantKey: present(plantKey ?? undefined, 'the key of a ledger'), receipt };
}

/** What is not of the form of an entry where one is looked into must not keep other plants' batches from being received. */
function taken(held: HeldLedger, batch: CarriedBatch): SyncFault | undefined {
  try {
    return held.take(batch);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return unreadable('holds entries of no known form');
  }
}

function firstOf(name: string): number {
  return parseBatchName(name)?.first ?? 0;
}

function isSame(found: Uint8Array | undefined, bytes: Uint8Array): boolean {
  return found !== undefined && digest(found) === digest(bytes);
}

/** The checkpoint of the same message may have got more signatures since; its entries are the same. */
function hasSameEntries(before: CarriedBatch, batch: CarriedBatch): boolean {
  return isSame(Buffer.concat(before.lines), Buffer.concat(batch.lines));
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unreadable(what: string): SyncFault {
  return { code: 'SYN_CARRIED_UNREADABLE', message: `The file ${what}.` };
}

function otherKey(known: string | undefined): SyncFault {
  const message = `The key that was given is none of this plant, whose key is ${known}: nothing on the disk was taken.`;
  const hint = 'ask the plant for its key by another way, and give it with --plant-key';
  return { code: 'SYN_CARRIED_KEY', message, hint };
}

function otherBatch(name: string): SyncFault {
  const message = `Other entries than those of ${name} were received in its place before.`;
  return { code: 'SYN_CARRIED_OTHER_LEDGER', message };
}
