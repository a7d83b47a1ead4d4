import { checkPlant } from './check-plant.ts';
import { checkSignals } from './check-signals.ts';
import { type ConfigIssue, formatPath, type PathIssue } from './config-issue.ts';
import { explainSchemaIssue } from './explain-schema-issue.ts';
import { findSecrets } from './find-secrets.ts';
import { findWarnings } from './find-warnings.ts';
import { type DriverDescriptions, parseDevices } from './parse-devices.ts';
import type { DeviceConfig, PlantConfig, UnitConfig } from './plant.ts';
import { INTERVALS, LIMITS, type PlantInput, plantSchema } from './plant-schema.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export type ConfigResult =
  /** `warnings` are no mistakes: what is probably not meant, or will disappoint later. */
  | { readonly kind: 'valid'; readonly config: PlantConfig; readonly warnings: readonly ConfigIssue[] }
  | { readonly kind: 'invalid'; readonly issues: readonly ConfigIssue[] };

export interface ParseOptions {
  readonly drivers: DriverDescriptions;
  /** The file's name for messages. */
  readonly file: string;
}

/**
 * Reads plant.yaml. Never guesses and never throws, whatever the text is: the result is either a configuration in
 * which everything holds, or all mistakes that could be found, in the order of the file.
 */
export function parseConfig(text: string, { drivers, file }: ParseOptions): ConfigResult {
  if (text.length > LIMITS.textBytes) {
    const message = `expected at most ${LIMITS.textBytes} characters, found ${text.length}`;
    return { kind: 'invalid', issues: [{ code: 'CFG_TOO_LARGE', file, line: 1, column: 1, path: '', message }] };
  }
  const secrets = secretIssues(text, file);
  const yaml = readYaml(text);
  if (yaml.kind === 'problems') {
    const issues = yaml.problems.map(({ kind, line, column, message }) => {
      const code = kind === 'duplicate-key' ? 'CFG_DUPLICATE_KEY' : 'CFG_SYNTAX';
      const hint = SYNTAX_HINTS[kind];
      return { code, file, line, column, path: '', message, hint };
    });
    return { kind: 'invalid', issues: [...issues, ...secrets] };
  }
  const checked = checkValue(yaml.source.value, drivers);
  const issues = [...secrets, ...checked.issues.map((issue) => place(issue, yaml.source, file))];
  if (issues.length > 0 || checked.config === undefined) return { kind: 'invalid', issues: inOrder(issues) };
  const warnings = findWarnings(checked.config).map((issue) => place(issue, yaml.source, file));
  return { kind: 'valid', config: checked.config, warnings: inOrder(warnings) };
}

function inOrder(issues: readonly ConfigIssue[]): ConfigIssue[] {
  return issues.toSorted((a, b) => a.line - b.line || a.column - b.column);
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

function checkValue(value: unknown, drivers: DriverDescriptions): Checked {
  if (value === null || value === undefined) {
    return {
      issues: [{ code: 'CFG_MISSING', path: [], message: 'The file is empty.', hint: 'begin with version: 1' }],
    };
  }
  const parsed = plantSchema.safeParse(value);
  const list = typeof value === 'object' && 'devices' in value ? value.devices : undefined;
  const fromDrivers = parseDevices(list, drivers);
  if (!parsed.success) {
    const context = { schema: plantSchema, value, base: [] };
    const issues = parsed.error.issues.flatMap((issue) => explainSchemaIssue(issue, context));
    return { issues: [...issues.map(explainTemplate), ...fromDrivers.issues] };
  }
  const devices = withPeriods(fromDrivers.devices, parsed.data);
  const issues = [
    ...fromDrivers.issues,
    ...checkPlant(parsed.data),
    // With a device that could not be read, every signal of it would be a mistake that is none.
    ...(devices.length === parsed.data.devices.length ? checkSignals(parsed.data.units, devices) : []),
    ...checkDemo(parsed.data, drivers),
  ];
  return issues.length > 0 ? { issues } : { issues, config: toConfig(parsed.data, devices) };
}

/** `template` is a word of plant.yaml, but this version brings none. */
function explainTemplate(issue: PathIssue): PathIssue {
  const [top, , key] = issue.path;
  if (issue.code !== 'CFG_UNKNOWN_KEY' || top !== 'devices' || key !== 'template') return issue;
  return {
    ...issue,
    code: 'CFG_UNKNOWN_TEMPLATE',
    message: 'there is no such template',
    hint: 'list the points instead',
  };
}

function checkDemo({ devices, sync }: PlantInput, drivers: DriverDescriptions): PathIssue[] {
  const isDemo = devices.some(({ driver }) => drivers.get(driver)?.origin === 'demo');
  if (!isDemo || sync?.hedera?.network !== 'mainnet') return [];
  const message = 'demo data from a simulator is never anchored on mainnet';
  const hint = 'use testnet, or remove the simulated device';
  return [{ code: 'CFG_DEMO_MAINNET', path: ['sync', 'hedera', 'network'], message, hint }];
}

function withPeriods(devices: readonly (DeviceConfig | undefined)[], input: PlantInput): DeviceConfig[] {
  return devices.flatMap((device, d) => {
    const periodMs = input.devices[d]?.period;
    return device === undefined || periodMs === undefined ? [] : [{ ...device, periodMs }];
  });
}

function toConfig(input: PlantInput, devices: readonly DeviceConfig[]): PlantConfig {
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
    units: input.units.map(toUnit),
    devices,
    ...(input.sync === undefined ? {} : { sync: input.sync }),
  };
}

function toUnit({ efficiency, intake, name, signals, ...unit }: PlantInput['units'][number]): UnitConfig {
  const named = Object.entries(signals).filter(([, ref]) => ref !== undefined);
  return {
    ...unit,
    name: name ?? unit.id,
    signals: Object.fromEntries(named),
    ...(efficiency === undefined ? {} : { efficiency }),
    ...(intake === undefined ? {} : { intake }),
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
