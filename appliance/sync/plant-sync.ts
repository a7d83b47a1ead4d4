import type { RecordedEntry } from '../../core/ledger/recorder.ts';
import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { Log } from '../../core/model/log.ts';
import type { Random } from '../../core/model/random.ts';
import { countDeliveries, keptOutbox, parkByHand, retryParked } from '../../core/sync/kept-outbox.ts';
import { type LaneStatus, TargetLane } from '../../core/sync/lane.ts';
import type { LinkBudget, LinkBudgetStatus } from '../../core/sync/link-budget.ts';
import type { NextSeal } from '../../core/sync/next-seal.ts';
import type { Outbox } from '../../core/sync/outbox.ts';
import { type SealedUntil, type SealerParts, seal } from '../../core/sync/sealer.ts';
import type { SyncTarget } from '../../core/sync/target.ts';
import type { CourierStatus, PlantCourier } from '../courier/plant-courier.ts';
import { CARRIED_TARGET } from '../courier/received-ledger.ts';
import type { TokenMinter } from '../tokens/token-minter.ts';
import type { DidPublisher } from './did-publisher.ts';
import { LinkWatch, type LinkWatchParts, type LinkWatchStatus } from './link-watch.ts';
import { ReachWatch } from './reach-watch.ts';
import { type SealingParts, sealedUntil, sealerOf } from './sealing.ts';
import { unsealedOf } from './unsealed.ts';

export interface PlantSyncParts extends Omit<SealingParts, 'targets'> {
  readonly targets: readonly SyncTarget[];
  /** Looks after the disk that batches are carried away on, where there is one. */
  readonly courier?: PlantCourier | undefined;
  /** Publishes the device's DID, where plant.yaml wants that. */
  readonly did?: DidPublisher | undefined;
  /** Mints certificates, where plant.yaml wants that. */
  readonly minter?: TokenMinter | undefined;
  /** What may go over a metered link; absent where nobody counts. */
  readonly budget?: LinkBudget | undefined;
  /** This computer's way out; absent where no target lies beyond it. */
  readonly way?: Pick<LinkWatchParts, 'addresses' | 'names' | 'resolves'> | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What a lane says, and for carried disks what their courier does. */
export interface DeliveryStatus extends LaneStatus {
  readonly courier?: CourierStatus;
}

/** The way out of the plant, and what of a metered day is left. */
export interface LinkStatus extends LinkWatchStatus {
  readonly budget: LinkBudgetStatus | undefined;
}

const LOOK_EVERY_MS = 10_000;
/** A long history is sealed run by run with a pause after each, so that no poll waits for it. */
const PAUSE_MS = 250;

/** Seals what the plant records and delivers it, for as long as the appliance runs. */
export class PlantSync {
  readonly #parts: PlantSyncParts;
  readonly #sealer: SealerParts;
  readonly #outbox: Outbox;
  readonly #lanes: readonly TargetLane[];
  readonly #link: LinkWatch | undefined;
  readonly #reach: ReachWatch;
  #until: SealedUntil;
  #cancelTimer: CancelTimer = () => undefined;
  #isStopped = false;

  constructor(parts: PlantSyncParts) {
    this.#parts = parts;
    this.#sealer = sealerOf({ ...parts, targets: parts.targets.map(({ name }) => name) });
    this.#until = sealedUntil(parts.store, parts.mode);
    this.#outbox = keptOutbox({
      store: parts.store,
      wallMs: () => parts.clock.wallMs(),
      recordReceipt: (body: JsonObject, alongside) => {
        const index = parts.head().size;
        parts.record([{ kind: 'receipt', body }], (write) => alongside(write, index));
      },
      recordReceipts: (bodies, alongside) => {
        const first = parts.head().size;
        const entries = bodies.map((body) => ({ kind: 'receipt', body }) as const);
        parts.record(entries, (write) => alongside(write, first));
      },
    });
    this.#lanes = parts.targets.map(
      (target) =>
        new TargetLane({
          ...parts,
          target,
          outbox: this.#outbox,
          onReceipt: ({ batch: { index, first, end } }) =>
            parts.log.info({ target: target.name, batch: index, entries: end - first }, 'A batch was delivered'),
        }),
    );
    this.#link = this.#watchLink();
    this.#reach = this.#watchReach();
    parts.courier?.onPutIn(() => this.#tryTarget(CARRIED_TARGET));
  }

  start(): void {
    // Whoever starts it may have mended what was wrong: nothing waits for a time that was set before.
    this.#outbox.hurry(this.#parts.targets.map(({ name }) => name));
    for (const lane of this.#lanes) lane.start();
    this.#parts.courier?.start();
    this.#parts.did?.start();
    this.#parts.minter?.start();
    this.#link?.start();
    this.#reach.start();
    this.#look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    this.#link?.stop();
    this.#reach.stop();
    await Promise.all([
      ...this.#lanes.map((lane) => lane.stop()),
      this.#parts.courier?.stop(),
      this.#parts.did?.stop(),
      this.#parts.minter?.stop(),
    ]);
  }

  /** Ends as a power cut does: nothing is written any more. */
  crash(): void {
    this.#isStopped = true;
    this.#cancelTimer();
    for (const lane of this.#lanes) lane.abandon();
    this.#parts.courier?.crash();
    this.#parts.did?.crash();
    this.#parts.minter?.crash();
    this.#link?.stop();
    this.#reach.stop();
  }

  /**
   * Entries were recorded. Sealing is a write of its own, after the one that is being made. A drained backlog records
   * receipts by the hundred, of which nothing is sealed by itself.
   */
  recorded(entries: readonly RecordedEntry[]): void {
    if (this.#parts.mode.kind !== 'direct' || this.#isStopped) return;
    if (!entries.some(({ entry }) => entry.kind === 'reading')) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.clock.after(0, () => this.#look());
  }

  /** Another device key signs from here on, and has a DID to be published. */
  keyChanged(): void {
    if (this.#isStopped) return;
    this.#parts.did?.start();
    this.#parts.courier?.wake();
  }

  status(): readonly DeliveryStatus[] {
    const { courier } = this.#parts;
    return this.#lanes.map((lane) => {
      const status = lane.status();
      return status.target !== CARRIED_TARGET || courier === undefined
        ? status
        : { ...status, courier: courier.status() };
    });
  }

  /** How the way out of the plant stands; undefined where no target lies beyond it. */
  link(): LinkStatus | undefined {
    const status = this.#link?.status();
    return status === undefined ? undefined : { ...status, budget: this.#parts.budget?.status() };
  }

  /** What is in no batch yet, and when it is sealed; undefined where nothing waits for that. */
  unsealed(): NextSeal | undefined {
    const { store, mode, clock } = this.#parts;
    return unsealedOf(store, mode, this.#until, clock.wallMs());
  }

  #watchLink(): LinkWatch | undefined {
    const { targets, way, clock, log, store } = this.#parts;
    const beyond = targets.filter(({ link }) => link !== undefined).map(({ name }) => name);
    if (way === undefined || beyond.length === 0) return undefined;
    const lanes = this.#lanes.filter((lane) => beyond.includes(lane.status().target));
    return new LinkWatch({
      ...way,
      clock,
      log,
      witnesses: () =>
        lanes.map((lane) => {
          const { target, fault, lastContactMs } = lane.status();
          const { waiting, unknown } = countDeliveries(store, target);
          return { fault, hasAnswered: lastContactMs !== undefined, isWaiting: waiting + unknown > 0 };
        }),
      wake: () => {
        this.#outbox.hurry(beyond);
        for (const lane of lanes) lane.wake(true);
      },
    });
  }

  /** Where bytes are counted, nobody is asked whether a target is back: the lanes find that out by themselves. */
  #watchReach(): ReachWatch {
    const { targets, clock, budget, log } = this.#parts;
    const watched = targets.flatMap(({ name, isReachable, link }) =>
      isReachable === undefined || (budget !== undefined && link !== undefined)
        ? []
        : {
            isReachable,
            isInTrouble: () => this.#isInTrouble(name),
            wake: () => {
              log.info({ target: name }, 'Something answers at the target again; what waits is tried now');
              this.#tryTarget(name);
            },
          },
    );
    return new ReachWatch({ clock, targets: watched });
  }

  #isInTrouble(name: string): boolean {
    const status = this.#lanes.find((lane) => lane.status().target === name)?.status();
    if (status?.fault === undefined || status.inFlight > 0) return false;
    const { waiting, unknown } = countDeliveries(this.#parts.store, name);
    return waiting + unknown > 0;
  }

  #tryTarget(name: string): void {
    this.#outbox.hurry([name]);
    for (const lane of this.#lanes) if (lane.status().target === name) lane.wake(true);
  }

  /** Does at once all that there is to do with the disk that is in. */
  async lookAtDisk(): Promise<void> {
    await this.#parts.courier?.lookNow();
  }

  /** Seals what is due and tries every target at once: a person or a link that came back wants it. */
  tryNow(): void {
    this.#outbox.hurry(this.#parts.targets.map(({ name }) => name));
    this.#sealDue();
    for (const lane of this.#lanes) lane.wake(true);
    this.#parts.courier?.wake();
    this.#parts.did?.start();
    this.#parts.minter?.wake();
  }

  /** What mints certificates; undefined where nothing does. */
  get minter(): TokenMinter | undefined {
    return this.#parts.minter;
  }

  /** Whether there was such a parked item. */
  retry(target: string, batchIndex: number): boolean {
    const isRetried = retryParked(this.#parts.store, target, batchIndex);
    for (const lane of this.#lanes) lane.wake();
    return isRetried;
  }

  park(target: string, batchIndex: number, reason: string): boolean {
    return parkByHand(this.#parts.store, target, batchIndex, reason);
  }

  #look(): void {
    if (this.#isStopped) return;
    const isMore = this.#sealDue();
    this.#cancelTimer = this.#parts.clock.after(isMore ? PAUSE_MS : LOOK_EVERY_MS, () => this.#look());
  }

  /** @returns whether there is more to seal at once */
  #sealDue(): boolean {
    const { clock, log } = this.#parts;
    try {
      const next = seal(this.#sealer, this.#until, clock.wallMs());
      const isSealed = next.end > this.#until.end;
      this.#until = next;
      if (isSealed) for (const lane of this.#lanes) lane.wake();
      return isSealed;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // What cannot be recorded now is sealed later, with everything that came meanwhile.
      log.warn({ code: error.code }, error.message);
      return false;
    }
  }
}
