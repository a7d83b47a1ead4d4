import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The working copy as the checks see it: texts by path, so that a test can hand in a bad one. */
export interface Tree {
  /** Paths relative to the project, with forward slashes, sorted. */
  paths(): readonly string[];
  /** As `paths`, with the pictures and other files that are no text. */
  everything(): readonly string[];
  /** The text of a file that `paths` names. */
  text(path: string): string;
}

/** One thing a check found wrong, in words that say what to do. */
export interface Finding {
  path: string;
  line: number;
  message: string;
}

/** What a check looked at and what it found. A check that looked at nothing has failed. */
export interface CheckResult {
  /** What was counted, in the plural: `imports`, `links`. */
  counted: string;
  count: number;
  findings: Finding[];
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/**
 * The folders of the project. Nothing else beside them is looked at: whoever follows the docs in a clone has data folders, keys
 * and bundles there, under any name, and a check that read them would print what it found in them.
 */
export const PROJECT_FOLDERS = [
  '.ci',
  'appliance',
  'build',
  'core',
  'docs',
  'drivers',
  'electron',
  'renderer',
  'tests',
];
/** The files beside them. */
export const ROOT_FILES = [
  '.gitignore',
  '.npmrc',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'GLOSSARY.md',
  'LICENSE',
  'README.md',
  'biome.json',
  'electron-builder.yml',
  'package-lock.json',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];
/** Built, installed or not ours. */
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', '.demo', '.cache', 'coverage', 'release', '__pycache__']);
const TEXT_FILE =
  /(\.(ts|tsx|mjs|cjs|js|json|md|ya?ml|html|css|sh|py|c|h|csv|txt|service|toml)|\/run|\/LICENSE|\/\.npmrc)$/;

/** The real working copy. */
export function readTree(root: string = ROOT): Tree {
  const everything = [
    ...ROOT_FILES.filter((name) => existsSync(join(root, name))),
    ...PROJECT_FOLDERS.filter((name) => existsSync(join(root, name))).flatMap((name) => listFiles(root, name)),
  ].sort();
  const paths = everything.filter((path) => TEXT_FILE.test(`/${path}`));
  const texts = new Map<string, string>();
  return {
    paths: () => paths,
    everything: () => everything,
    text: (path) => {
      const known = texts.get(path);
      if (known !== undefined) return known;
      const text = readFileSync(join(root, path), 'utf8');
      texts.set(path, text);
      return text;
    },
  };
}

/** A tree from texts, for tests. */
export function treeOf(texts: Record<string, string>): Tree {
  const paths = Object.keys(texts).sort();
  return { paths: () => paths, everything: () => paths, text: (path) => texts[path] ?? '' };
}

/** Whether the path names source that we write by hand. */
export function isSource(path: string): boolean {
  return /\.(ts|tsx|mjs|cjs|js)$/.test(path) && !path.endsWith('.d.ts');
}

export function isTest(path: string): boolean {
  return path.startsWith('tests/') || /\.(test|bench)\.(ts|tsx)$/.test(path);
}

export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function listFiles(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const paths = entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (LEFT_OUT.has(entry.name) || path === 'tests/peers/build') return [];
    if (entry.isDirectory()) return listFiles(root, path);
    return entry.isFile() && existsSync(join(root, path)) ? [path] : [];
  });
  return paths.sort();
}
