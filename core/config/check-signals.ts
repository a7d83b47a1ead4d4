import { BREAKER_STATES } from '../model/breaker-state.ts';
import { acceptedUnits, QUANTITIES, type Quantity, type QuantityKind, unitFactor } from '../model/quantity.ts';
import { UNIT_STATES } from '../model/unit-state.ts';
import { type ConfigPath, formatPath, type PathIssue } from './config-issue.ts';
import { nameHint } from './nearest-name.ts';
import type { DeviceConfig, PointConfig } from './plant.ts';
import type { UnitDraft } from './plant-draft.ts';
import { PLANT_SIGNALS, plantSignals, type WitnessesConfig } from './witnesses.ts';

/** Cumulative registers: if two units named the same one, its energy would be credited twice, or witness itself. */
const COUNTED_ONCE: readonly Quantity[] = ['energyExport', 'energyImport', 'energyExportCheck'];

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
  witnesses?: WitnessesConfig,
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
  const counted = new Map<string, string>();
  const ofUnits = units.flatMap((unit, u) =>
    Object.entries(unit.signals).flatMap(([quantity, ref]) => {
      const path = ['units', u, 'signals', quantity];
      if (ref === undefined) return [];
      const found = points.get(ref);
      if (found === undefined) return unknownPoint(ref, path, names);
      return [
        ...checkFit(quantity, QUANTITIES[quantity as Quantity], found.point, path),
        ...checkStates(STATES[quantity], found.point, found.path),
        ...(COUNTED_ONCE.includes(quantity as Quantity) ? checkCountedOnce(ref, path, counted) : []),
      ];
    }),
  );
  const ofPlant = plantSignals(witnesses).flatMap(({ signal, path, ref }) => {
    const found = points.get(ref);
    if (found === undefined) return unknownPoint(ref, path, names);
    const wanted = PLANT_SIGNALS[signal];
    return [
      ...checkFit(formatPath(path), wanted, found.point, path),
      ...(wanted.kind === 'counter' ? checkCountedOnce(ref, path, counted) : []),
    ];
  });
  return [...ofUnits, ...ofPlant];
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

function checkFit(
  name: string,
  { kind, unit }: { readonly kind: QuantityKind; readonly unit: string },
  point: PointConfig,
  path: ConfigPath,
): PathIssue[] {
  if (point.kind !== kind) {
    const message = `${name} needs a point of kind ${kind}, and ${point.ref} is a ${point.kind}`;
    return [{ code: 'CFG_KIND', path, message, hint: KIND_HINTS[kind] }];
  }
  if (kind === 'state' || unitFactor(point.unit, unit) !== undefined) return [];
  const message = `${name} is measured in ${unit}, and ${point.ref} delivers "${point.unit}"`;
  return [{ code: 'CFG_UNIT', path, message, hint: `valid: ${acceptedUnits(unit).join(', ')}` }];
}

const KIND_HINTS = {
  gauge: 'name a point that holds a momentary value',
  counter: 'give that point kind: counter if it is a cumulative register',
  state: `give that point a map from its raw numbers to ${UNIT_STATES.join(', ')}; of a breaker to open and closed`,
} as const;

/** What the map of a state point may lead to. */
const STATES: Readonly<Record<string, readonly string[]>> = { status: UNIT_STATES, breaker: BREAKER_STATES };

/** A map is a driver's setting, but what it maps to is ours. */
function checkStates(
  states: readonly string[] | undefined,
  { kind, settings }: PointConfig,
  path: ConfigPath,
): PathIssue[] {
  const map = typeof settings === 'object' && settings !== null && 'map' in settings ? settings.map : undefined;
  if (states === undefined || kind !== 'state' || typeof map !== 'object' || map === null) return [];
  return Object.entries(map).flatMap(([raw, state]) => {
    if (states.includes(String(state))) return [];
    const hint = nameHint(String(state), states);
    const what = states === BREAKER_STATES ? 'a breaker' : 'a unit';
    const message = `expected a state of ${what}, found "${String(state)}"`;
    return [{ code: 'CFG_STATE', path: [...path, 'map', raw], message, ...(hint === undefined ? {} : { hint }) }];
  });
}

function checkCountedOnce(ref: string, path: ConfigPath, counted: Map<string, string>): PathIssue[] {
  const first = counted.get(ref);
  if (first === undefined) {
    counted.set(ref, formatPath(path));
    return [];
  }
  const message = `${ref} serves ${first} already, so its energy would count twice`;
  return [
    { code: 'CFG_SHARED_COUNTER', path, message, hint: 'each unit, and each witness, needs a counter of its own' },
  ];
}
