import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { drivers } from '../../appliance/drivers.ts';
import { DRIVER_PACKAGES } from '../../build/check/import-table.ts';

/**
 * Each folder of drivers/ says in quality.yaml which rules it keeps. What says `done` is looked up here in what is
 * really there; what says `exempt` gives a reason that a person can judge.
 */
const ROOT = join(import.meta.dirname, '../..');
const DRIVERS = join(ROOT, 'drivers');
const FOLDERS = readdirSync(DRIVERS).filter(
  (name) => name !== 'templates' && statSync(join(DRIVERS, name)).isDirectory(),
);
const REASON_LENGTH_MIN = 20;

interface Subject {
  readonly folder: string;
  /** Sources without tests, by file name. */
  readonly sources: ReadonlyMap<string, string>;
  /** Names in plant.yaml of the drivers that the folder makes. */
  readonly names: readonly string[];
}

function subjectOf(folder: string): Subject {
  const files = listFiles(join(DRIVERS, folder)).filter(
    (path) => /\.ts$/.test(path) && !/\.(test|bench|d)\.ts$/.test(path),
  );
  const sources = new Map(
    files.map((path) => [path.slice(DRIVERS.length + folder.length + 2), readFileSync(path, 'utf8')]),
  );
  const text = [...sources.values()].join('\n');
  return { folder, sources, names: [...drivers.keys()].filter((name) => text.includes(`'${name}'`)) };
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

const has =
  (pattern: RegExp) =>
  ({ sources }: Subject): boolean =>
    [...sources.values()].some((text) => pattern.test(text));

/** Whether a test under `folder` of tests/ uses this driver, by its sources or by its name in a plant.yaml. */
const testedIn =
  (folder: string) =>
  ({ folder: name, names }: Subject): boolean =>
    listFiles(join(ROOT, 'tests', folder))
      .filter((path) => /\.test\.ts$/.test(path))
      .some((path) => {
        const text = readFileSync(path, 'utf8');
        return (
          text.includes(`drivers/${name}/`) || names.some((each) => new RegExp(`driver: '?${each}'?\\b`).test(text))
        );
      });

/** The test cases of a folder: one folder for each case, and a loop that reads them. */
function hasTestCases({ folder }: Subject): boolean {
  const cases = join(DRIVERS, folder, 'testcases');
  const loops = listFiles(join(DRIVERS, folder)).filter((path) => /\.test\.ts$/.test(path));
  return (
    existsSync(cases) &&
    readdirSync(cases).some((name) => statSync(join(cases, name)).isDirectory()) &&
    loops.some((path) => readFileSync(path, 'utf8').includes('testcases'))
  );
}

/** The library comes in with `await import()`: of itself, or of the one file of the folder that needs it. */
function loadsLazily({ folder, sources }: Subject): boolean {
  const packages = DRIVER_PACKAGES[folder] ?? [];
  const isStatic = (text: string, from: string): boolean =>
    new RegExp(`^import (?!type)[^;]*from '${from}[/']`, 'm').test(text);
  const needing = [...sources]
    .filter(([, text]) => packages.some((name) => isStatic(text, name)))
    .map(([file]) => file);
  return needing.every((file) =>
    [...sources.values()].every((text) => !isStatic(`${text}`, `\\./${file.replace('.', '\\.')}`)),
  );
}

const EVIDENCE: Readonly<Record<string, (subject: Subject) => boolean>> = {
  'config-schema': ({ names }) =>
    names.length > 0 && names.every((name) => drivers.get(name)?.schemas.point !== undefined),
  planner: ({ sources }) => [...sources.keys()].some((file) => /plan/.test(file)),
  'decoder-recipe': has(/\brecipe\b/),
  'test-cases': hasTestCases,
  'contract-suite': testedIn('contract'),
  'fault-server': (subject) => testedIn('fault')(subject) || usesFaultServer(subject),
  'foreign-peer': testedIn('peers'),
  'faults-classified': has(/['"`]DRV_[A-Z0-9]+_[A-Z0-9_]+['"`]/),
  'source-time': has(/\bdeviceAtMs\b/),
  'quality-mapping': has(/'(uncertain|bad)'/),
  'secrets-by-file': has(/\bsecrets\b/),
  'lazy-library': loadsLazily,
  reconnect: has(/'reconnect'/),
  'read-only': has(/writes: 0/),
  probe: ({ names }) => names.length > 0 && names.every((name) => drivers.get(name)?.probe !== undefined),
  docs: ({ names }) => names.length > 0 && hasPages(names),
};

function usesFaultServer({ folder }: Subject): boolean {
  const tests = listFiles(join(DRIVERS, folder)).filter((path) => /\.test\.ts$/.test(path));
  return tests.some((path) => /tests\/(fault|peers)\//.test(readFileSync(path, 'utf8')));
}

/** Each driver is named on a page of docs/drivers. */
function hasPages(names: readonly string[]): boolean {
  const pages = listFiles(join(ROOT, 'docs', 'drivers')).map((path) => readFileSync(path, 'utf8'));
  return names.every((name) => pages.some((page) => page.includes(name)));
}

describe.each(FOLDERS.map((folder) => [folder]))('quality of drivers/%s', (folder) => {
  const file = join(DRIVERS, folder, 'quality.yaml');

  test('quality.yaml answers every rule, and what it calls done is there', () => {
    expect(existsSync(file), `drivers/${folder}/quality.yaml is there`).toBe(true);
    const rules = parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(Object.keys(rules).sort()).toEqual(Object.keys(EVIDENCE).sort());
    const subject = subjectOf(folder);
    const broken: string[] = [];
    for (const [rule, answer] of Object.entries(rules)) {
      if (answer === 'done') {
        if (EVIDENCE[rule]?.(subject) !== true) broken.push(`${rule}: says done, and is not there`);
      } else if (!isReason(answer)) broken.push(`${rule}: neither done nor exempt with a reason`);
    }
    expect(broken).toEqual([]);
  });
});

test('every driver of the program has its folder', () => {
  const named = FOLDERS.flatMap((folder) => subjectOf(folder).names);
  for (const name of drivers.keys()) expect(named).toContain(name);
});

function isReason(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('exempt' in answer)) return false;
  return typeof answer.exempt === 'string' && answer.exempt.trim().length >= REASON_LENGTH_MIN;
}
