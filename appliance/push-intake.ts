import { hash } from 'node:crypto';
import type { CounterState, MeterWord } from '../core/acquisition/counter-state.ts';
import type { DeviceHealth } from '../core/acquisition/device-health.ts';
import type { Driver, Secrets } from '../core/acquisition/driver.ts';
import type { MeterChangeOutcome } from '../core/acquisition/meter-change-outcome.ts';
import { counterKey, readPushed } from '../core/acquisition/push-reading.ts';
import type { ClockTrust, PushEvidence } from '../core/acquisition/reading.ts';
import type { Cycle } from '../core/acquisition/sample.ts';
import { nameHint } from '../core/config/nearest-name.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { CancelTimer, Clock } from '../core/model/clock.ts';
import { Failure } from '../core/model/failure.ts';
import type { Log } from '../core/model/log.ts';
import { toIso } from '../core/model/time.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { lastGapEnd } from '../core/store/pushes.ts';
import { lastReadingEnd } from '../core/store/readings.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import { type DecodedPush, decodePush } from '../drivers/http/decode-push.ts';
import { type PushRefusal, type Refused, refuse } from '../drivers/http/push-refusal.ts';
import { type PushBody, readPush } from '../drivers/http/read-push.ts';
import type { UnusedField } from '../drivers/http/unused-field.ts';
import { checkPushSignature } from './check-push-signature.ts';
import type { IntervalRecorder } from './interval-recorder.ts';
import { nonceOf, type PushPlace, placePush } from './place-push.ts';
import { pushBlock } from './push-block.ts';
import { pushCounters, shiftPushedClock } from './push-counters.ts';
import { PushHealth } from './push-health.ts';
import { changePushedMeter } from './push-meters.ts';
import { PushSilence } from './push-silence.ts';
import { type PushedUnit, pushedUnits } from './pushed-units.ts';
import { reportedEnergy } from './reported-energy.ts';
import { referTo } from './sample-keeper.ts';

export interface PushRequest {
  /** The body, byte for byte. */
  readonly body: Uint8Array;
  /** The header `x-nonce`. */
  readonly nonce?: string | undefined;
}

export type PushOutcome =
  | {
      readonly kind: 'recorded';
      readonly index: number;
      readonly verdict: Verdict;
      readonly from: string;
      readonly to: string;
      readonly unused: readonly UnusedField[];
    }
  | { readonly kind: 'refused'; readonly refusal: PushRefusal };

export interface PushIntakeParts {
  readonly config: PlantConfig;
  readonly formerConfig: PlantConfig | undefined;
  readonly origin: 'plant' | 'demo';
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly secrets: Secrets;
  readonly store: ReadableStore;
  readonly recorder: IntervalRecorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly clockTrust: () => ClockTrust;
  readonly savedCounters: ReadonlyMap<string, CounterState>;
  /** When the ledger was begun. */
  readonly begunAtMs: number;
  readonly onCycle: (cycle: Cycle) => void;
  readonly onHealth: (health: DeviceHealth) => void;
}

const RETRY_AFTER_S = 5;
const LOOK_EVERY_MS = 5000;

interface Target {
  readonly pushed: PushedUnit;
  readonly silence: PushSilence;
  readonly health: PushHealth;
}

/**
 * Takes pushes and makes each the reading of one unit, recorded when the call returns. Everything happens in one turn
 * of the event loop, so two pushes never see the same free interval.
 */
export class PushIntake {
  readonly #parts: PushIntakeParts;
  readonly #targets = new Map<string, Target>();
  readonly #healths: readonly PushHealth[];
  readonly #counters: Map<string, CounterState>;
  readonly #shown = new Map<string, string>();
  readonly #unused = new Map<string, string>();
  #cancel: CancelTimer | undefined;

  constructor(parts: PushIntakeParts) {
    const { config, store, clock, drivers } = parts;
    const startedAtMs = clock.wallMs();
    const units = pushedUnits(config, drivers);
    this.#parts = parts;
    this.#counters = new Map(pushCounters(parts.savedCounters, units, parts.formerConfig, drivers));
    const healths = new Map<string, PushHealth>();
    for (const pushed of units) {
      const { unit, device } = pushed;
      const own = units.filter((other) => other.device === device).map((other) => other.unit.id);
      const health = healths.get(device.id) ?? new PushHealth(device, own, startedAtMs);
      healths.set(device.id, health);
      const ends = [lastReadingEnd(store, unit.id, startedAtMs), lastGapEnd(store, unit.id)];
      const known = ends.filter((end) => end !== undefined);
      const statedMs = known.length === 0 ? undefined : Math.max(...known);
      const meter = exportKey(pushed);
      const register = (): CounterState | undefined => this.#counters.get(meter);
      const silence = new PushSilence({ unit, intervalMs: config.intervalMs, statedMs, startedAtMs, register });
      this.#targets.set(unit.id, { pushed, silence, health });
    }
    this.#healths = [...healths.values()];
  }

  /** Begins to watch for silence. */
  start(): void {
    if (this.#targets.size === 0) return;
    this.#cancel = this.#parts.clock.after(LOOK_EVERY_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  health(): readonly DeviceHealth[] {
    const nowMs = this.#parts.clock.wallMs();
    return this.#healths.map((health) => health.at(nowMs));
  }

  /** What a person's word about a pushed meter comes to; undefined when no unit has such a meter. */
  changeMeter(point: string, change: MeterWord): MeterChangeOutcome | undefined {
    const units = [...this.#targets.values()].map(({ pushed }) => pushed);
    return changePushedMeter(units, this.#counters, point, change);
  }

  /** Returns the states of the counters that are to be kept from then on, by `counterKey`. */
  clockStepped(nowMs: number, stepMs: number): ReadonlyMap<string, CounterState> {
    const { store } = this.#parts;
    const shifted = new Map<string, CounterState>();
    for (const [unitId, { pushed, silence }] of this.#targets) {
      silence.clockStepped(nowMs, lastReadingEnd(store, unitId, Number.MAX_SAFE_INTEGER));
      for (const [key, state] of shiftPushedClock(store, pushed, this.#counters, stepMs)) shifted.set(key, state);
    }
    for (const [key, state] of shifted) this.#counters.set(key, state);
    return shifted;
  }

  take(request: PushRequest): PushOutcome {
    const receivedAtMs = this.#parts.clock.wallMs();
    const push = readPush(request.body);
    if (push.kind === 'refused') return push;
    const target = this.#find(push);
    if (target.kind === 'refused') return target;
    const { device } = target.pushed;
    const signature = checkPushSignature(push, device.connection, this.#parts);
    if (signature.kind === 'refused') return signature;
    const nonce = nonceOf(push, request.nonce);
    if (nonce.kind === 'refused') return nonce;
    const bodySha256 = hash('sha256', request.body, 'hex');
    const placed = placePush(push, {
      store: this.#parts.store,
      unitId: push.unitId,
      intervalMs: this.#parts.config.intervalMs,
      begunAtMs: this.#parts.begunAtMs,
      receivedAtMs,
      bodySha256,
      nonce: nonce.nonce,
    });
    if (placed.kind === 'refused') return placed;
    const times = { receivedAtMs, ...(placed.timeFrom === 'sender' ? { deviceAtMs: placed.toMs } : {}) };
    const decoded = decodePush(push, target.pushed.points, times);
    if (decoded.kind === 'refused') return decoded;
    const evidence: PushEvidence = {
      receivedAt: toIso(receivedAtMs),
      form: push.form,
      timeFrom: placed.timeFrom,
      bodySha256,
      ...(signature.kind === 'signed' ? { signedBy: signature.signedBy } : {}),
      ...(nonce.nonce === undefined ? {} : { nonce: nonce.nonce }),
    };
    return this.#record(target, placed, decoded, evidence, request.body);
  }

  #find(push: PushBody): ({ readonly kind: 'target' } & Target) | Refused {
    const { plant, units } = this.#parts.config;
    if (push.plantId !== undefined && push.plantId !== plant.id) {
      const hint = `plant_id is the id of plant.yaml; is the push meant for another appliance?`;
      return refuse(422, 'DRV_HTTP_WRONG_PLANT', `This is plant ${plant.id}, not ${push.plantId}.`, { hint });
    }
    const target = this.#targets.get(push.unitId);
    if (target !== undefined) return { kind: 'target', ...target };
    if (units.some(({ id }) => id === push.unitId)) {
      const hint = 'let all its signals name a device with driver: http, or push for another unit';
      return refuse(422, 'DRV_HTTP_NOT_PUSHED', `${push.unitId} is polled and takes no pushes.`, { hint });
    }
    const pushed = [...this.#targets.keys()];
    const hint = nameHint(push.unitId, pushed) ?? 'device_id is the id of the unit in plant.yaml';
    const isDevice = this.#parts.config.devices.some(({ id }) => id === push.unitId);
    const which = isDevice ? ' That is a device; device_id is the id of the unit.' : '';
    return refuse(404, 'DRV_HTTP_UNKNOWN_UNIT', `There is no unit "${push.unitId}".${which}`, { hint });
  }

  #record(
    { pushed, silence, health }: Target,
    placed: PushPlace,
    decoded: DecodedPush,
    push: PushEvidence,
    body: Uint8Array,
  ): PushOutcome {
    const { config, origin, recorder, clockTrust } = this.#parts;
    const { unit, device, points } = pushed;
    const { fromMs, toMs } = placed;
    const receivedAtMs = Date.parse(push.receivedAt);
    const { outcomes } = decoded;
    const block = pushBlock(pushed, { fromMs, toMs, receivedAtMs, outcomes, body, nonce: push.nonce });
    const reported = reportedEnergy(placed, { ...decoded, ...push, intervalMs: config.intervalMs });
    const { reading, counters } = readPushed({
      plantId: config.plant.id,
      unit,
      origin,
      points,
      periodMs: device.periodMs,
      order: placed.order,
      fromMs,
      toMs,
      outcomes,
      ...(reported.energyWh === undefined ? {} : { reportedWh: reported.energyWh }),
      counters: this.#counters,
      clock: clockTrust(),
      samples: referTo([block]),
      push,
    });
    const interval = { fromMs, toMs, units: [{ unit, reading, counters }], counters };
    const counted = reading.energySource === 'counter' ? counters.get(exportKey(pushed)) : undefined;
    const gaps = placed.order === 'newest' ? silence.before(fromMs, counted) : () => [];
    try {
      const { judged, index } = recorder.recordNow(interval, [block], gaps);
      for (const [key, state] of counters) this.#counters.set(key, state);
      if (placed.order === 'newest') silence.heard(toMs);
      health.heard(unit.id, receivedAtMs, outcomes, placed.order);
      const cycle = { deviceId: device.id, cycleId: `${unit.id}-${toMs}`, slotMs: toMs, outcomes };
      if (placed.order === 'newest') {
        this.#parts.onCycle({ ...cycle, startedAtMs: receivedAtMs, endedAtMs: receivedAtMs });
      }
      this.#showHealth();
      const unused = [...decoded.unused, ...reported.unused];
      this.#noteUnused(unit.id, unused);
      return { kind: 'recorded', index, verdict: judged.verdict, from: reading.from, to: reading.to, unused };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#parts.log.error({ unitId: unit.id, code: error.code }, error.message);
      const hint = 'send the same again; the log of the appliance says what is wrong';
      const message = `The reading could not be recorded (${error.code}).`;
      return refuse(503, 'DRV_HTTP_NOT_RECORDED', message, { hint, retryAfterS: RETRY_AFTER_S });
    }
  }

  /** Said once, and again when it changes: the same fields come with every push. */
  #noteUnused(unitId: string, unused: readonly UnusedField[]): void {
    const fields = unused.map(({ field }) => field).join(' ');
    if ((this.#unused.get(unitId) ?? '') === fields) return;
    this.#unused.set(unitId, fields);
    this.#parts.log.info({ unitId, unused: unused.slice(0, 20) }, 'pushes carry other fields that nothing is made of');
  }

  #look(): void {
    const { clock, recorder, log } = this.#parts;
    const nowMs = clock.wallMs();
    for (const { silence } of this.#targets.values()) {
      const due = silence.due(nowMs);
      if (due === undefined) continue;
      recorder.add(due.entries, 'push-silence');
      silence.stated(due);
      log.warn({ until: toIso(due.untilMs), entries: due.entries.length }, 'no push came');
    }
    this.#showHealth();
  }

  #showHealth(): void {
    for (const health of this.health()) {
      const text = `${health.state} ${health.fault?.code ?? ''}`;
      if (this.#shown.get(health.deviceId) === text) continue;
      this.#shown.set(health.deviceId, text);
      this.#parts.onHealth(health);
    }
  }
}

/** The `counterKey` of the unit's export register; of a unit without one it is nobody's. */
function exportKey({ unit, points }: PushedUnit): string {
  const meter = points.find(({ quantity }) => quantity === 'energyExport');
  return meter === undefined ? '' : counterKey(unit.id, meter.point);
}
