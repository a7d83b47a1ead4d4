import type { z } from 'zod';
import { showOffset } from '../core/acquisition/clock-trust.ts';
import type { DeviceHealth } from '../core/acquisition/device-health.ts';
import type { PointView } from '../core/acquisition/latest.ts';
import type { PlantConfig, UnitConfig } from '../core/config/plant.ts';
import { didKey } from '../core/ledger/did-key.ts';
import type { LedgerHead } from '../core/ledger/recorder.ts';
import { parseVerifierKey } from '../core/ledger/verifier-key.ts';
import { Failure } from '../core/model/failure.ts';
import type { Fault } from '../core/model/fault.ts';
import { startOfLocalDay } from '../core/model/local-time.ts';
import { toIso } from '../core/model/time.ts';
import { isUnitState } from '../core/model/unit-state.ts';
import { type DayCredit, dayCredit } from '../core/store/day-credit.ts';
import { readEncryption } from '../core/store/encryption-setting.ts';
import { lastRecordedAtMs } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { readNote } from '../core/store/notes.ts';
import { type DayTotals, dayTotals } from '../core/store/readings.ts';
import { countWaiting } from '../core/store/reviews.ts';
import { countReadings } from '../core/store/stored-entries.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import type { deviceStatusSchema, pointSchema, statusSchema, unitStatusSchema } from './api/schema/status.ts';
import { type BackupView, backupStatus, lastGoodNoted } from './backup/backup-status.ts';
import { type DiskWatch, diskAtRest } from './disk/disk-watch.ts';
import { GROWTH_NOTE, readGrowth } from './disk/store-growth.ts';
import { drivers } from './drivers.ts';
import { type BackgroundCheck, lastCheckNoted } from './fsck/background-check.ts';
import { checkStatus } from './fsck/check-status.ts';
import { keysAnswer } from './key-answer.ts';
import { newestReading } from './newest-reading.ts';
import type { DeviceClockState, PlantClock } from './plant-clock.ts';
import { driverOf } from './plant-origin.ts';
import { linkAnswer } from './sync/link-answer.ts';
import type { DeliveryStatus, LinkStatus } from './sync/plant-sync.ts';
import { targetStatuses } from './sync/target-status.ts';
import { witnessStatus } from './witness-status.ts';

export type Status = z.infer<typeof statusSchema>;
export type Point = z.infer<typeof pointSchema>;
export type DeviceStatus = z.infer<typeof deviceStatusSchema>;
export type UnitStatus = z.infer<typeof unitStatusSchema>;

/** What the status is made of. A command on a data folder without a running appliance leaves `running` out. */
export interface StatusParts {
  readonly config: PlantConfig;
  readonly origin: 'plant' | 'demo';
  readonly version: string;
  readonly mode: 'normal' | 'shadow';
  readonly store: ReadableStore;
  readonly head: LedgerHead;
  readonly verifierKey: string;
  readonly dataFolder: string;
  readonly nowMs: number;
  readonly running?: RunningParts;
}

export interface RunningParts {
  readonly startedAtMs: number;
  readonly url: string;
  readonly health: readonly DeviceHealth[];
  readonly point: (ref: string) => PointView | undefined;
  readonly clock: Pick<PlantClock, 'standing' | 'lastStepMs' | 'outside' | 'servers' | 'device'>;
  readonly backups?: BackupView | undefined;
  readonly sync?: { status(): readonly DeliveryStatus[]; link(): LinkStatus | undefined } | undefined;
  readonly check?: Pick<BackgroundCheck, 'checked' | 'suspected'> | undefined;
  readonly disk?: Pick<DiskWatch, 'status' | 'keepsDerived'> | undefined;
}

export function buildStatus(parts: StatusParts): Status {
  const { config, store, head, nowMs, running } = parts;
  const dayMs = startOfLocalDay(nowMs, config.plant.timezone);
  const totals = new Map(
    config.units.map(({ id }) => [id, { ...dayTotals(store, id, dayMs), ...dayCredit(store, id, dayMs) }]),
  );
  const countToday = (status: string): number =>
    [...totals.values()].reduce(
      (sum, { byStatus }) => sum + (byStatus.find((row) => row.status === status)?.readings ?? 0),
      0,
    );
  const recordedAtMs = lastRecordedAtMs(store);
  const lastRecordedAt = recordedAtMs === undefined ? null : toIso(recordedAtMs);
  return {
    plant: {
      id: config.plant.id,
      name: config.plant.name,
      timezone: config.plant.timezone,
      ratedPowerKw: config.plant.ratedPowerKw,
      intervalMs: config.intervalMs,
      origin: parts.origin,
      units: config.units.map((unit) => unitStatus(unit, parts, totals.get(unit.id))),
    },
    appliance: {
      version: parts.version,
      running: running !== undefined,
      mode: parts.mode,
      startedAt: running === undefined ? null : toIso(running.startedAtMs),
      url: running?.url ?? null,
      deviceKey: parts.verifierKey,
      ...keysOf(parts),
    },
    devices: config.devices.map((device) => {
      const health = running?.health.find(({ deviceId }) => deviceId === device.id);
      return deviceStatus(device, health ?? notRunning(device.id, nowMs), running?.clock.device(device.id));
    }),
    ledger: {
      size: head.size,
      root: Buffer.from(head.root).toString('base64'),
      readings: countReadings(store),
      flagged: countToday('FLAGGED'),
      rejected: countToday('REJECTED'),
      lastRecordedAt,
      checkpointAt: lastRecordedAt,
      storeKey: readEncryption(parts.dataFolder)?.key?.id ?? null,
      check: checkStatus(lastCheckNoted(store), running?.check, head.size, nowMs),
    },
    reviews: reviewStatus(parts),
    targets: [
      ...targetStatuses(config, store, running?.sync?.status() ?? (running === undefined ? undefined : []), nowMs),
    ],
    link: linkAnswer(running?.sync?.link()),
    clock: clockStatus(nowMs, running),
    disk:
      running?.disk?.status() ??
      diskAtRest(parts.dataFolder, store, readGrowth(readNote(store, GROWTH_NOTE)), { rule: config.samples, nowMs }),
    backup: backupStatus(config.backup, lastGoodNoted(store), running?.backups, nowMs),
  };
}

function reviewStatus({ store, config }: StatusParts): Status['reviews'] {
  const { count, oldestFromMs } = countWaiting(store);
  return {
    open: count,
    oldestFrom: oldestFromMs === null ? null : toIso(oldestFromMs),
    fourEyes: config.review?.fourEyes ?? false,
  };
}

function unitStatus(unit: UnitConfig, parts: StatusParts, totals: (DayTotals & DayCredit) | undefined): UnitStatus {
  const { reading: latest, freshness } = newestReading(unit, parts);
  const body = latest?.body as { reading: { to: string }; verdict: Verdict } | undefined;
  const view = parts.running?.point(unit.signals.status ?? '');
  const sample = view?.fault === undefined ? view?.sample : undefined;
  const ageMs = sample === undefined ? Number.POSITIVE_INFINITY : Math.abs(parts.nowMs - sample.readAtMs);
  const state = ageMs <= (view?.staleAfterMs ?? 0) ? sample?.value : undefined;
  return {
    id: unit.id,
    name: unit.name,
    turbine: unit.turbine,
    ratedPowerKw: unit.ratedPowerKw,
    ratedFlowM3s: unit.ratedFlowM3s,
    ratedHeadM: unit.ratedHeadM,
    state: isUnitState(state) ? state : 'unknown',
    signals: Object.fromEntries(Object.entries(unit.signals)),
    energyTodayWh: totals?.standingWh ?? null,
    energyTodayApprovedWh: totals?.approvedWh ?? null,
    coverageToday: totals?.meanCoverage ?? null,
    ...witnessStatus(parts.config, unit, body?.verdict),
    freshness,
    lastVerdict:
      latest === undefined || body === undefined
        ? null
        : {
            index: latest.index,
            to: body.reading.to,
            status: body.verdict.status,
            trustScore: body.verdict.trustScore,
            headline: body.verdict.findings.find(({ severity }) => severity !== 'note')?.message ?? null,
          },
  };
}

export function deviceStatus(
  device: PlantConfig['devices'][number],
  health: DeviceHealth,
  clock: DeviceClockState | undefined,
): DeviceStatus {
  return {
    id: device.id,
    driver: device.driver,
    where: driverOf(drivers, device.driver).places.device(device.connection),
    state: health.state,
    activity: health.activity,
    since: toIso(health.sinceMs),
    ...(health.fault === undefined ? {} : { fault: faultView(health.fault) }),
    lastGoodAt: health.lastGoodAtMs === undefined ? null : toIso(health.lastGoodAtMs),
    periodMs: device.periodMs,
    points: device.points.length,
    pointsGood: health.pointsGood,
    attempts: health.attempts,
    skipped: health.skipped,
    requests: health.requests,
    timeouts: health.timeouts,
    strangers: health.strangers,
    writes: health.writes,
    ...(clock === undefined ? {} : { clock: deviceClockView(clock) }),
    nextAttemptAt: health.nextAttemptAtMs === undefined ? null : toIso(health.nextAttemptAtMs),
  };
}

/** The value is left out when there is none to trust: never read, of bad quality, or missed by the latest poll. */
export function pointView(view: PointView, nowMs: number): Point {
  const { sample, fault, point, staleAfterMs, isStill } = view;
  const base = { point: point.ref, unit: point.unit, staleAfterMs };
  if (sample === undefined)
    return { ...base, quality: 'missing', ...(fault === undefined ? {} : { fault: faultView(fault) }) };
  const ageMs = Math.max(0, nowMs - sample.readAtMs);
  const times = {
    readAt: toIso(sample.readAtMs),
    ageMs,
    ...(sample.deviceAtMs === undefined ? {} : { deviceAt: toIso(sample.deviceAtMs) }),
  };
  if (fault !== undefined) return { ...base, ...times, quality: 'missing', fault: faultView(fault) };
  const quality = ageMs > staleAfterMs || isStill ? 'stale' : sample.quality;
  return quality === 'bad' ? { ...base, ...times, quality } : { ...base, ...times, quality, value: sample.value };
}

/** Where each point of the plant is, by `device/point`. */
export function pointPlaces({ devices }: PlantConfig): ReadonlyMap<string, string> {
  return new Map(
    devices.flatMap(({ driver, points }) => {
      const { places } = driverOf(drivers, driver);
      return points.map(({ ref, settings }) => [ref, places.point(settings)] as const);
    }),
  );
}

function faultView({ code, message, policy, hint }: Fault): NonNullable<Point['fault']> {
  return { code, message, policy, ...(hint === undefined ? {} : { hint }) };
}

function notRunning(deviceId: string, nowMs: number): DeviceHealth {
  const none = { attempts: 0, skipped: 0, requests: 0, timeouts: 0, strangers: 0, writes: 0 } as const;
  return { deviceId, state: 'stopped', activity: 'idle', sinceMs: nowMs, pointsGood: 0, ...none };
}

function clockStatus(nowMs: number, running: RunningParts | undefined): Status['clock'] {
  const now = toIso(nowMs);
  if (running === undefined) {
    const reason = 'Nobody watches the clock while the appliance is stopped';
    return { now, trust: 'holdover', reason, lastStepMs: null, offsetMs: null, servers: [] };
  }
  const { standing, lastStepMs, outside, servers } = running.clock;
  return {
    now,
    ...standing,
    lastStepMs: lastStepMs ?? null,
    offsetMs: outside?.offsetMs ?? null,
    servers: servers.map((server) => ({ ...server })),
  };
}

/** In words, since an offset of 757,382,400,000 ms says to nobody that the device lives in the year 2050. */
function deviceClockView({ offsetMs, isWrong }: DeviceClockState): NonNullable<DeviceStatus['clock']> {
  const by = showOffset(Math.abs(offsetMs));
  const side = offsetMs > 0 ? 'ahead of' : 'behind';
  return {
    offsetMs,
    isWrong,
    reason: isWrong ? `The clock of the device is ${by} ${side} this computer's` : `Within ${by} of this computer's`,
  };
}

/** The key alone where the ledger does not say who signs it; `forebay ledger fsck` says what is wrong. */
function keysOf({ store, verifierKey }: StatusParts): Pick<Status['appliance'], 'did' | 'keys'> {
  const current = parseVerifierKey(verifierKey);
  const did = current === undefined ? '' : didKey(current.publicKey);
  try {
    return {
      did,
      keys: keysAnswer(store).map(({ verifierKey: key, how, entryIndex }) => ({ verifierKey: key, how, entryIndex })),
    };
  } catch (error) {
    if (error instanceof Failure) return { did, keys: [] };
    throw error;
  }
}
