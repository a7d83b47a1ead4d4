import { posix } from 'node:path';
import { type CheckResult, type Finding, lineAt, type Tree } from '../tree.ts';

/** Links between our pages lead to files and folders that exist. Addresses on the web are not tried. */
export function checkLinks(tree: Tree): CheckResult {
  const paths = tree.paths();
  const targets = new Set(tree.everything());
  const folders = new Set([...targets].flatMap((path) => ancestors(path)));
  const findings: Finding[] = [];
  let count = 0;
  for (const path of paths.filter((candidate) => candidate.endsWith('.md'))) {
    const text = tree.text(path);
    for (const match of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const [target = ''] = (match[1] ?? '').split('#');
      if (target === '' || /^[a-z]+:/.test(target)) continue;
      count += 1;
      const resolved = posix.normalize(posix.join(posix.dirname(path), target)).replace(/\/$/, '');
      if (targets.has(resolved) || folders.has(resolved)) continue;
      findings.push({ path, line: lineAt(text, match.index), message: `links to ${resolved}, which does not exist` });
    }
  }
  return { counted: 'links', count, findings };
}

function ancestors(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [] : [folder, ...ancestors(folder)];
}
