import { type CheckResult, type Finding, lineAt, type Tree } from '../tree.ts';

const LOCK = 'package-lock.json';

interface Lock {
  packages: Record<string, { integrity?: string; resolved?: string; optionalDependencies?: Record<string, string> }>;
}

/**
 * The lockfile is whole: each package with its integrity and without an address, and the packages of every other
 * system and processor listed too. Without those `npm ci` refuses the lockfile on a fresh clone.
 */
export function checkLockfile(tree: Tree): CheckResult {
  const text = tree.text(LOCK);
  const { packages } = JSON.parse(text) as Lock;
  const names = Object.keys(packages).filter((name) => name !== '');
  const installed = new Set(names.map((name) => name.slice(name.lastIndexOf('node_modules/') + 13)));
  const findings: Finding[] = [];
  const find = (name: string, message: string): void => {
    findings.push({ path: LOCK, line: lineAt(text, text.indexOf(`"${name}"`)), message });
  };
  for (const name of names) {
    const entry = packages[name];
    if (entry?.integrity === undefined) find(name, `${name} has no integrity`);
    if (entry?.resolved !== undefined) find(name, `${name} has an address (omit-lockfile-registry-resolved in .npmrc)`);
    for (const optional of Object.keys(entry?.optionalDependencies ?? {})) {
      if (!installed.has(optional)) find(name, `${optional}, which ${name} may need on another system, is not locked`);
    }
  }
  return { counted: 'locked packages', count: names.length, findings };
}
