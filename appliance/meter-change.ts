import type { MeterChange, MeterWord } from '../core/acquisition/counter-state.ts';
import type { MeterChangeOutcome } from '../core/acquisition/meter-change-outcome.ts';
import { counterKey } from '../core/acquisition/push-reading.ts';
import { registerModulusMicroWh, toKwhText, toMicroWh } from '../core/acquisition/register-measure.ts';
import type { PlantConfig, PointConfig, UnitConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { assert } from '../core/model/assert.ts';
import { parseDecimal } from '../core/model/decimal.ts';
import { Failure } from '../core/model/failure.ts';
import type { JsonObject } from '../core/model/json.ts';
import { parseIso, toIso } from '../core/model/time.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { type MeterEntry, meterEntries } from '../core/store/meter-entries.ts';
import { drivers } from './drivers.ts';
import { refusalOf } from './meter-refusal.ts';

/** What a person says of a meter. Registers are decimal texts in kWh, as the display shows them. */
export interface MeterChangeRequest {
  readonly point: string;
  readonly event: 'exchange' | 'reset';
  readonly finalKwh: string;
  readonly initialKwh: string;
  readonly at: string;
  readonly reason?: string | undefined;
  /** Who did the work, as told; `account` is who told it. */
  readonly by: string;
  readonly account: { readonly name: string; readonly role: string };
}

export interface MeterChangeParts {
  readonly config: PlantConfig;
  readonly store: ReadableStore;
  readonly nowMs: number;
  readonly changeMeter: (point: string, change: MeterWord) => MeterChangeOutcome | undefined;
}

/** What is to be recorded in one write; `commit` follows it. */
export interface PreparedMeterChange {
  readonly entry: NewEntry;
  /** Where the meter then stands, under the key that the store keeps it by. */
  readonly counter: { readonly key: string; readonly outcome: Accepted };
}

type Accepted = Extract<MeterChangeOutcome, { kind: 'next-reading' | 'corrected' }>;

/** A person's note of the time may differ so much from another one of the same event. */
const SAME_EVENT_MS = 3_600_000;

export interface MeterOfPlant {
  readonly unit: UnitConfig;
  readonly quantity: 'energyExport' | 'energyImport';
  readonly point: PointConfig;
  /** What the store keeps the meter's state by. */
  readonly key: string;
}

/** The energy registers of the plant's units. */
export function metersOf({ units, devices }: PlantConfig): readonly MeterOfPlant[] {
  const points = new Map(
    devices.flatMap(({ driver, points: own }) => {
      const isPushed = drivers.get(driver)?.push !== undefined;
      return own.map((point) => [point.ref, { point, isPushed }]);
    }),
  );
  return units.flatMap((unit) =>
    (['energyExport', 'energyImport'] as const).flatMap((quantity) => {
      const found = points.get(unit.signals[quantity] ?? '');
      if (found === undefined) return [];
      const { point, isPushed } = found;
      return [{ unit, quantity, point, key: isPushed ? counterKey(unit.id, point) : point.ref }];
    }),
  );
}

/** @throws Failure `ACQ_METER_UNKNOWN_POINT`. */
export function meterNamed(config: PlantConfig, ref: string): MeterOfPlant {
  const meters = metersOf(config);
  const meter = meters.find(({ point }) => point.ref === ref);
  if (meter !== undefined) return meter;
  const known = meters.map(({ point }) => point.ref).join(', ');
  throw refuse('ACQ_METER_UNKNOWN_POINT', `No unit's energy is counted with "${ref}".`, `valid: ${known}`);
}

/**
 * What persons said of this meter and have not withdrawn, oldest first. A pushed point is named with its unit only as long as several units push
 * through its device, so its entries are found under both names.
 */
export function entriesOf(store: ReadableStore, { unit, quantity, point }: MeterOfPlant): readonly MeterEntry[] {
  const plain = plainRef(point.ref, unit.id);
  const own = meterEntries(store).filter(
    ({ body }) =>
      body.unitId === unit.id && body.quantity === quantity && plainRef(String(body.point), unit.id) === plain,
  );
  const withdrawn = new Set(own.map(({ body }) => body.withdraws));
  return own.filter(({ index, body }) => body.event !== 'withdraw' && !withdrawn.has(index));
}

/** `scada/unit1.meter_kwh` as `scada/meter_kwh`. */
function plainRef(ref: string, unitId: string): string {
  return ref.replace(`/${unitId}.`, '/');
}

/**
 * Checks a person's word about a meter against what the register did and what is recorded already.
 *
 * @throws Failure `ACQ_METER_...` for what cannot be true, is known already, or contradicts it. Nothing is changed then.
 */
export function prepareMeterChange(parts: MeterChangeParts, request: MeterChangeRequest): PreparedMeterChange {
  const { config, store, nowMs, changeMeter } = parts;
  const meter = meterNamed(config, request.point);
  const atMs = readAt(request.at, nowMs);
  const change: MeterChange = {
    kind: request.event === 'exchange' ? 'exchange' : 'set',
    finalMicroWh: readRegister('final', request.finalKwh, meter.point),
    initialMicroWh: readRegister('initial', request.initialKwh, meter.point),
    atMs,
  };
  refuseKnown(store, meter, change);
  const outcome = changeMeter(request.point, change);
  if (outcome === undefined || outcome.kind === 'unseen') {
    throw refuse(
      'ACQ_METER_NO_REGISTER',
      `The register of ${request.point} was never read, so there is nothing to go on from.`,
      'counting begins with the first value of the meter that is there; nothing needs to be recorded',
    );
  }
  if (outcome.kind === 'refused') throw refusalOf(outcome.refusal, request.point);
  assert(
    outcome.kind === 'next-reading' || outcome.kind === 'corrected',
    'a change is withdrawn by nothing but a withdrawal',
  );
  return {
    entry: { kind: 'meter', body: bodyOf(request, meter, change, outcome) },
    counter: { key: meter.key, outcome },
  };
}

function bodyOf(request: MeterChangeRequest, meter: MeterOfPlant, change: MeterChange, outcome: Accepted): JsonObject {
  const { event, point, reason, by, account } = request;
  return {
    v: 1,
    event,
    point,
    unitId: meter.unit.id,
    quantity: meter.quantity,
    at: toIso(change.atMs),
    finalKwh: toKwhText(change.finalMicroWh),
    initialKwh: toKwhText(change.initialMicroWh),
    ...(reason === undefined ? {} : { reason }),
    by,
    account: { name: account.name, role: account.role },
    ...countedOf(outcome),
  };
}

function countedOf(outcome: Accepted): JsonObject {
  if (outcome.kind === 'next-reading') {
    const { registerMicroWh, atMs } = outcome.before;
    return { counted: 'in-reading', lastKwh: toKwhText(registerMicroWh), lastAt: toIso(atMs) };
  }
  const { kind, fromMicroWh, fromAtMs, toMicroWh: reached, toAtMs } = outcome.explained;
  return {
    counted: 'in-entry',
    energyWh: outcome.correctionWh,
    explains: kind,
    lastKwh: toKwhText(fromMicroWh),
    lastAt: toIso(fromAtMs),
    firstKwh: toKwhText(reached),
    firstAt: toIso(toAtMs),
  };
}

function readAt(text: string, nowMs: number): number {
  const atMs = parseIso(text);
  if (atMs === undefined) {
    throw refuse(
      'ACQ_METER_BAD_VALUE',
      `"${text}" is no moment in time with its offset.`,
      'such as 2026-10-01T05:30:00+05:30',
    );
  }
  if (atMs > nowMs) {
    const hint = 'enter it once it is done; if it is, check the date and the clock of this computer';
    throw refuse('ACQ_METER_IN_FUTURE', `${toIso(atMs)} lies in the future; it is ${toIso(nowMs)} now.`, hint);
  }
  return atMs;
}

function readRegister(name: string, text: string, point: PointConfig): bigint {
  const kwh = /^\d{1,18}(\.\d{1,9})?$/.test(text.trim()) ? parseDecimal(text) : undefined;
  if (kwh === undefined) {
    const hint = 'kWh as the display shows them, digits and a decimal point, such as 123456.7';
    throw refuse('ACQ_METER_BAD_VALUE', `The ${name} register is "${text}".`, hint);
  }
  const microWh = toMicroWh(kwh, 'kWh');
  const modulusMicroWh = registerModulusMicroWh(point);
  if (modulusMicroWh !== undefined && microWh >= modulusMicroWh) {
    const hint = 'the register starts again at that value; check digits and decimal point';
    throw refuse(
      'ACQ_METER_BAD_VALUE',
      `The ${name} register ${text} kWh is above ${toKwhText(modulusMicroWh)} kWh.`,
      hint,
    );
  }
  return microWh;
}

function refuseKnown(store: ReadableStore, meter: MeterOfPlant, change: MeterChange): void {
  for (const { index, body } of entriesOf(store, meter)) {
    const distanceMs = Math.abs(Date.parse(String(body.at)) - change.atMs);
    if (distanceMs > SAME_EVENT_MS) continue;
    const isSame =
      body.finalKwh === toKwhText(change.finalMicroWh) && body.initialKwh === toKwhText(change.initialMicroWh);
    if (isSame)
      throw refuse(
        'ACQ_METER_ALREADY_RECORDED',
        `This is recorded already, as entry ${index}.`,
        'nothing needs to be done',
      );
    throw refuse(
      'ACQ_METER_CONTRADICTS',
      `Entry ${index} says of ${meter.point.ref} at that time: final ${body.finalKwh} kWh, initial ${body.initialKwh} kWh.`,
      'an entry is never changed; tell the verifier which one is right',
    );
  }
}

function refuse(code: string, sentence: string, hint: string): Failure {
  return new Failure(code, sentence, { hint, exitCode: 2 });
}
