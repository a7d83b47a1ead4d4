import { fileURLToPath } from 'node:url';
import { type CheckResult, type Finding, lineAt, type Tree } from '../tree.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/[\\/]$/, '');

/** What belongs to one machine: home folders, this working copy, what stands beside it, and hosts that serve packages. */
const MACHINE: readonly { pattern: RegExp; what: string }[] = [
  { pattern: /(?<![\w.])\/(?:home|Users)\/(?!operator|forebay|NAME)[\w.-]+/g, what: 'a path of one machine' },
  { pattern: /(?<![\w.])\/root\/[\w.-]+/g, what: 'a path of one machine' },
  { pattern: new RegExp(`(?<![\\w.])${escapePattern(ROOT)}(?![\\w-])`, 'g'), what: 'a path of one machine' },
  { pattern: /\.\.\/shared\//g, what: 'a path outside the project' },
  { pattern: /registry\.(npmjs|yarnpkg|npmmirror)\.\w+/g, what: 'a host that serves packages' },
  { pattern: /^\s*(?:\/\/)?[\w./:@-]*registry\s*=\s*\S+/gm, what: 'a host that serves packages' },
];

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** No file names a path or a host that exists on one machine only. */
export function checkMachinePaths(tree: Tree): CheckResult {
  const paths = tree.paths().filter((path) => !path.startsWith('build/check/tidy/machine-paths'));
  const findings: Finding[] = [];
  for (const path of paths) {
    const text = tree.text(path);
    for (const { pattern, what } of MACHINE) {
      for (const match of text.matchAll(pattern)) {
        findings.push({ path, line: lineAt(text, match.index), message: `${match[0].trim()} is ${what}` });
      }
    }
  }
  return { counted: 'files for machine paths', count: paths.length, findings };
}
