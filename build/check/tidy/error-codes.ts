import { isNode, parseSource, type SyntaxNode, walk } from '../syntax.ts';
import { type CheckResult, type Finding, isSource, isTest, lineAt, type Tree } from '../tree.ts';

const PAGE = 'docs/errors.md';
/** The checks themselves, and the console's texts about codes that others use. */
const SPEAKS_OF_CODES = /^(build\/check|renderer\/text)\//;
/** A text that begins with a code: the code alone, or the line that is printed. */
const CODE = /^((?:ACQ|VER|LED|STO|CFG|DRV_[A-Z0-9]+|API|APP|REV|SYN|CAR|TOK)_[A-Z0-9_]*[A-Z0-9])(?![A-Za-z0-9_])/;

/** Every error code has a section in docs/errors.md, and every section a code that the program uses. */
export function checkErrorCodes(tree: Tree): CheckResult {
  const used = new Map<string, Finding>();
  for (const path of tree.paths()) {
    if (!isSource(path) || isTest(path) || SPEAKS_OF_CODES.test(path)) continue;
    const text = tree.text(path);
    walk(parseSource(tree, path), (node) => {
      const code = CODE.exec(textOf(node))?.[1];
      if (code === undefined || used.has(code)) return;
      used.set(code, { path, line: lineAt(text, node.start), message: `${code} has no section in ${PAGE}` });
    });
  }
  const page = tree.text(PAGE);
  const explained = new Map([...page.matchAll(/^## ([A-Z0-9_]+)$/gm)].map((match) => [match[1] ?? '', match.index]));
  const findings = [...used].filter(([code]) => !explained.has(code)).map(([, finding]) => finding);
  for (const [code, offset] of explained) {
    if (!used.has(code)) findings.push({ path: PAGE, line: lineAt(page, offset), message: `nothing uses ${code}` });
  }
  return { counted: 'error codes', count: used.size + explained.size, findings };
}

function textOf(node: SyntaxNode): string {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'Property' && isNode(node.key) && node.key.type === 'Identifier') return String(node.key.name);
  if (node.type !== 'TemplateElement') return '';
  return (node.value as { cooked?: string }).cooked ?? '';
}
