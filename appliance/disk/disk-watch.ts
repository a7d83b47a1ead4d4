import { statSync } from 'node:fs';
import type { z } from 'zod';
import { SAMPLES_KEPT, type SamplesConfig } from '../../core/config/plant.ts';
import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import { toIso } from '../../core/model/time.ts';
import { unusedBytes, usedBytes } from '../../core/store/disk-use.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { isPackingBehind } from '../../core/store/pack-entries.ts';
import type { statusSchema } from '../api/schema/status.ts';
import { daysLeft as daysLeftOf, sampleUse } from './days-left.ts';
import { DERIVED_USED, type DiskSpace, reserveOf, spaceAt } from './disk-space.ts';
import { type GrowthPoint, growthPerDay, withPoint } from './store-growth.ts';

export type DiskStatus = z.infer<typeof statusSchema>['disk'];

export interface DiskWatchParts {
  readonly space: () => DiskSpace;
  readonly store: ReadableStore;
  readonly clock: Clock;
  readonly log: Log;
  /** How long raw samples are kept; the default when absent. */
  readonly samples?: SamplesConfig | undefined;
  /** How the store grew before this run. */
  readonly growth: readonly GrowthPoint[];
  readonly saveGrowth: (points: readonly GrowthPoint[]) => void;
  readonly onAlarm: (failure: Failure) => void;
  /** What can be computed again is kept from now on, or is not. */
  readonly onDerived: (isKept: boolean) => void;
}

const LOOK_EVERY_MS = 10_000;
const WARN_USED = 0.85;
/** What was stopped begins again only with this much more room, and not at every file that comes and goes. */
const SLACK = 1.25;
const BYTES_PER_GB = 1e9;
const DAY_MS = 86_400_000;
const NO_POINTS: readonly GrowthPoint[] = [];

/**
 * Watches the disk, so that what matters least is given up first: what can be computed again, then raw samples, and
 * entries never as long as the disk takes a byte. Everything begins again by itself.
 */
export class DiskWatch {
  readonly #parts: DiskWatchParts;
  #cancel: CancelTimer | undefined;
  #space: DiskSpace;
  #growth: readonly GrowthPoint[];
  #keepsDerived = true;
  #keepsSamples = true;
  #level: DiskStatus['level'] = 'ok';

  constructor(parts: DiskWatchParts) {
    this.#parts = parts;
    this.#growth = parts.growth;
    this.#space = parts.space();
    this.look();
  }

  get keepsDerived(): boolean {
    return this.#keepsDerived;
  }

  get keepsSamples(): boolean {
    return this.#keepsSamples;
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(LOOK_EVERY_MS, () => {
      this.#lookQuietly();
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  /** A disk that does not even say how full it is ends no recording: what was known of it last stays. */
  #lookQuietly(): void {
    try {
      this.look();
    } catch (error) {
      this.#parts.log.error({ reason: String(error) }, 'the disk does not say how full it is');
    }
  }

  /** The store was refused a write for want of room: believe that before what the file system says is free. */
  wasFull(): void {
    this.#lookQuietly();
    if (this.#keepsDerived || this.#keepsSamples) this.#give('critical', { derived: false, samples: false });
  }

  look(): void {
    const { space, store, clock, saveGrowth } = this.#parts;
    this.#space = space();
    // While old entries are packed in great number, what the store takes says nothing of how it grows.
    const points = isPackingBehind(store)
      ? NO_POINTS
      : withPoint(this.#growth, { atMs: clock.wallMs(), bytes: usedBytes(store) });
    if (points !== this.#growth) saveGrowth(points);
    this.#growth = points;
    const { freeBytes, totalBytes } = this.#space;
    const level = levelOf(this.#space);
    const derivedNeeded = (1 - DERIVED_USED) * totalBytes * (this.#keepsDerived ? 1 : SLACK);
    const samplesNeeded = reserveOf(this.#space) * (this.#keepsSamples ? 1 : SLACK);
    this.#give(level, { derived: freeBytes > derivedNeeded, samples: freeBytes > samplesNeeded });
  }

  status(): DiskStatus {
    const { store, clock } = this.#parts;
    const growth = growthPerDay(this.#growth, { atMs: clock.wallMs(), bytes: usedBytes(store) });
    const kept = { growth, keepsDerived: this.#keepsDerived, keepsSamples: this.#keepsSamples };
    return describeDisk(this.#space, store, kept, this.#parts.samples ?? SAMPLES_KEPT, clock.wallMs());
  }

  #give(level: DiskStatus['level'], { derived, samples }: { derived: boolean; samples: boolean }): void {
    const isNew = level !== this.#level || samples !== this.#keepsSamples;
    const isWorse = isNew && (level !== 'ok' || !samples);
    this.#level = level;
    if (derived !== this.#keepsDerived) this.#parts.onDerived(derived);
    this.#keepsDerived = derived;
    this.#keepsSamples = samples;
    if (!isNew) return;
    const { reason, freeBytes } = this.status();
    this.#parts.log.info({ level, derived, samples, freeBytes }, 'disk');
    if (!isWorse) return;
    const hint = 'free some space: old logs, downloads and backups first, never files of the data folder';
    this.#parts.onAlarm(new Failure('STO_DISK_FILLING', `${reason}.`, { hint }));
  }
}

interface Kept {
  readonly growth: number | undefined;
  readonly keepsDerived: boolean;
  readonly keepsSamples: boolean;
}

/** The disk as it stands while no appliance runs. */
export function diskAtRest(
  dataFolder: string,
  store: ReadableStore,
  growth: readonly GrowthPoint[],
  { rule = SAMPLES_KEPT, nowMs }: { readonly rule?: SamplesConfig | undefined; readonly nowMs: number },
): DiskStatus {
  const kept = { growth: growthPerDay(growth, undefined), keepsDerived: true, keepsSamples: true };
  return describeDisk(spaceAt(dataFolder), store, kept, rule, nowMs);
}

function describeDisk(
  space: DiskSpace,
  store: ReadableStore,
  kept: Kept,
  rule: SamplesConfig,
  nowMs: number,
): DiskStatus {
  const { freeBytes, totalBytes } = space;
  const use = sampleUse(store, rule, nowMs);
  const growthBytesPerDay = kept.growth === undefined ? null : Math.max(0, Math.round(kept.growth));
  const daysLeft =
    growthBytesPerDay === null ? null : daysLeftOf(freeBytes + unusedBytes(store), growthBytesPerDay, use);
  const storeBytes = sizeOf(store.path) + sizeOf(`${store.path}-wal`);
  const { keepsDerived, keepsSamples } = kept;
  const facts = { freeBytes, totalBytes, storeBytes, level: levelOf(space), growthBytesPerDay, daysLeft };
  const samples = {
    bytes: use.bytes,
    oldestFrom: use.oldestMs === undefined ? null : toIso(use.oldestMs),
    keepDays: Math.round(rule.keepMs / DAY_MS),
    maxBytes: rule.maxBytes ?? null,
  };
  return { ...facts, samples, keepsDerived, keepsSamples, reason: inWords(space, daysLeft, kept) };
}

function inWords({ freeBytes, totalBytes }: DiskSpace, daysLeft: number | null, kept: Kept): string {
  const used = Math.floor(usedShare({ freeBytes, totalBytes }) * 100);
  const room = `The disk is ${used} % full, ${(freeBytes / BYTES_PER_GB).toFixed(1)} GB are free`;
  const left =
    daysLeft === null ? '' : `, enough for ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'} at the present growth`;
  if (!kept.keepsSamples) return `${room}; raw samples are not kept any more, readings still are`;
  if (!kept.keepsDerived) return `${room}${left}; what can be computed again is not kept any more`;
  return `${room}${left}`;
}

function levelOf(space: DiskSpace): DiskStatus['level'] {
  const used = usedShare(space);
  return used >= DERIVED_USED ? 'critical' : used >= WARN_USED ? 'warn' : 'ok';
}

function usedShare({ freeBytes, totalBytes }: DiskSpace): number {
  return totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
