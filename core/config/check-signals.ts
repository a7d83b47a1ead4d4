import { acceptedUnits, QUANTITIES, type Quantity, unitFactor } from '../model/quantity.ts';
import { UNIT_STATES } from '../model/unit-state.ts';
import type { ConfigPath, PathIssue } from './config-issue.ts';
import { nameHint } from './nearest-name.ts';
import type { DeviceConfig, PointConfig } from './plant.ts';
import type { PlantInput } from './plant-schema.ts';

/** Cumulative registers: if two units named the same one, its energy would be credited twice. */
const CREDITED: readonly Quantity[] = ['energyExport', 'energyImport'];

/** Whether every signal names a point that can serve its quantity. */
export function checkSignals(units: PlantInput['units'], devices: readonly DeviceConfig[]): PathIssue[] {
  const points = new Map<string, { point: PointConfig; path: ConfigPath }>();
  for (const [d, device] of devices.entries()) {
    for (const [p, point] of device.points.entries()) {
      points.set(point.ref, { point, path: ['devices', d, 'points', p] });
    }
  }
  const credited = new Map<string, string>();
  return units.flatMap((unit, u) =>
    Object.entries(unit.signals).flatMap(([quantity, ref]) => {
      const path = ['units', u, 'signals', quantity];
      if (ref === undefined) return [];
      const found = points.get(ref);
      if (found === undefined) return [unknownPoint(ref, path, devices, [...points.keys()])];
      return [
        ...checkFit(quantity as Quantity, found.point, path),
        ...(quantity === 'status' ? checkStates(found.point, found.path) : []),
        ...checkCreditedOnce(quantity as Quantity, ref, path, credited),
      ];
    }),
  );
}

function unknownPoint(
  ref: string,
  path: ConfigPath,
  devices: readonly DeviceConfig[],
  refs: readonly string[],
): PathIssue {
  const [deviceId = ''] = ref.split('/');
  const device = devices.find(({ id }) => id === deviceId);
  const message =
    device === undefined
      ? `there is no device "${deviceId}"`
      : `device "${deviceId}" has no point "${ref.slice(deviceId.length + 1)}"`;
  const hint = nameHint(ref, device === undefined ? refs : device.points.map((point) => point.ref));
  return { code: 'CFG_UNKNOWN_POINT', path, message, ...(hint === undefined ? {} : { hint }) };
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
