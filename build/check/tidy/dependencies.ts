import { type CheckResult, type Finding, lineAt, type Tree } from '../tree.ts';

const PAGE = 'docs/dependencies.md';

/** docs/dependencies.md has one row for each dependency of package.json, and no other. */
export function checkDependencies(tree: Tree): CheckResult {
  const manifest = JSON.parse(tree.text('package.json')) as Record<string, Record<string, string> | undefined>;
  const wanted = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  const page = tree.text(PAGE);
  const listed = new Map([...page.matchAll(/^\| `([^`]+)`/gm)].map((match) => [match[1] ?? '', match.index]));
  const findings: Finding[] = wanted
    .filter((name) => !listed.has(name))
    .map((name) => ({ path: PAGE, line: 1, message: `${name} of package.json has no row` }));
  for (const [name, offset] of listed) {
    if (wanted.includes(name)) continue;
    findings.push({ path: PAGE, line: lineAt(page, offset), message: `${name} is not in package.json` });
  }
  return { counted: 'dependencies', count: wanted.length, findings };
}
