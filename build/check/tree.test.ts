import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { PROJECT_FOLDERS, ROOT_FILES, readTree } from './tree.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'forebay-tree-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** What git prints. A hook that runs the tests names its own repository in the environment; that one is left out of it. */
function gitIn(cwd: string, ...words: string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return spawnSync('git', words, { cwd, env, encoding: 'utf8' }).stdout ?? '';
}

/** What biome.json lets Biome look at, without what it takes out again. */
function lintedPaths(): string[] {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
  return (files.includes as string[]).filter((pattern) => !pattern.startsWith('!'));
}

test('a data folder, a plant.yaml and a key in the working copy are nothing to the checks, with or without git', () => {
  for (const path of ['data/run/appliance.json', 'kr/run/appliance.json', 'my.key', 'plant.yaml', 'verdicts.csv'])
    write(path, 'x');
  for (const path of ['core/a.ts', 'renderer/dist/b.js', 'README.md']) write(path, 'x');
  expect(readTree(folder).everything()).toEqual(['README.md', 'core/a.ts']);
});

test('every file of the project is in what the checks look at', () => {
  for (const name of [...PROJECT_FOLDERS, ...ROOT_FILES]) expect(existsSync(join(ROOT, name)), name).toBe(true);
  // A copy without git has no list of its own files; there is then nothing to compare.
  const known = new Set([...PROJECT_FOLDERS, ...ROOT_FILES]);
  const parts = gitIn(ROOT, 'ls-files', '-z')
    .split('\0')
    .filter((path) => path !== '');
  expect(parts.filter((path) => !known.has(path.split('/')[0] ?? ''))).toEqual([]);
});

test('Biome looks at the folders of the project and at no other', () => {
  const code = ROOT_FILES.filter((name) => /\.(ts|json)$/.test(name) && name !== 'package-lock.json');
  expect(lintedPaths()).toEqual([...PROJECT_FOLDERS.map((name) => `${name}/**`), ...code]);
});

test('git leaves alone what the docs let a person make in the working copy, and nothing that is tracked', () => {
  const git = (...words: string[]) => gitIn(folder, ...words);
  const rules = readFileSync(join(ROOT, '.gitignore'), 'utf8');
  write('.gitignore', rules);
  const letThrough = rules.split('\n').filter((rule) => rule.startsWith('!'));
  expect(letThrough).toEqual(PROJECT_FOLDERS.map((name) => `!/${name}/`));
  // A copy that came without git may be on a computer without it.
  if (git('init').trim() === '') return;
  const made = ['hedera.key', 'my.key', 'key-backup.pem', 'first.db', 'backup.db', 'backup.db.json', 'october.zip'];
  const folders = ['data', 'restored', '.demo', 'kr'].map((name) => `${name}/run/appliance.json`);
  for (const path of [...made, ...folders, 'entries.ndjson', 'verdicts.csv', 'plant.yaml']) write(path, 'x');
  for (const path of ['tests/golden/a.ndjson', 'tests/fixtures/stores/a.db', 'tests/x.key', 'docs/a.pem'])
    write(path, 'x');
  expect(git('status', '--porcelain', '-uall').trim().split('\n')).toEqual([
    '?? .gitignore',
    '?? docs/a.pem',
    '?? tests/fixtures/stores/a.db',
    '?? tests/golden/a.ndjson',
    '?? tests/x.key',
  ]);
  expect(gitIn(ROOT, 'ls-files', '-ci', '--exclude-standard')).toBe('');
});
