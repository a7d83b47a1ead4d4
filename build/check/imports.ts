/** Import rules: fails on an import that the table in import-table.ts does not allow. */
import { posix } from 'node:path';
import { type ImportRule, NOUN_FILES, ruleFor } from './import-table.ts';
import { printResult } from './print-result.ts';
import { type Import, listImports } from './syntax.ts';
import { type CheckResult, type Finding, isSource, readTree, type Tree } from './tree.ts';

/** Checks every import of every source file. */
export function checkImports(tree: Tree): CheckResult {
  const sources = tree.paths().filter(isSource);
  const findings: Finding[] = [];
  let count = 0;
  for (const path of sources) {
    const rule = ruleFor(path);
    for (const found of listImports(tree, path)) {
      count += 1;
      const message = judge(path, found, rule);
      if (message !== undefined) findings.push({ path, line: found.line, message });
    }
  }
  findings.push(...findStaleTable(tree));
  return { counted: `imports in ${sources.length} files`, count, findings };
}

function judge(path: string, found: Import, rule: ImportRule): string | undefined {
  const { specifier } = found;
  if (specifier.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    // A folder or a data file beside the source, named by new URL(): not an import of code.
    if (!isSource(target) && !target.startsWith('..')) return undefined;
    return isAllowed(rule.ours, target) ? undefined : explain(target, rule, `files: ${rule.ours.join(', ')}`);
  }
  if (specifier.startsWith('node:')) {
    if (rule.node === 'all' || rule.node.includes(specifier)) return undefined;
    return explain(specifier, rule, `modules of Node: ${rule.node.join(', ') || 'none'}`);
  }
  const name = packageName(specifier);
  return rule.packages.includes(name)
    ? undefined
    : explain(name, rule, `packages: ${rule.packages.join(', ') || 'none'}`);
}

function isAllowed(allowed: readonly string[], target: string): boolean {
  return allowed.some((entry) => (entry.endsWith('/') ? target.startsWith(entry) : target === entry));
}

function explain(target: string, rule: ImportRule, allowed: string): string {
  return `${rule.zone} may not import ${target}. It may import these ${allowed}`;
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** A noun file that the table names and that is gone would hide a hole: the next file of that name gets in. */
function findStaleTable(tree: Tree): Finding[] {
  const named = Object.entries(NOUN_FILES).flatMap(([stage, files]) => files.map((file) => `core/${stage}/${file}`));
  return named
    .filter((path) => !tree.paths().includes(path))
    .map((path) => ({ path: 'build/check/import-table.ts', line: 1, message: `names ${path}, which does not exist` }));
}

if (import.meta.main) printResult('import rules', () => [checkImports(readTree())]);
