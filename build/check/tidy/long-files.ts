import { isNode, parseSource, type SyntaxNode, walk } from '../syntax.ts';
import { type CheckResult, type Finding, isSource, isTest, lineAt, type Tree } from '../tree.ts';

const FILE_LINES = 300;
/** A test file lists cases; it is read one case at a time. */
const TEST_FILE_LINES = 500;
const FUNCTION_LINES = 70;
/** Written by a program, or a table of the console's texts in one language. */
const NO_CODE = /^renderer\/(api\/types|text\/[a-z]{2})\.ts$/;
const RATCHET = 'build/check/long-files.json';

/** What may be longer, by `path` or `path#function`, with its length: a list that may only shrink. */
type Ratchet = Record<string, number>;

/** Files and functions above the limits, save those on the list, which hold exactly the length they have there. */
export function checkLongFiles(tree: Tree): CheckResult {
  const ratchet = JSON.parse(tree.text(RATCHET)) as Ratchet;
  const sources = tree.paths().filter((path) => isSource(path) && !NO_CODE.test(path));
  const lengths = measure(tree, sources);
  const findings: Finding[] = [];
  for (const [name, { lines, limit, path, line }] of lengths) {
    const allowed = ratchet[name];
    if (lines <= limit && allowed !== undefined) {
      findings.push({ path: RATCHET, line: 1, message: `${name} has ${lines} lines now; take it off the list` });
    } else if (allowed !== undefined && lines < allowed) {
      findings.push({ path: RATCHET, line: 1, message: `${name} has ${lines} lines now; lower the number` });
    } else if (lines > limit && lines > (allowed ?? 0)) {
      findings.push({ path, line, message: `${name} has ${lines} lines, the limit is ${allowed ?? limit}; split it` });
    }
  }
  for (const name of Object.keys(ratchet)) {
    if (!lengths.has(name)) findings.push({ path: RATCHET, line: 1, message: `${name} is gone; take it off the list` });
  }
  return { counted: 'files and functions for length', count: lengths.size, findings };
}

interface Length {
  path: string;
  line: number;
  lines: number;
  limit: number;
}

function measure(tree: Tree, sources: readonly string[]): Map<string, Length> {
  const lengths = new Map<string, Length>();
  for (const path of sources) {
    const text = tree.text(path);
    lengths.set(path, {
      path,
      line: 1,
      lines: text.trimEnd().split('\n').length,
      limit: isTest(path) ? TEST_FILE_LINES : FILE_LINES,
    });
    // A describe() block is a function by syntax only.
    if (isTest(path)) continue;
    walk(parseSource(tree, path), (node, parent) => {
      if (!isFunction(node)) return;
      const line = lineAt(text, node.start);
      const lines = lineAt(text, node.end) - line + 1;
      const name = `${path}#${functionName(node, parent) ?? `line ${line}`}`;
      const known = lengths.get(name);
      if (known === undefined || known.lines < lines) lengths.set(name, { path, line, lines, limit: FUNCTION_LINES });
    });
  }
  return lengths;
}

function isFunction(node: SyntaxNode): boolean {
  if (node.body === null) return false;
  return ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type);
}

function functionName(node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined {
  const named = [node.id, parent?.id, parent?.key].find(isNode);
  return named?.type === 'Identifier' ? String(named.name) : undefined;
}
