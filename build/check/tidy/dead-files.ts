import { posix } from 'node:path';
import { listImports } from '../syntax.ts';
import { type CheckResult, type Finding, isSource, isTest, type Tree } from '../tree.ts';

/** Files that a person, a tool or another process starts. Each pattern must match something. */
const ENTRY_POINTS: readonly RegExp[] = [
  /^appliance\/forebay\.mjs$/,
  /^build\/api-types\.ts$/,
  /^build\/bootstrap\/(start|test|desktop)\.mjs$/,
  /^build\/check\/(generated|imports|tidy|types)\.ts$/,
  /^build\/icons\/draw\.ts$/,
  /^build\/verify-page\.ts$/,
  /^build\/suite\/(run\.ts|build-console\.mjs)$/,
  /^electron\/(launch\.mjs|main\.ts|preload\.cjs|appliance-entry\.mjs|status\.js)$/,
  /^renderer\/main\.tsx$/,
  /^renderer\/verify\/main\.ts$/,
  /^renderer\/vite\.config\.ts$/,
  /^tests\/docs\/write-finding-examples\.ts$/,
  /^tests\/evaluation\/unseen\/write\.ts$/,
  /^tests\/fault\/disk\/kill\.ts$/,
  /^tests\/peers\/(hedera|hub)\/run\.ts$/,
  /^tests\/simulation\/world\/simulate\.ts$/,
  /^vitest\.config\.ts$/,
];

/**
 * A source file that nothing but its own test imports is dead. Files under tests/ may be imported by tests;
 * declarations (`.d.ts`) are read by the compiler.
 */
export function checkDeadFiles(tree: Tree): CheckResult {
  const sources = tree.paths().filter(isSource);
  const imported = new Set<string>();
  for (const path of sources) {
    for (const { specifier } of listImports(tree, path)) {
      if (!specifier.startsWith('.')) continue;
      const target = posix.normalize(posix.join(posix.dirname(path), specifier));
      if (!isTest(path) || target.startsWith('tests/') || isSupport(target)) imported.add(target);
    }
  }
  const findings: Finding[] = sources
    .filter((path) => !isStarted(path) && !imported.has(path))
    .map((path) => ({ path, line: 1, message: 'nothing but tests imports this file; use it or delete it' }));
  for (const pattern of ENTRY_POINTS) {
    if (sources.some((path) => pattern.test(path))) continue;
    findings.push({
      path: 'build/check/tidy/dead-files.ts',
      line: 1,
      message: `entry point ${pattern} matches no file`,
    });
  }
  return { counted: 'source files for use', count: sources.length, findings };
}

/** Test doubles that stand beside what they stand in for are named so. */
function isSupport(path: string): boolean {
  return /\.testing\.(ts|tsx|mjs)$/.test(path);
}

function isStarted(path: string): boolean {
  return /\.(test|bench)\.(ts|tsx)$/.test(path) || ENTRY_POINTS.some((pattern) => pattern.test(path));
}
