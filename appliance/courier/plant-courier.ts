import { createHash } from 'node:crypto';
import type { NewEntry } from '../../core/ledger/entry.ts';
import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { carrierPath, plantFolder } from '../../core/sync/targets/carrier-path.ts';
import { type CarrierDisk, explainDisk } from '../../core/sync/targets/file.ts';
import { countNoun } from '../commands/count-noun.ts';
import { parseBatchName } from './carried-batch.ts';
import { type CarrierFacts, indexOf, writeIndex } from './carrier-index.ts';
import { carryBatches } from './carry-batches.ts';
import { checkReceipt, isReceiptName, RECEIPT_BYTES_MAX, type RefusedFile } from './courier-receipt.ts';
import { CARRIED_TARGET, coveredBatches, receivedOf, rootOfSize } from './received-ledger.ts';

export interface PlantCourierParts {
  readonly store: WritableStore;
  readonly disk: CarrierDisk;
  readonly clock: Clock;
  readonly log: Log;
  readonly record: (entries: readonly NewEntry[], alongside: (write: WritableStore) => void) => unknown;
  readonly facts: Omit<CarrierFacts, 'received'>;
}

export interface CourierStatus {
  /** Whether the disk is in; null before the first look. */
  readonly isIn: boolean | null;
  /** Whether the disk that is in is known to hold everything that nobody confirmed yet. */
  readonly isComplete: boolean;
  /** What is wrong with a receipt that the disk brought, or with the disk. */
  readonly fault?: SyncFault;
}

/** A disk with more receipts than this is not looked through: one for each receiver is what it should hold. */
const RECEIPTS_MAX = 20;
const LOOK_EVERY_MS = 15_000;
/** Whoever puts a disk in stands before it and waits. */
const LOOK_FOR_DISK_MS = 3000;
/** A disk with much to be written anew is worked on bit by bit, so that the lane and the polls come in between. */
const CARRY_AT_ONCE = 20;
const PAUSE_MS = 250;

/**
 * Looks after the disk that batches are carried away on: finds the receipts that it brings back, writes what it lacks of
 * what nobody has confirmed, since another disk may be lost, and keeps the index that says what is on it.
 */
export class PlantCourier {
  readonly #parts: PlantCourierParts;
  #cancelTimer: CancelTimer = () => undefined;
  #looking: Promise<void> | undefined;
  #isStopped = false;
  #isIn: boolean | null = null;
  /** Everything up to this entry was found on the disk that is in, when it held the files of `#seen`. */
  #carriedEnd = 0;
  #seen: ReadonlySet<string> = new Set();
  /** What the index was written for. */
  #indexed = '';
  #isComplete = false;
  #receiptFault: SyncFault | undefined;
  #diskFault: SyncFault | undefined;
  #tellPutIn: () => void = () => undefined;
  readonly #warned = new Set<string>();

  constructor(parts: PlantCourierParts) {
    this.#parts = parts;
  }

  /** `listener` is called when a disk is in that was not before: what waits for one need not wait longer. */
  onPutIn(listener: () => void): void {
    this.#tellPutIn = listener;
  }

  start(): void {
    this.#cancelTimer = this.#parts.clock.after(0, () => this.#turn());
  }

  /** A person wants it, or the disk was put in. */
  wake(): void {
    if (this.#looking !== undefined || this.#isStopped) return;
    this.#cancelTimer();
    this.#turn();
  }

  /** Looks, and goes on until there is nothing more to do with the disk that is in. */
  async lookNow(): Promise<void> {
    this.#cancelTimer();
    await this.#looking;
    this.#cancelTimer();
    while ((await this.#look()) && !this.#isStopped);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#looking;
  }

  /** Ends as a power cut does. */
  crash(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  status(): CourierStatus {
    const fault = this.#receiptFault ?? this.#diskFault;
    return { isIn: this.#isIn, isComplete: this.#isComplete, ...(fault === undefined ? {} : { fault }) };
  }

  #turn(): void {
    this.#looking = this.#look().then((isMore) => {
      this.#looking = undefined;
      if (this.#isStopped) return;
      this.#cancelTimer = this.#parts.clock.after(this.#pauseMs(isMore), () => this.#turn());
    });
  }

  #pauseMs(isMore: boolean): number {
    if (isMore) return PAUSE_MS;
    return this.#isIn === false ? LOOK_FOR_DISK_MS : LOOK_EVERY_MS;
  }

  /** @returns whether there is more to write at once */
  async #look(): Promise<boolean> {
    const { disk, facts } = this.#parts;
    try {
      if (!(await disk.isThere(facts.folder))) {
        this.#isIn = false;
        this.#forget();
        return false;
      }
      if (this.#isIn === false) this.#tellPutIn();
      this.#isIn = true;
      const names = new Set(await disk.list(this.#folder));
      // A disk that lacks what the one before held is another one, put in between two looks.
      if (![...this.#seen].every((name) => names.has(name))) this.#forget();
      await this.#readReceipts(names);
      const isMore = await this.#carry();
      if (isMore || this.#isStopped) return isMore;
      await this.#index(names);
      this.#seen = new Set([...names].filter((name) => parseBatchName(name) !== undefined));
      return false;
    } catch (error) {
      this.#forget();
      this.#diskFault = this.#explain(error);
      return false;
    }
  }

  /** The next disk may be another one. */
  #forget(): void {
    this.#carriedEnd = 0;
    this.#seen = new Set();
    this.#indexed = '';
    this.#isComplete = false;
    this.#receiptFault = undefined;
    this.#diskFault = undefined;
  }

  get #folder(): string {
    const { folder, plantId } = this.#parts.facts;
    return carrierPath(folder, plantFolder(plantId));
  }

  async #readReceipts(names: ReadonlySet<string>): Promise<void> {
    const { disk, facts, store, log } = this.#parts;
    if (facts.receiver === null) {
      this.#receiptFault = [...names].some(isReceiptName) ? ofNobodyNamed() : undefined;
      return;
    }
    let fault: SyncFault | undefined;
    for (const name of [...names].filter(isReceiptName).slice(0, RECEIPTS_MAX)) {
      const path = carrierPath(this.#folder, name);
      const isTooLarge = ((await disk.sizeOf(path)) ?? 0) > RECEIPT_BYTES_MAX;
      const bytes = isTooLarge ? new Uint8Array() : await disk.read(path, RECEIPT_BYTES_MAX);
      if (bytes === undefined || this.#isStopped) continue;
      const before = receivedOf(store);
      const checked = checkReceipt(bytes, {
        plantId: facts.plantId,
        log: facts.log,
        receiver: facts.receiver,
        rootOf: (size) => rootOfSize(store, size),
        receivedSize: before.size,
      });
      if (checked.kind === 'new') {
        const { size, root, receiver, receivedAt } = checked.receipt;
        const body = {
          v: 1,
          target: CARRIED_TARGET,
          size,
          root: Buffer.from(root).toString('base64'),
          receiver,
          receivedAt,
          batches: coveredBatches(store, CARRIED_TARGET, size, before),
          receipt: Buffer.from(bytes).toString('utf8').trimEnd(),
        };
        this.#parts.record([{ kind: 'received', body }], () => undefined);
        log.info({ size, receiver }, 'Whoever receives the disks confirmed what they hold');
      }
      if (checked.kind !== 'refused') fault ??= refusedThere(checked.receipt.refused);
      else {
        // An old receipt beside a newer one is nothing that a person need see.
        if (checked.fault.code !== 'SYN_RECEIPT_OLDER') fault ??= checked.fault;
        this.#warnOnce(bytes, checked.fault);
      }
    }
    this.#receiptFault = fault;
  }

  #warnOnce(bytes: Uint8Array, { code, message }: SyncFault): void {
    const known = `${code} ${createHash('sha256').update(bytes).digest('hex')}`;
    if (this.#warned.has(known)) return;
    this.#warned.add(known);
    this.#parts.log.warn({ code }, message);
  }

  async #carry(): Promise<boolean> {
    const { facts, store, disk, log } = this.#parts;
    // Without a receiver nobody says what arrived, so all that a disk was given counts as carried.
    if (facts.receiver === null || this.#isStopped) return false;
    const from = Math.max(this.#carriedEnd, receivedOf(store).size);
    const carried = await carryBatches(
      { store, disk, folder: facts.folder, plantId: facts.plantId, share: 'unless-waiting' },
      from,
      CARRY_AT_ONCE,
    );
    this.#carriedEnd = carried.end;
    this.#isComplete = carried.isDone;
    this.#diskFault = carried.fault;
    if (carried.written > 0) {
      log.info({ batches: carried.written }, 'Batches that nobody confirmed were written to another disk');
    }
    return !carried.isDone && carried.fault === undefined;
  }

  async #index(names: ReadonlySet<string>): Promise<void> {
    const { disk, store, facts } = this.#parts;
    const received = receivedOf(store);
    const state = createHash('sha256')
      .update([facts.verifierKey, received.size, ...[...names].toSorted()].join('\n'))
      .digest('hex');
    if (state === this.#indexed) return;
    const index = await indexOf(disk, store, { ...facts, received });
    if (index.batches.count > 0 || index.bundles.length > 0) await writeIndex(disk, facts.folder, index);
    this.#indexed = state;
  }

  #explain(error: unknown): SyncFault {
    const { log, facts } = this.#parts;
    if (error instanceof Failure) {
      const { code, message, hint } = error;
      log.warn({ code }, message);
      return { code, message, ...(hint === undefined ? {} : { hint }) };
    }
    if ((error as NodeJS.ErrnoException).code !== undefined) return explainDisk(error, facts.folder);
    const message = `Looking after the disk failed: ${error instanceof Error ? error.message : String(error)}`;
    log.error({ code: 'SYN_TARGET_FAILED' }, message);
    return { code: 'SYN_TARGET_FAILED', message };
  }
}

function ofNobodyNamed(): SyncFault {
  return {
    code: 'SYN_RECEIPT_UNNAMED',
    message: 'A receipt lies on the disk, and plant.yaml names nobody who receives: it was not read.',
    hint: 'ask the receiver for their verifier key, and put it into plant.yaml as receiver: under sync.file',
  };
}

/** What the receiver could not use of the disk, by its newest word. */
function refusedThere(refused: readonly RefusedFile[]): SyncFault | undefined {
  const [first] = refused;
  if (first === undefined) return undefined;
  const message = `The receiver could not use ${countNoun(refused.length, 'file')} of the disk, first of all ${first.file}.`;
  return {
    code: first.code,
    message,
    hint: 'leave the disk in: what it holds otherwise than it should is written anew',
  };
}
