import { acceptedUnits, QUANTITIES, type Quantity, unitFactor } from '../model/quantity.ts';
import { UNIT_STATES } from '../model/unit-state.ts';
import type { ConfigPath, PathIssue } from './config-issue.ts';
import { nameHint } from './nearest-name.ts';
import type { DeviceConfig, PointConfig } from './plant.ts';
import type { UnitDraft } from './plant-draft.ts';

/** Cumulative registers: if two units named the same one, its energy would be credited twice. */
const CREDITED: readonly Quantity[] = ['energyExport', 'energyImport'];

/** What is known of a device that could not be read as a whole. */
export interface UnreadDevice {
  readonly id: string;
  /** The ids of its points; undefined where nobody knows them, as with a template that is not there. */
  readonly points: readonly string[] | undefined;
}

/**
 * Whether every signal names a point that can serve its quantity. `devices` stand in the places of the file, undefined
 * where a device has mistakes; a signal of such a device (`unread`) is only held against the names of its points.
 */
export function checkSignals(
  units: readonly UnitDraft[],
  devices: readonly (DeviceConfig | undefined)[],
  unread: readonly UnreadDevice[] = [],
): PathIssue[] {
  const names = [...devices.filter((device) => device !== undefined), ...unread].map(({ id, points: own }) => ({
    id,
    points: own?.map((point) => (typeof point === 'string' ? `${id}/${point}` : point.ref)),
  }));
  const points = new Map<string, { point: PointConfig; path: ConfigPath }>();
  for (const [d, device] of devices.entries()) {
    for (const [p, point] of (device?.points ?? []).entries()) {
      points.set(point.ref, { point, path: ['devices', d, 'points', p] });
    }
  }
  const credited = new Map<string, string>();
  return units.flatMap((unit, u) =>
    Object.entries(unit.signals).flatMap(([quantity, ref]) => {
      const path = ['units', u, 'signals', quantity];
      if (ref === undefined) return [];
      const found = points.get(ref);
      if (found === undefined) return unknownPoint(ref, path, names);
      return [
        ...checkFit(quantity as Quantity, found.point, path),
        ...(quantity === 'status' ? checkStates(found.point, found.path) : []),
        ...checkCreditedOnce(quantity as Quantity, ref, path, credited),
      ];
    }),
  );
}

interface NamedDevice {
  readonly id: string;
  /** `device/point`. */
  readonly points: readonly string[] | undefined;
}

function unknownPoint(ref: string, path: ConfigPath, devices: readonly NamedDevice[]): PathIssue[] {
  const [deviceId = ''] = ref.split('/');
  const device = devices.find(({ id }) => id === deviceId);
  if (device !== undefined && (device.points === undefined || device.points.includes(ref))) return [];
  const message =
    device === undefined
      ? `there is no device "${deviceId}"`
      : `device "${deviceId}" has no point "${ref.slice(deviceId.length + 1)}"`;
  const hint = nameHint(ref, device?.points ?? devices.flatMap(({ points }) => points ?? []));
  return [{ code: 'CFG_UNKNOWN_POINT', path, message, ...(hint === undefined ? {} : { hint }) }];
}

function checkFit(quantity: Quantity, point: PointConfig, path: ConfigPath): PathIssue[] {
  const { kind, unit } = QUANTITIES[quantity];
  if (point.kind !== kind) {
    const message = `${quantity} needs a point of kind ${kind}, and ${point.ref} is a ${point.kind}`;
    return [{ code: 'CFG_KIND', path, message, hint: KIND_HINTS[kind] }];
  }
  if (kind === 'state' || unitFactor(point.unit, unit) !== undefined) return [];
  const message = `${quantity} is measured in ${unit}, and ${point.ref} delivers "${point.unit}"`;
  return [{ code: 'CFG_UNIT', path, message, hint: `valid: ${acceptedUnits(unit).join(', ')}` }];
}

const KIND_HINTS = {
  gauge: 'name a point that holds a momentary value',
  counter: 'give that point kind: counter if it is a cumulative register',
  state: `give that point a map from its raw numbers to ${UNIT_STATES.join(', ')}`,
} as const;

/** A map is a driver's setting, but what it maps to is ours. */
function checkStates({ kind, settings }: PointConfig, path: ConfigPath): PathIssue[] {
  const map = typeof settings === 'object' && settings !== null && 'map' in settings ? settings.map : undefined;
  if (kind !== 'state' || typeof map !== 'object' || map === null) return [];
  return Object.entries(map).flatMap(([raw, state]) => {
    if ((UNIT_STATES as readonly unknown[]).includes(state)) return [];
    const hint = nameHint(String(state), UNIT_STATES);
    const message = `expected a state of a unit, found "${String(state)}"`;
    return [{ code: 'CFG_STATE', path: [...path, 'map', raw], message, ...(hint === undefined ? {} : { hint }) }];
  });
}

function checkCreditedOnce(
  quantity: Quantity,
  ref: string,
  path: ConfigPath,
  credited: Map<string, string>,
): PathIssue[] {
  if (!CREDITED.includes(quantity)) return [];
  const first = credited.get(ref);
  const here = `units[${String(path[1])}].signals.${quantity}`;
  if (first === undefined) {
    credited.set(ref, here);
    return [];
  }
  const message = `${ref} serves ${first} already, so its energy would count twice`;
  return [{ code: 'CFG_SHARED_COUNTER', path, message, hint: 'each unit needs a counter of its own' }];
}
