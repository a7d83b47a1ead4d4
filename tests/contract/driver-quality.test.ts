import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { drivers } from '../../appliance/drivers.ts';
import { findDoubt } from './driver-evidence.ts';

/**
 * Each folder of drivers/ says in quality.yaml how each rule is kept: by the title of a test, by a page, or why it does
 * not apply. What is named is looked up here; whether the test proves the rule is for the reader to judge, and the
 * tests themselves are part of the same run.
 */
const ROOT = join(import.meta.dirname, '../..');
const DRIVERS = join(ROOT, 'drivers');
const FOLDERS = readdirSync(DRIVERS).filter(
  (name) => name !== 'templates' && statSync(join(DRIVERS, name)).isDirectory(),
);
const RULES = [
  'config-schema',
  'planner',
  'decoder-recipe',
  'test-cases',
  'contract-suite',
  'fault-server',
  'foreign-peer',
  'faults-classified',
  'source-time',
  'quality-mapping',
  'secrets-by-file',
  'lazy-library',
  'reconnect',
  'read-only',
  'probe',
  'docs',
];

/** Names in plant.yaml of the drivers that a folder makes. */
function namesOf(folder: string): string[] {
  const texts = readdirSync(join(DRIVERS, folder))
    .filter((file) => /\.ts$/.test(file) && !/\.(test|bench|d)\.ts$/.test(file))
    .map((file) => readFileSync(join(DRIVERS, folder, file), 'utf8'));
  return [...drivers.keys()].filter((name) => texts.some((text) => text.includes(`'${name}'`)));
}

function qualityOf(folder: string): Record<string, unknown> {
  return parse(readFileSync(join(DRIVERS, folder, 'quality.yaml'), 'utf8'));
}

const isExempt = (answer: unknown): boolean => typeof answer === 'object' && answer !== null && 'exempt' in answer;

describe.each(FOLDERS.map((folder) => [folder]))('quality of drivers/%s', (folder) => {
  const quality = qualityOf(folder);
  const names = namesOf(folder);

  test('every rule is answered, and each test, case and page that is named is there', () => {
    expect(Object.keys(quality).sort()).toEqual([...RULES].sort());
    const doubts = Object.entries(quality).flatMap(([rule, answer]) => {
      const doubt = findDoubt(folder, rule, answer);
      return doubt === undefined ? [] : [`${rule} ${doubt}`];
    });
    expect(doubts).toEqual([]);
  });

  test('a title of the shared suite counts for a folder whose every driver runs the suite', () => {
    const isRun = (name: string) =>
      existsSync(join(ROOT, `tests/contract/driver-${name}.test.ts`)) &&
      readFileSync(join(ROOT, `tests/contract/driver-${name}.test.ts`), 'utf8').includes(`driverContract('${name}`);
    expect(names.every(isRun)).toBe(!isExempt(quality['contract-suite']));
    const shares = Object.values(quality).some((answer) => JSON.stringify(answer).includes('driver-contract.ts'));
    expect(shares && isExempt(quality['contract-suite'])).toBe(false);
  });

  test('what each of its drivers must offer, it offers', () => {
    expect(names.length).toBeGreaterThan(0);
    const pages = readdirSync(join(ROOT, 'docs/drivers'));
    for (const name of names) {
      const driver = drivers.get(name);
      expect(driver?.schemas.point, `${name} checks its points`).toBeDefined();
      expect(driver?.probe !== undefined, `${name} can be probed`).toBe(!isExempt(quality.probe));
      if (!isExempt(quality.docs)) {
        const own = pages.filter((page) => name.startsWith(page.replace('.md', '')));
        expect(own, `${name} has a page`).toHaveLength(1);
      }
    }
  });
});

test('every driver of the program has its folder', () => {
  const named = FOLDERS.flatMap(namesOf);
  for (const name of drivers.keys()) expect(named).toContain(name);
});

const TITLE = 'every folder of testcases gives what it says';
const FILE = 'drivers/csv/testcases.test.ts';

test.each([
  ['the bare word', 'reconnect', 'done', /neither/],
  ['a title that is not there', 'reconnect', { test: FILE, title: 'every folder' }, /no title/],
  ['a word of the source that is no title', 'reconnect', { test: FILE, title: 'testcases' }, /no title/],
  ['a test that is not there', 'reconnect', { test: 'drivers/csv/none.test.ts', title: TITLE }, /not there/],
  ['a source that is no test', 'reconnect', { test: 'drivers/csv/probe.ts', title: TITLE }, /no test/],
  ['a case that is not there', 'source-time', { test: FILE, title: TITLE, case: 'none' }, /case none/],
  ['a file where a test is due', 'planner', { file: 'drivers/csv/probe.ts' }, /test is due/],
  ['a page that is not there', 'docs', { file: 'docs/drivers/none.md' }, /not there/],
  ['a reason of two words', 'probe', { exempt: 'not needed' }, /without a reason/],
  ['a word too many', 'probe', { exempt: 'there is nothing that could be asked at all', test: FILE }, /neither/],
  ['a title of another suite', 'contract-suite', { test: FILE, title: TITLE }, /no title/],
])('%s is no evidence', (_, rule, answer, doubt) => {
  expect(findDoubt('csv', rule, answer)).toMatch(doubt);
});
