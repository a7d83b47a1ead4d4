import type { ConfigPath, PathIssue } from './config-issue.ts';
import { type DeviceTemplate, referenceOf, type TemplateCatalogue } from './device-template.ts';
import { nameHint } from './nearest-name.ts';
import { readParameters, resolveTemplate } from './resolve-template.ts';

type Group = Readonly<Record<string, unknown>>;

/** plant.yaml with each `template` replaced by what it stands for. */
export interface Expansion {
  readonly value: unknown;
  readonly issues: readonly PathIssue[];
  /** `name@version` when the template alone describes the point; a point that plant.yaml changes is plant.yaml's. */
  templateOf(device: number, point: number): string | undefined;
  /** Whether the template leaves open where this counter starts again; plant.yaml may still have said it. */
  isModulusUnknown(device: number, id: string): boolean;
  /** The issue where the operator can see it: a template's point stands in no line of the file. */
  toFile(issue: PathIssue): PathIssue;
}

/** Where a point of an expanded device comes from. */
interface PointOrigin {
  readonly id: string;
  /** Its index among the points that plant.yaml lists, with the keys it has there. */
  readonly own?: { readonly index: number; readonly keys: readonly string[] };
  readonly isOfTemplate: boolean;
}

interface ExpandedDevice {
  readonly value: Group;
  readonly reference: string;
  readonly unknownModuli: readonly string[];
  readonly origins: readonly PointOrigin[];
  readonly ownConnection: readonly string[];
}

/** The keys of a device that say what to take from a template. */
const TEMPLATE_KEYS: readonly string[] = ['template', 'params', 'without'];

/**
 * Puts the points and the connection of templates where devices of plant.yaml name them. What plant.yaml says itself
 * wins: connection key by key, points by id and key by key; other points are added; `without` leaves some out.
 */
export function expandTemplates(value: unknown, catalogue: TemplateCatalogue): Expansion {
  const list = isGroup(value) && Array.isArray(value.devices) ? (value.devices as unknown[]) : [];
  const issues: PathIssue[] = [];
  const expanded = list.map((raw, d) =>
    isGroup(raw) ? expandDevice(raw, ['devices', d], catalogue, issues) : undefined,
  );
  const unexpanded = new Set(issues.map(({ path }) => path[1]));
  const devices = list.map((raw, d) => expanded[d]?.value ?? raw);
  return {
    value: isGroup(value) && list.length > 0 ? { ...value, devices } : value,
    issues,
    templateOf(d, p) {
      const device = expanded[d];
      const origin = device?.origins[p];
      return origin?.isOfTemplate === true && origin.own === undefined ? device?.reference : undefined;
    },
    isModulusUnknown: (d, id) => expanded[d]?.unknownModuli.includes(id) === true,
    toFile: (issue) => toFile(issue, expanded[Number(issue.path[1])], unexpanded),
  };
}

function expandDevice(
  raw: Group,
  path: ConfigPath,
  catalogue: TemplateCatalogue,
  issues: PathIssue[],
): ExpandedDevice | undefined {
  if (raw.template === undefined) {
    const stray = TEMPLATE_KEYS.find((key) => raw[key] !== undefined);
    if (stray !== undefined) {
      issues.push({
        code: 'CFG_TEMPLATE_PARAMETER',
        path: [...path, stray],
        message: 'goes with a template',
        at: 'key',
      });
    }
    return undefined;
  }
  const template = typeof raw.template === 'string' ? catalogue.find(raw.template) : undefined;
  if (template === undefined) {
    issues.push(unknownTemplate(raw.template, path, catalogue));
    return undefined;
  }
  const before = issues.length;
  issues.push(...driverIssues(raw, template, path));
  const { values, issues: wrong } = readParameters(template, raw.params);
  for (const { name, ...issue } of wrong) {
    const isWritten = isGroup(raw.params) && name !== undefined && Object.hasOwn(raw.params, name);
    const place = raw.params === undefined ? [...path, 'template'] : [...path, 'params', ...(isWritten ? [name] : [])];
    issues.push({ code: 'CFG_TEMPLATE_PARAMETER', path: place, ...issue });
  }
  const without = readWithout(raw, template, path, issues);
  if (issues.length > before) return undefined;
  const resolved = resolveTemplate(template, values);
  const merged = mergePoints(resolved.points, raw.points, without);
  const own = isGroup(raw.connection) ? raw.connection : {};
  const connection =
    raw.connection === undefined || isGroup(raw.connection) ? { ...resolved.connection, ...own } : raw.connection;
  const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => !TEMPLATE_KEYS.includes(key)));
  return {
    value: {
      ...rest,
      connection,
      points: raw.points === undefined || Array.isArray(raw.points) ? merged.points : raw.points,
    },
    reference: referenceOf(template),
    unknownModuli: template.points.flatMap(({ id, modulusUnknown }) => (modulusUnknown === true ? id : [])),
    origins: merged.origins,
    ownConnection: Object.keys(own),
  };
}

function unknownTemplate(written: unknown, path: ConfigPath, catalogue: TemplateCatalogue): PathIssue {
  const text = typeof written === 'string' ? written : String(written);
  const { references } = catalogue;
  const name = text.split('@')[0] ?? '';
  const versions = references.filter((reference) => reference.startsWith(`${name}@`));
  const hint =
    versions.length > 0
      ? `there is ${versions.join(' and ')}`
      : (nameHint(text, references) ?? '"forebay templates list" shows all');
  return { code: 'CFG_UNKNOWN_TEMPLATE', path: [...path, 'template'], message: `there is no template "${text}"`, hint };
}

function driverIssues(raw: Group, { drivers, title }: DeviceTemplate, path: ConfigPath): PathIssue[] {
  if (typeof raw.driver !== 'string' || drivers.includes(raw.driver)) return [];
  const message = `${String(raw.template)} (${title}) is not read with ${raw.driver}`;
  return [{ code: 'CFG_TEMPLATE_DRIVER', path: [...path, 'driver'], message, hint: `one of ${drivers.join(', ')}` }];
}

function readWithout(raw: Group, template: DeviceTemplate, path: ConfigPath, issues: PathIssue[]): readonly unknown[] {
  if (raw.without === undefined) return [];
  const ids = template.points.map(({ id }) => id);
  if (!Array.isArray(raw.without)) {
    const message = 'expected a list of points of the template that this device does not have';
    issues.push({ code: 'CFG_TEMPLATE_PARAMETER', path: [...path, 'without'], message });
    return [];
  }
  for (const [index, id] of raw.without.entries()) {
    if (ids.includes(id)) continue;
    const hint = nameHint(String(id), ids);
    const message = `the template has no point "${String(id)}"`;
    const place = [...path, 'without', index];
    issues.push({ code: 'CFG_TEMPLATE_PARAMETER', path: place, message, ...(hint === undefined ? {} : { hint }) });
  }
  return raw.without;
}

function mergePoints(
  fromTemplate: readonly (Group & { readonly id: string })[],
  own: unknown,
  without: readonly unknown[],
): { points: readonly unknown[]; origins: readonly PointOrigin[] } {
  const listed: readonly unknown[] = Array.isArray(own) ? own : [];
  const used = new Set<number>();
  const points: unknown[] = [];
  const origins: PointOrigin[] = [];
  for (const point of fromTemplate) {
    if (without.includes(point.id)) continue;
    const index = listed.findIndex((raw) => isGroup(raw) && raw.id === point.id);
    const change = listed[index];
    if (isGroup(change)) {
      used.add(index);
      points.push({ ...point, ...change });
      origins.push({ id: point.id, own: { index, keys: Object.keys(change) }, isOfTemplate: true });
    } else {
      points.push(point);
      origins.push({ id: point.id, isOfTemplate: true });
    }
  }
  for (const [index, raw] of listed.entries()) {
    if (used.has(index)) continue;
    points.push(raw);
    const keys = isGroup(raw) ? Object.keys(raw) : [];
    origins.push({ id: isGroup(raw) ? String(raw.id) : '', own: { index, keys }, isOfTemplate: false });
  }
  return { points, origins };
}

function toFile(issue: PathIssue, device: ExpandedDevice | undefined, unexpanded: ReadonlySet<unknown>): PathIssue {
  const [top, d, part, p, ...inner] = issue.path;
  if (top !== 'devices' || device === undefined || unexpanded.has(d)) return issue;
  const atTemplate = [top, Number(d), 'template'];
  if (part === 'connection' && p !== undefined) {
    if (!Object.hasOwn(device.value.connection as object, p) || device.ownConnection.includes(String(p))) return issue;
    return {
      ...issue,
      path: atTemplate,
      at: 'value',
      message: `connection.${p} of ${device.reference}: ${issue.message}`,
    };
  }
  const origin = part === 'points' && typeof p === 'number' ? device.origins[p] : undefined;
  if (origin === undefined) return issue;
  const isWritten = origin.own !== undefined && (!origin.isOfTemplate || origin.own.keys.includes(String(inner[0])));
  if (isWritten) return { ...issue, path: [top, Number(d), 'points', origin.own.index, ...inner] };
  const path = origin.own === undefined ? atTemplate : [top, Number(d), 'points', origin.own.index];
  return { ...issue, path, at: 'value', message: `point ${origin.id} of ${device.reference}: ${issue.message}` };
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
