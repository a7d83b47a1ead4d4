import { checkPlant } from './check-plant.ts';
import { checkSignals, type UnreadDevice } from './check-signals.ts';
import { checkWitnesses } from './check-witnesses.ts';
import { type ConfigIssue, formatPath, type PathIssue } from './config-issue.ts';
import { NO_TEMPLATES, type TemplateCatalogue } from './device-template.ts';
import { type Expansion, expandTemplates } from './expand-templates.ts';
import { explainSchemaIssue } from './explain-schema-issue.ts';
import { findSecrets } from './find-secrets.ts';
import { findWarnings } from './find-warnings.ts';
import { type DriverDescriptions, driverMeant, parseDevices } from './parse-devices.ts';
import {
  type BackupConfig,
  type DeviceConfig,
  type PlantConfig,
  SAMPLES_KEPT,
  type SamplesConfig,
  type UnitConfig,
} from './plant.ts';
import { draftOf, type PlantDraft, type UnitDraft } from './plant-draft.ts';
import { INTERVALS, LIMITS, type PlantInput, plantSchema } from './plant-schema.ts';
import { feedUnits } from './push-devices.ts';
import { adviseOnWitnesses } from './witness-advice.ts';
import { readYaml, type YamlProblem, type YamlSource } from './yaml-source.ts';

export type ConfigResult =
  /**
   * `warnings` are no mistakes: what is probably not meant, or will disappoint later. `advice` is what would make the
   * plant's figures surer, and nothing is wrong without.
   */
  | {
      readonly kind: 'valid';
      readonly config: PlantConfig;
      readonly warnings: readonly ConfigIssue[];
      readonly advice: readonly ConfigIssue[];
    }
  | { readonly kind: 'invalid'; readonly issues: readonly ConfigIssue[] };

export interface ParseOptions {
  readonly drivers: DriverDescriptions;
  /** What `template: name@version` of a device may name; none when absent. */
  readonly templates?: TemplateCatalogue;
  /** The file's name for messages. */
  readonly file: string;
}

/**
 * Reads plant.yaml. Never guesses and never throws, whatever the text is: the result is either a configuration in
 * which everything holds, or all mistakes that could be found, in the order of the file.
 */
export function parseConfig(text: string, { drivers, templates = NO_TEMPLATES, file }: ParseOptions): ConfigResult {
  if (text.length > LIMITS.textBytes) {
    const message = `expected at most ${LIMITS.textBytes} characters, found ${text.length}`;
    return { kind: 'invalid', issues: [{ code: 'CFG_TOO_LARGE', file, line: 1, column: 1, path: '', message }] };
  }
  const secrets = secretIssues(text, file);
  const yaml = readYaml(text);
  const problems = yaml.kind === 'problems' ? yaml.problems.map((problem) => syntaxIssue(problem, file)) : [];
  const { source } = yaml;
  if (source === undefined) return { kind: 'invalid', issues: [...problems, ...secrets] };
  const expansion = expandTemplates(source.value, templates);
  const checked = checkValue(expansion, drivers);
  const placed = (issue: PathIssue): ConfigIssue => place(expansion.toFile(issue), source, file);
  const issues = [...problems, ...secrets, ...checked.issues.map(placed)];
  if (issues.length > 0 || checked.config === undefined) return { kind: 'invalid', issues: inOrder(issues) };
  const warnings = findWarnings(checked.config, drivers, expansion).map(placed);
  const advice = adviseOnWitnesses(checked.config).map(placed);
  return { kind: 'valid', config: checked.config, warnings: inOrder(warnings), advice: inOrder(advice) };
}

function inOrder(issues: readonly ConfigIssue[]): ConfigIssue[] {
  return issues.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function syntaxIssue({ kind, line, column, message }: YamlProblem, file: string): ConfigIssue {
  const code = kind === 'duplicate-key' ? 'CFG_DUPLICATE_KEY' : 'CFG_SYNTAX';
  return { code, file, line, column, path: '', message, hint: SYNTAX_HINTS[kind] };
}

const SYNTAX_HINTS = {
  'duplicate-key': 'keep one of the two',
  syntax: 'check the indentation, and put texts with : # { [ into quotes',
  tab: 'use spaces, not tabs',
} as const;

interface Checked {
  readonly issues: readonly PathIssue[];
  readonly config?: PlantConfig;
}

function checkValue(expansion: Expansion, drivers: DriverDescriptions): Checked {
  const { value } = expansion;
  if (value === null || value === undefined) {
    return {
      issues: [{ code: 'CFG_MISSING', path: [], message: 'The file is empty.', hint: 'begin with version: 1' }],
    };
  }
  const parsed = plantSchema.safeParse(value);
  const list = typeof value === 'object' && 'devices' in value ? value.devices : undefined;
  const fromDrivers = parseDevices(list, drivers);
  const ofVersion = otherVersion(value);
  if (ofVersion !== undefined) return { issues: [ofVersion] };
  const draft = parsed.success ? parsed.data : draftOf(value);
  const context = { schema: plantSchema, value, base: [] };
  const ofSchema = parsed.success ? [] : parsed.error.issues.flatMap((issue) => explainSchemaIssue(issue, context));
  const read = withTemplates(withPeriods(fromDrivers.devices, draft), expansion);
  const { units, devices, issues: ofPushes } = feedUnits(draft.units, read.filter(isRead), drivers);
  const fed = new Map(read.filter(isRead).map((device, index) => [device, devices[index]]));
  const inPlace = read.map((device) => (device === undefined ? undefined : fed.get(device)));
  const issues = [
    ...expansion.issues,
    ...withoutSequels([...ofSchema, ...fromDrivers.issues], expansion),
    ...ofPushes,
    ...checkPlant(draft),
    ...checkWitnesses(draft, drivers),
    ...checkSignals(units, inPlace, unreadDevices(draft, inPlace, { drivers, expansion }), draft.witnesses),
    ...checkDemo(draft, drivers),
  ];
  if (issues.length > 0 || !parsed.success) return { issues };
  return { issues, config: toConfig(parsed.data, units, devices) };
}

/** In a file of another version the same words may mean something else, so nothing else is said of it. */
function otherVersion(value: object | string | number | boolean): PathIssue | undefined {
  const version = typeof value === 'object' && 'version' in value ? value.version : 1;
  if (typeof version !== 'number' || version === 1) return undefined;
  const message = `expected 1, found ${version}`;
  const hint = 'this program reads version 1 only: a newer file needs a newer program';
  return { code: 'CFG_VALUE', path: ['version'], message, hint };
}

function isRead(device: DeviceConfig | undefined): device is DeviceConfig {
  return device !== undefined;
}

/** Of a device with mistakes the names of its points are known, unless a template or pushes would have brought them. */
function unreadDevices(
  draft: PlantDraft,
  read: readonly (DeviceConfig | undefined)[],
  { drivers, expansion }: { readonly drivers: DriverDescriptions; readonly expansion: Expansion },
): UnreadDevice[] {
  const unexpanded = new Set(expansion.issues.map(({ path }) => path[1]));
  return draft.devices.flatMap(({ id, driver, points }, d) => {
    if (id === undefined || read[d] !== undefined) return [];
    const meant = driver === undefined ? undefined : driverMeant(driver, drivers);
    const isPolled = meant !== undefined && meant.push === undefined;
    const ids = points?.flatMap((point) => point.id ?? []);
    const isKnown = isPolled && !unexpanded.has(d) && ids?.length === points?.length;
    return [{ id, points: isKnown ? ids : undefined }];
  });
}

/** Where a template could not be put in its place, what is missing for want of it is no second mistake. */
function withoutSequels(issues: readonly PathIssue[], { issues: ofTemplates }: Expansion): PathIssue[] {
  const failed = new Set(ofTemplates.map(({ path }) => path[1]));
  return issues.filter(
    ({ code, path: [top, d, key] }) =>
      code !== 'CFG_MISSING' || top !== 'devices' || !failed.has(d) || (key !== 'points' && key !== 'connection'),
  );
}

function checkDemo({ devices, sync }: PlantDraft, drivers: DriverDescriptions): PathIssue[] {
  const isDemo = devices.some(({ driver }) => drivers.get(driver ?? '')?.origin === 'demo');
  if (!isDemo || sync?.hedera?.network !== 'mainnet') return [];
  const message = 'demo data from a simulator is never anchored on mainnet';
  const hint = 'use testnet, or remove the simulated device';
  return [{ code: 'CFG_DEMO_MAINNET', path: ['sync', 'hedera', 'network'], message, hint }];
}

/** In the places of the file, undefined where a device has mistakes. */
type DevicesInPlace = readonly (DeviceConfig | undefined)[];

function withPeriods(devices: DevicesInPlace, draft: PlantDraft): DevicesInPlace {
  return devices.map((device, d) => {
    // What sends by itself is expected to send once an interval, unless plant.yaml says more often.
    const periodMs = draft.devices[d]?.period ?? INTERVALS[draft.interval ?? ''] ?? 0;
    return device === undefined ? undefined : { ...device, periodMs };
  });
}

function withTemplates(devices: DevicesInPlace, expansion: Expansion): DevicesInPlace {
  return devices.map((device, d) => {
    if (device === undefined) return undefined;
    const points = device.points.map((point, p) => {
      const template = expansion.templateOf(d, p);
      return template === undefined ? point : { ...point, template };
    });
    return { ...device, points };
  });
}

function toConfig(input: PlantInput, fed: readonly UnitDraft[], devices: readonly DeviceConfig[]): PlantConfig {
  const { id, name, timezone, ratedPowerKw, latitude, longitude } = input.plant;
  return {
    version: 1,
    plant: {
      id,
      name,
      timezone,
      ratedPowerKw,
      ...(latitude === undefined ? {} : { latitude }),
      ...(longitude === undefined ? {} : { longitude }),
    },
    intervalMs: INTERVALS[input.interval] ?? 0,
    units: input.units.map((unit, u) => toUnit(unit, fed[u]?.signals ?? unit.signals)),
    devices,
    ...(input.witnesses === undefined ? {} : { witnesses: input.witnesses }),
    ...(input.waterBands === undefined ? {} : { waterBands: input.waterBands }),
    ...(input.clock === undefined ? {} : { clock: input.clock }),
    ...(input.review === undefined ? {} : { review: input.review }),
    ...(input.backup === undefined ? {} : { backup: toBackup(input.backup) }),
    ...(input.samples === undefined ? {} : { samples: toSamples(input.samples) }),
    ...(input.sync === undefined ? {} : { sync: input.sync }),
  };
}

const BACKUP_EVERY_MS = 86_400_000;
const BACKUPS_KEPT = 14;

function toBackup({ folder, every, keep }: NonNullable<PlantInput['backup']>): BackupConfig {
  return { folder, everyMs: every ?? BACKUP_EVERY_MS, keep: keep ?? BACKUPS_KEPT };
}

const GIB = 1024 ** 3;

function toSamples({ keep, maxGiB }: NonNullable<PlantInput['samples']>): SamplesConfig {
  const keepMs = keep ?? SAMPLES_KEPT.keepMs;
  return maxGiB === undefined ? { keepMs } : { keepMs, maxBytes: Math.floor(maxGiB * GIB) };
}

function toUnit(
  { efficiency, indexTest, intake, accuracy, name, signals: _asWritten, ...unit }: PlantInput['units'][number],
  signals: UnitDraft['signals'],
): UnitConfig {
  const named = Object.entries(signals).filter(([, ref]) => ref !== undefined);
  return {
    ...unit,
    name: name ?? unit.id,
    signals: Object.fromEntries(named),
    ...(efficiency === undefined ? {} : { efficiency }),
    ...(indexTest === undefined ? {} : { indexTest }),
    ...(intake === undefined ? {} : { intake }),
    ...(accuracy === undefined ? {} : { accuracy }),
  };
}

function place({ code, path, message, hint, at }: PathIssue, source: YamlSource, file: string): ConfigIssue {
  const { line, column } = at === 'key' ? source.placeOfKey(path) : source.placeOf(path);
  return { code, file, line, column, path: formatPath(path), message, ...(hint === undefined ? {} : { hint }) };
}

function secretIssues(text: string, file: string): ConfigIssue[] {
  return findSecrets(text).map(({ line, column, kind }) => ({
    code: 'CFG_SECRET',
    file,
    line,
    column,
    path: '',
    message: `this looks like ${kind}, and the configuration is recorded for ever`,
    hint: 'put it into a file that only its owner can read and name that file instead',
  }));
}
