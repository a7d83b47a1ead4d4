import type { ZodType } from 'zod';
import type { ConfigPath, PathIssue } from './config-issue.ts';
import { explainSchemaIssue, keysAt } from './explain-schema-issue.ts';
import { nameHint, nearestName } from './nearest-name.ts';
import type { DeviceConfig, PointConfig } from './plant.ts';
import { POINT_KEYS, pointSchema } from './plant-schema.ts';
import { findMissing, type PushDescription } from './push-devices.ts';

/** What the configuration has to know of a driver; the driver port of the acquisition fits it. */
export interface DriverDescription {
  readonly origin: 'plant' | 'demo';
  readonly schemas: {
    readonly connection: ZodType;
    readonly point: ZodType;
    defaultModulus?(settings: unknown): bigint | undefined;
    floatBits?(settings: unknown): 32 | 64 | undefined;
  };
  check?(device: DeviceConfig): readonly { path: ConfigPath; message: string; hint?: string }[];
  warn?(device: DeviceConfig): readonly { path: ConfigPath; message: string; hint?: string }[];
  /** Present where the devices send by themselves and nothing is polled. */
  readonly push?: PushDescription;
}

export type DriverDescriptions = ReadonlyMap<string, DriverDescription>;

export interface ParsedDevices {
  /** In the order of the file; undefined where a device has issues. */
  readonly devices: readonly (DeviceConfig | undefined)[];
  readonly issues: readonly PathIssue[];
}

/**
 * The drivers' part of plant.yaml. `value` is the list of devices as it was written: each is checked as far as it can
 * be, so that one run shows all mistakes. What the common schema complains of is not repeated here.
 */
export function parseDevices(value: unknown, drivers: DriverDescriptions): ParsedDevices {
  if (!Array.isArray(value)) return { devices: [], issues: [] };
  const issues: PathIssue[] = [];
  const devices = value.map((raw: unknown, d) => {
    const before = issues.length;
    const device = isGroup(raw) ? parseDevice(raw, ['devices', d], drivers, issues) : undefined;
    return issues.length === before ? device : undefined;
  });
  return { devices, issues };
}

/** The driver of this name, or the one that was probably meant: a slip in its name hides no other mistake of the device. */
export function driverMeant(name: string, drivers: DriverDescriptions): DriverDescription | undefined {
  return drivers.get(name) ?? drivers.get(nearestName(name, drivers.keys()) ?? '');
}

type Group = Readonly<Record<string, unknown>>;

function parseDevice(
  raw: Group,
  path: ConfigPath,
  drivers: DriverDescriptions,
  issues: PathIssue[],
): DeviceConfig | undefined {
  if (typeof raw.driver !== 'string') return undefined;
  const driver = driverMeant(raw.driver, drivers);
  if (!drivers.has(raw.driver)) {
    const hint = nameHint(raw.driver, [...drivers.keys()]);
    const message = `there is no driver "${raw.driver}"`;
    issues.push({
      code: 'CFG_UNKNOWN_DRIVER',
      path: [...path, 'driver'],
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  if (driver === undefined) return undefined;
  issues.push(...findMissing(raw, path, driver));
  const { connection } = driver.schemas;
  const link = parseWith({ schema: connection, value: raw.connection ?? {}, base: [...path, 'connection'] }, issues);
  const points = Array.isArray(raw.points)
    ? raw.points.map((point: unknown, p) => parsePoint(point, [...path, 'points', p], String(raw.id), driver, issues))
    : [];
  if (link === undefined) return undefined;
  const device: DeviceConfig = {
    id: String(raw.id),
    driver: raw.driver,
    connection: link.output,
    // The common schema reads the period.
    periodMs: 0,
    points: points.filter((point) => point !== undefined),
  };
  const isListed = raw.points === undefined || Array.isArray(raw.points);
  const isWhole = isListed && device.points.length === points.length;
  const places = points.flatMap((point, p) => (point === undefined ? [] : [p]));
  for (const issue of driver.check?.(device) ?? []) {
    const [part, p, ...inner] = issue.path;
    const place = part === 'points' && typeof p === 'number' ? places[p] : undefined;
    // What is said of the device as a whole may come of the points that could not be read.
    if (place === undefined && !isWhole) continue;
    const where = place === undefined ? issue.path : ['points', place, ...inner];
    issues.push({ ...issue, code: 'CFG_DEVICE', path: [...path, ...where] });
  }
  return isWhole ? device : undefined;
}

function parsePoint(
  raw: unknown,
  path: ConfigPath,
  deviceId: string,
  driver: DriverDescription,
  issues: PathIssue[],
): PointConfig | undefined {
  const own = pointSchema.safeParse(raw);
  if (!own.success) return undefined;
  const { id, unit, kind: givenKind, modulus: givenModulus, resolution, ...rest } = own.data;
  const schema = driver.schemas.point;
  const parsed = parseWith({ schema, value: rest, base: path, extraKeys: POINT_KEYS }, issues);
  if (parsed === undefined) return undefined;
  const hasMap = rest.map !== undefined;
  const kind = givenKind ?? (hasMap ? 'state' : 'gauge');
  const before = issues.length;
  if (kind !== 'state' && hasMap) {
    issues.push({ code: 'CFG_KIND', path: [...path, 'kind'], message: `a point with a map is a state, not a ${kind}` });
  }
  if (kind === 'state' && !hasMap && keysAt(schema, []).includes('map')) {
    const message = 'a state needs a map from raw numbers to names';
    issues.push({
      code: 'CFG_MISSING',
      path: [...path, 'map'],
      message,
      hint: 'such as map: { 0: stopped, 2: generating }',
    });
  }
  if (kind !== 'state' && (unit === undefined || unit === '')) {
    issues.push({ code: 'CFG_MISSING', path: [...path, 'unit'], message: 'is missing: expected a unit such as m3/s' });
  }
  for (const [key, given] of Object.entries({ modulus: givenModulus, resolution })) {
    if (kind === 'counter' || given === undefined) continue;
    const hint = `add kind: counter, or leave ${key} out`;
    issues.push({ code: 'CFG_KIND', path: [...path, key], message: `a ${kind} has no ${key}`, hint });
  }
  if (issues.length > before) return undefined;
  const floatBits = kind === 'counter' ? driver.schemas.floatBits?.(parsed.output) : undefined;
  const modulus = kind === 'counter' ? (givenModulus ?? driver.schemas.defaultModulus?.(parsed.output)) : undefined;
  return {
    ref: `${deviceId}/${id}`,
    id,
    unit: unit ?? '',
    kind,
    ...(modulus === undefined ? {} : { modulus }),
    ...(resolution === undefined ? {} : { resolution }),
    ...(floatBits === undefined ? {} : { floatBits }),
    settings: parsed.output,
  };
}

function parseWith(
  context: { schema: ZodType; value: unknown; base: ConfigPath; extraKeys?: readonly string[] },
  issues: PathIssue[],
): { readonly output: unknown } | undefined {
  const parsed = context.schema.safeParse(context.value);
  if (parsed.success) return { output: parsed.data };
  issues.push(...parsed.error.issues.flatMap((issue) => explainSchemaIssue(issue, context)));
  return undefined;
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
