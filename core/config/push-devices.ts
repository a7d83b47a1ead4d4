import type { Quantity, QuantityKind } from '../model/quantity.ts';
import type { ConfigPath, PathIssue } from './config-issue.ts';
import { nameHint } from './nearest-name.ts';
import type { DriverDescription, DriverDescriptions } from './parse-devices.ts';
import type { DeviceConfig, PointConfig } from './plant.ts';
import type { UnitDraft } from './plant-draft.ts';

/** A field that a driver's pushes carry by a well-known name, so that nobody has to list it as a point. */
export interface KnownField {
  readonly name: string;
  readonly unit: string;
  /** `interval`: the energy of one interval, which no signal can name: it is no register. */
  readonly kind: QuantityKind | 'interval';
}

/** What the configuration has to know of a driver whose devices send by themselves. */
export interface PushDescription {
  readonly fields: readonly KnownField[];
}

export interface FedUnits {
  readonly units: readonly UnitDraft[];
  readonly devices: readonly DeviceConfig[];
  readonly issues: readonly PathIssue[];
}

interface PushDevice {
  readonly device: DeviceConfig;
  readonly push: PushDescription;
}

/**
 * Gives every device that sends by itself its points: those that are listed, and the well-known fields that a unit's
 * signals name. Where several units are fed through one device, each has points of its own (`scada/unit1.flow_rate_m3s`
 * within the program): the same field of two units is two things.
 */
export function feedUnits(
  units: readonly UnitDraft[],
  devices: readonly DeviceConfig[],
  drivers: DriverDescriptions,
): FedUnits {
  const senders = new Map<string, PushDevice>();
  for (const device of devices) {
    const push = drivers.get(device.driver)?.push;
    if (push !== undefined) senders.set(device.id, { device, push });
  }
  if (senders.size === 0) return { units, devices, issues: [] };
  const issues: PathIssue[] = [];
  const points = new Map<string, PointConfig[]>([...senders.keys()].map((id) => [id, []]));
  const fed = units.map((unit, u) => {
    issues.push(...checkFeed(unit, ['units', u, 'signals'], senders));
    const signals: Partial<Record<Quantity, string>> = {};
    for (const [quantity, ref] of Object.entries(unit.signals) as [Quantity, string | undefined][]) {
      if (ref === undefined) continue;
      const [deviceId = '', field = ''] = ref.split('/');
      const sender = senders.get(deviceId);
      if (sender === undefined) {
        signals[quantity] = ref;
        continue;
      }
      const isShared = units.filter((other) => devicesOf(other).has(deviceId)).length > 1;
      const found = pointFor(field, sender, isShared ? unit.id : undefined);
      if ('message' in found) {
        issues.push({ ...found, path: ['units', u, 'signals', quantity] });
        continue;
      }
      const own = points.get(deviceId) ?? [];
      if (!own.some((point) => point.ref === found.ref)) own.push(found);
      signals[quantity] = found.ref;
    }
    return { ...unit, signals };
  });
  return { units: fed, devices: devices.map((device) => withPoints(device, points.get(device.id))), issues };
}

/** A listed point that no signal names is left out: nothing is made of it. */
function withPoints(device: DeviceConfig, named: readonly PointConfig[] | undefined): DeviceConfig {
  return named === undefined ? device : { ...device, points: named };
}

function devicesOf({ signals }: UnitDraft): Set<string> {
  return new Set(Object.values(signals).flatMap((ref) => (ref === undefined ? [] : [ref.slice(0, ref.indexOf('/'))])));
}

/** A push is the reading of one unit for one interval: nothing polled can belong to it. */
function checkFeed(unit: UnitDraft, path: ConfigPath, senders: ReadonlyMap<string, PushDevice>): PathIssue[] {
  const ids = [...devicesOf(unit)];
  const sending = ids.filter((id) => senders.has(id));
  if (sending.length === 0 || ids.length === 1) return [];
  const [first = ''] = sending;
  const others = ids.filter((id) => id !== first).join(', ');
  const message = `${unit.id ?? 'the unit'} is fed by pushes through "${first}" and also names ${others}`;
  const hint = 'let one device give all signals of a unit: either everything is pushed, or everything is polled';
  return [{ code: 'CFG_MIXED_FEED', path, message, hint }];
}

function pointFor(
  field: string,
  { device, push }: PushDevice,
  unitId: string | undefined,
): PointConfig | Omit<PathIssue, 'path'> {
  const id = unitId === undefined ? field : `${unitId}.${field}`;
  const ref = `${device.id}/${id}`;
  const listed = device.points.find((point) => point.id === field);
  // The name that is sent stays the same, however the point is called within the program.
  if (listed !== undefined) return { ...listed, id, ref, settings: { field, ...(listed.settings as object) } };
  const known = push.fields.find(({ name }) => name === field);
  if (known === undefined) {
    const names = [...device.points.map((point) => point.id), ...push.fields.map(({ name }) => name)];
    const near = nameHint(field, names);
    const hint = `${near === undefined ? '' : `${near} Else `}list it under points of "${device.id}" with its unit`;
    return { code: 'CFG_UNKNOWN_POINT', message: `"${field}" is no field whose unit is known`, hint };
  }
  if (known.kind === 'interval') {
    const message = `${field} is the energy of one interval and no register that only rises`;
    const hint = 'leave energyExport out; a push that carries it gives the reading this energy, as reported';
    return { code: 'CFG_KIND', message, hint };
  }
  return { id, ref, unit: known.unit, kind: known.kind, settings: { field } };
}

/** What a device that sends by itself may leave out, and every other may not. */
export function findMissing(
  raw: Readonly<Record<string, unknown>>,
  path: ConfigPath,
  driver: DriverDescription,
): PathIssue[] {
  if (driver.push !== undefined) return [];
  return [
    ...(raw.period === undefined ? [missing([...path, 'period'], 'a duration such as 1s or 500ms')] : []),
    ...(raw.points === undefined ? [missing([...path, 'points'], 'a list of points')] : []),
  ];
}

function missing(path: ConfigPath, expected: string): PathIssue {
  return { code: 'CFG_MISSING', path, message: `is missing: expected ${expected}` };
}
