import type { Outcome, Sample } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { floor, multiply } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Quality } from '../../core/model/quality.ts';
import { acceptedUnits, QUANTITIES, type Quantity, unitFactor } from '../../core/model/quantity.ts';
import { UNIT_STATES, type UnitState } from '../../core/model/unit-state.ts';
import { decodeValue, type HttpRecipe, readMeasured } from './decode-value.ts';
import { INTERVAL_ENERGY_FIELDS, plainUnit, SENSOR_TYPES } from './field-table.ts';
import type { HttpPointSettings } from './point-schema.ts';
import { type FieldError, type Refused, refuse, refuseFields } from './push-refusal.ts';
import type { PushBody, PushItem } from './read-push.ts';
import { labelOf, type OpenField, type UnusedField, type UnusedItem, unusedField, whyUnused } from './unused-field.ts';

/** The points of the unit that a push is for. */
export interface PushPoint {
  readonly quantity: Quantity;
  readonly point: PointConfig;
}

export interface DecodedPush {
  readonly kind: 'decoded';
  /** Exactly one for each point of the unit. */
  readonly outcomes: readonly Outcome[];
  /** What the push carries and nothing is made of, with the reason: never dropped without a word. */
  readonly unused: readonly UnusedField[];
  /** Energy of one interval as the sender reports it, whole watt-hours, rounded down. */
  readonly reported?: { readonly field: string; readonly energyWh: number };
}

export interface PushTimes {
  readonly receivedAtMs: number;
  /** The sender's own time of the values, where it gave one. */
  readonly deviceAtMs?: number;
}

/** What the push says of the unit's points, or every field that cannot be what it claims. */
export function decodePush(push: PushBody, points: readonly PushPoint[], times: PushTimes): DecodedPush | Refused {
  const errors: FieldError[] = [];
  const unused: UnusedItem[] = [];
  const taken = new Map<PushPoint, PushItem>();
  let reportedBy: PushItem | undefined;
  const hasRegister = points.some(({ quantity }) => quantity === 'energyExport');
  for (const item of push.items) {
    const found = findPoint(item, points);
    const earlier = found === undefined ? undefined : taken.get(found);
    if (earlier !== undefined) {
      errors.push({ path: item.path, message: `${earlier.path} gives the same value already`, hint: 'send one' });
    } else if (found !== undefined) taken.set(found, item);
    else if (isIntervalEnergy(item) && hasRegister) unused.push(unusedField(item, FROM_REGISTER));
    else if (isIntervalEnergy(item) && reportedBy === undefined) reportedBy = item;
    else unused.push(unusedField(item, whyUnused(item, openFields(points, taken))));
  }
  const outcomes = points.map((point): Outcome => {
    const item = taken.get(point);
    const outcome = item === undefined ? absent(point, times) : decodeItem(item, point, push.form, times, errors);
    return outcome ?? missOf(point, NO_VALUE, times);
  });
  const reported = reportedBy === undefined ? undefined : readEnergy(reportedBy, errors);
  if (errors.length > 0) return refuseFields(errors);
  if (taken.size === 0 && reported === undefined) return nothingUsable(points, unused);
  return { kind: 'decoded', outcomes, unused, ...(reported === undefined ? {} : { reported }) };
}

function findPoint(item: PushItem, points: readonly PushPoint[]): PushPoint | undefined {
  const byName = points.find(({ point }) => fieldOf(point) === item.name);
  if (byName !== undefined || item.type === undefined) return byName;
  // Own keys only: a type named "constructor" is no quantity.
  const quantity = Object.hasOwn(SENSOR_TYPES, item.type) ? SENSOR_TYPES[item.type] : undefined;
  return points.find((point) => point.quantity === quantity || fieldOf(point.point) === item.type);
}

function fieldOf({ settings, id }: PointConfig): string {
  return (settings as HttpPointSettings).field ?? id;
}

function isIntervalEnergy({ name, type }: PushItem): boolean {
  if (type === undefined) return INTERVAL_ENERGY_FIELDS.includes(name);
  return INTERVAL_ENERGY_FIELDS.includes(type) || SENSOR_TYPES[type] === 'intervalEnergy';
}

/** The fields of the signals that the push has not given yet. */
function openFields(points: readonly PushPoint[], taken: ReadonlyMap<PushPoint, PushItem>): readonly OpenField[] {
  const open = points.filter((point) => !taken.has(point));
  return open.map(({ point, quantity }) => ({ field: fieldOf(point), quantity }));
}

/** Why an energy of the interval is left aside where the unit's register is pushed too. */
const FROM_REGISTER = 'the energy of the unit comes from its register';

const NO_VALUE: Fault = {
  code: 'DRV_HTTP_NO_VALUE',
  message: 'The sender had no value (null)',
  policy: 'retry',
  hint: 'See in the SCADA why this tag has none',
};
const ABSENT: Fault = {
  code: 'DRV_HTTP_FIELD_ABSENT',
  message: 'The push did not carry this field',
  policy: 'retry',
  hint: 'Compare the names of the fields with the signals of the unit in plant.yaml',
};

function absent(point: PushPoint, times: PushTimes): Outcome {
  return missOf(point, ABSENT, times);
}

function missOf({ point }: PushPoint, fault: Fault, { receivedAtMs }: PushTimes): Outcome {
  return { kind: 'miss', point: point.ref, fault, atMs: receivedAtMs };
}

/** Undefined where the sender had no value, or the item is wrong, which `errors` then says. */
function decodeItem(
  item: PushItem,
  target: PushPoint,
  form: PushBody['form'],
  times: PushTimes,
  errors: FieldError[],
): Outcome | undefined {
  if (item.value === null) return undefined;
  const { point } = target;
  const valuePath = form === 'flat' ? item.path : `${item.path}.value`;
  const quality = qualityOf(item, errors);
  const recipe = recipeFor(item, target, form, errors);
  if (recipe === undefined || quality === undefined) return undefined;
  if (recipe.as === 'number' && typeof item.value !== 'number') {
    errors.push({ path: valuePath, ...wrongNumber(item.value) });
    return undefined;
  }
  const text = item.source ?? String(item.value);
  const raw = Buffer.from(text, 'utf8');
  const decoded = decodeValue(raw, recipe);
  if (decoded.kind === 'none') {
    if (recipe.as === 'state') return missOf(target, unknownState(text, recipe.map), times);
    errors.push({ path: valuePath, message: `${text.slice(0, 40)} is no number that a measurement gives` });
    return undefined;
  }
  if (decoded.kind === 'number' && point.kind === 'counter' && decoded.exact.digits < 0n) {
    const hint = 'a cumulative register only rises from 0; send export and import as two registers';
    errors.push({ path: valuePath, message: 'a register is never below 0', hint });
    return undefined;
  }
  const sample: Sample = {
    kind: 'sample',
    point: point.ref,
    value: decoded.value,
    unit: point.unit,
    quality,
    readAtMs: times.receivedAtMs,
    ...(times.deviceAtMs === undefined ? {} : { deviceAtMs: times.deviceAtMs }),
    ...(decoded.kind === 'number' && point.kind === 'counter' ? { register: decoded.exact } : {}),
    raw,
    recipe,
  };
  return sample;
}

function recipeFor(
  item: PushItem,
  { point, quantity }: PushPoint,
  form: PushBody['form'],
  errors: FieldError[],
): HttpRecipe | undefined {
  const base = { v: 1, driver: 'http', form, field: item.name } as const;
  if (point.kind === 'state') {
    const { map } = point.settings as HttpPointSettings;
    return { ...base, as: 'state', map: (map as Record<string, UnitState> | undefined) ?? null };
  }
  // The flat form's names carry the unit; in the signed form it stands beside the value.
  if (form === 'flat') return { ...base, as: 'number', unit: point.unit, factor: 1 };
  const wanted = QUANTITIES[quantity].unit;
  const unit = plainUnit(item.unit ?? '');
  const [from, to] = [unitFactor(unit, wanted), unitFactor(point.unit, wanted)];
  if (from === undefined || to === undefined) {
    const found = item.unit === undefined ? 'nothing' : `"${item.unit}"`;
    const hint = unit === 'mw' || unit === 'mW' ? 'MW is a megawatt, mW a milliwatt' : undefined;
    const message = `expected one of ${acceptedUnits(wanted).join(', ')}, found ${found}`;
    errors.push({ path: `${item.path}.unit`, message, ...(hint === undefined ? {} : { hint }) });
    return undefined;
  }
  return { ...base, as: 'number', unit, factor: from / to };
}

function wrongNumber(text: string | number): Omit<FieldError, 'path'> {
  const message = `expected a number, found "${String(text).slice(0, 60)}"`;
  const trimmed = String(text).trim();
  if (/^-?\d{1,3}(?:[.,]\d{3})*,\d+$|^-?\d+,\d+$/.test(trimmed)) {
    return { message, hint: 'JSON writes decimals with a point: 12.5' };
  }
  if (trimmed !== '' && Number.isFinite(Number(trimmed))) return { message, hint: `write ${trimmed} without quotes` };
  return { message, hint: 'leave the field out, or send null, when there is no value' };
}

const QUALITIES: Readonly<Record<string, Quality>> = {
  good: 'good',
  ok: 'good',
  valid: 'good',
  uncertain: 'uncertain',
  questionable: 'uncertain',
  suspect: 'uncertain',
  bad: 'bad',
  invalid: 'bad',
};

function qualityOf({ quality, path }: PushItem, errors: FieldError[]): Quality | undefined {
  if (quality === undefined) return 'good';
  const plain = quality.trim().toLowerCase();
  const known = Object.hasOwn(QUALITIES, plain) ? QUALITIES[plain] : undefined;
  if (known === undefined) {
    errors.push({ path: `${path}.quality`, message: `expected good, uncertain or bad, found "${quality}"` });
  }
  return known;
}

function unknownState(text: string, map: Readonly<Record<string, UnitState>> | null): Fault {
  const known = map === null ? UNIT_STATES.join(', ') : Object.keys(map).join(', ');
  return {
    code: 'DRV_HTTP_UNKNOWN_STATE',
    message: `The state "${text.slice(0, 40)}" is not known`,
    policy: 'misconfigured',
    hint: `Known are ${known}; list the point with a map in plant.yaml`,
  };
}

function readEnergy(item: PushItem, errors: FieldError[]): DecodedPush['reported'] | undefined {
  if (item.value === null) return undefined;
  const path = item.type === undefined ? item.path : `${item.path}.value`;
  if (typeof item.value !== 'number') {
    errors.push({ path, ...wrongNumber(item.value) });
    return undefined;
  }
  const unit = item.type === undefined ? 'kWh' : plainUnit(item.unit ?? '');
  const places = ENERGY_WH[unit];
  if (places === undefined) {
    errors.push({ path: `${item.path}.unit`, message: `expected one of ${Object.keys(ENERGY_WH).join(', ')}` });
    return undefined;
  }
  const text = item.source ?? String(item.value);
  const exact = Number.isFinite(item.value) && Math.abs(item.value) < ENERGY_MAX ? readMeasured(text) : undefined;
  if (exact === undefined || exact.digits < 0n) {
    errors.push({ path, message: `expected an energy of 0 or more, found ${text.slice(0, 40)}` });
    return undefined;
  }
  return { field: labelOf(item), energyWh: Number(floor(multiply(exact, { digits: places, places: 0 }))) };
}

const ENERGY_WH: Readonly<Record<string, bigint>> = { Wh: 1n, kWh: 1000n, MWh: 1_000_000n };
const ENERGY_MAX = 1e9;
const NAMES_SHOWN = 8;
const NAME_SHOWN_MAX = 40;

function nothingUsable(points: readonly PushPoint[], unused: readonly UnusedItem[]): Refused {
  const wanted = points.map(({ point }) => fieldOf(point)).join(', ');
  const names = unused.map(({ field }) => field.slice(0, NAME_SHOWN_MAX));
  const shown = names.length > NAMES_SHOWN ? [...names.slice(0, NAMES_SHOWN), '...'] : names;
  const carried = names.length === 0 ? '' : ` It carries ${shown.join(', ')}.`;
  return refuse(422, 'DRV_HTTP_NOTHING_USABLE', `The push carries no field that the unit has a signal for.${carried}`, {
    hint: `its signals name ${wanted}`,
    errors: unused.map(({ path, reason }) => ({ path, message: reason })),
  });
}
