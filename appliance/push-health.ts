import type { DeviceHealth } from '../core/acquisition/device-health.ts';
import type { Outcome, Sample } from '../core/acquisition/sample.ts';
import type { DeviceConfig } from '../core/config/plant.ts';
import type { Fault } from '../core/model/fault.ts';
import { toIso } from '../core/model/time.ts';

/** Three pushes that did not come are silence, as three missed polls make a value stale. */
const SILENT_PERIODS = 3;
const SILENT_MS_MIN = 3000;

interface HeardUnit {
  readonly receivedAtMs: number;
  readonly outcomes: readonly Outcome[];
}

/** How a device that sends by itself is doing: nobody can ask it, so its silence is all there is to see. */
export class PushHealth {
  readonly #device: DeviceConfig;
  readonly #unitIds: readonly string[];
  readonly #heard = new Map<string, HeardUnit>();
  readonly #startedAtMs: number;
  #shown: Pick<DeviceHealth, 'state' | 'sinceMs'>;
  #pushes = 0;

  constructor(device: DeviceConfig, unitIds: readonly string[], startedAtMs: number) {
    this.#device = device;
    this.#unitIds = unitIds;
    this.#startedAtMs = startedAtMs;
    this.#shown = { state: 'connecting', sinceMs: startedAtMs };
  }

  /** A push of the unit was recorded. `isNewest` is false for one that came after a newer one. */
  heard(unitId: string, receivedAtMs: number, outcomes: readonly Outcome[], order: 'newest' | 'late'): void {
    this.#pushes += 1;
    const kept = order === 'late' ? this.#heard.get(unitId)?.outcomes : undefined;
    this.#heard.set(unitId, { receivedAtMs, outcomes: kept ?? outcomes });
  }

  at(nowMs: number): DeviceHealth {
    const silentMs = Math.max(SILENT_PERIODS * this.#device.periodMs, SILENT_MS_MIN);
    const silent = this.#unitIds.filter((id) => nowMs - this.#lastMs(id) > silentMs);
    const unheard = this.#unitIds.filter((id) => !this.#heard.has(id));
    const outcomes = [...this.#heard].filter(([id]) => !silent.includes(id)).flatMap(([, heard]) => heard.outcomes);
    const good = outcomes.filter((outcome) => outcome.kind === 'sample').filter(({ quality }) => quality !== 'bad');
    // A sender that works off what it kept is well, and yet what it tells is old.
    const pointsGood = good.filter((sample) => nowMs - measuredMs(sample) <= silentMs).length;
    const miss = outcomes.find((outcome) => outcome.kind === 'miss');
    const state = this.#stateOf(silent.length, unheard.length, good.length);
    const lastMs = Math.max(...this.#unitIds.map((id) => this.#lastMs(id)));
    if (state !== this.#shown.state) {
      this.#shown = { state, sinceMs: state === 'down' ? Math.min(nowMs, lastMs + silentMs) : nowMs };
    }
    const fault = silent.length > 0 ? this.#silence(silent) : miss?.fault;
    return {
      deviceId: this.#device.id,
      ...this.#shown,
      activity: 'idle',
      ...(fault === undefined ? {} : { fault }),
      ...(this.#heard.size === 0 ? {} : { lastGoodAtMs: lastMs }),
      pointsGood,
      attempts: 0,
      skipped: 0,
      requests: this.#pushes,
      timeouts: 0,
      strangers: 0,
      writes: 0,
    };
  }

  #lastMs(unitId: string): number {
    return this.#heard.get(unitId)?.receivedAtMs ?? this.#startedAtMs;
  }

  #stateOf(silent: number, unheard: number, good: number): DeviceHealth['state'] {
    if (silent === this.#unitIds.length) return 'down';
    if (unheard === this.#unitIds.length) return 'connecting';
    return silent === 0 && unheard === 0 && good === this.#device.points.length ? 'up' : 'degraded';
  }

  #silence(silent: readonly string[]): Fault {
    const since = silent.map((id) => {
      const heard = this.#heard.get(id);
      return heard === undefined ? `${id} since the start` : `${id} since ${toIso(heard.receivedAtMs)}`;
    });
    return {
      code: 'DRV_HTTP_SILENT',
      message: `No push came from ${since.join(', ')}`,
      policy: 'wait',
      hint: 'Look at the sending system: its job, its network, and what it logged of our last answer',
    };
  }
}

/** By the device's own time where it gives one: values that were kept come long after they were measured. */
function measuredMs({ readAtMs, deviceAtMs }: Sample): number {
  return deviceAtMs === undefined ? readAtMs : Math.min(readAtMs, deviceAtMs);
}
