import { parseSync } from 'oxc-parser';
import type { Tree } from './tree.ts';
import { lineAt } from './tree.ts';

/** A node of the syntax tree (ESTree with TypeScript), as far as the checks look into it. */
export interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** One import, however it is written: statement, re-export, `import()`, `import('x').T`, or `new URL('x', import.meta.url)`. */
export interface Import {
  specifier: string;
  line: number;
}

const parsed = new WeakMap<Tree, Map<string, SyntaxNode>>();

/** The syntax tree of a source file. Throws on a file that does not parse: the type check says why. */
export function parseSource(tree: Tree, path: string): SyntaxNode {
  const cache = parsed.get(tree) ?? new Map<string, SyntaxNode>();
  parsed.set(tree, cache);
  const known = cache.get(path);
  if (known !== undefined) return known;
  const result = parseSync(path, tree.text(path));
  const [error] = result.errors;
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  const program = result.program as unknown as SyntaxNode;
  cache.set(path, program);
  return program;
}

/** Calls `visit` on every node, parents before children. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => void): void {
  const pending: { node: SyntaxNode; parent: SyntaxNode | undefined }[] = [{ node, parent: undefined }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next.node, next.parent);
    const children = Object.values(next.node).flat().filter(isNode);
    for (const child of children.reverse()) pending.push({ node: child, parent: next.node });
  }
}

/** Every import of a file, in order. */
export function listImports(tree: Tree, path: string): Import[] {
  const text = tree.text(path);
  const imports: Import[] = [];
  walk(parseSource(tree, path), (node) => {
    const source = importSource(node);
    const written = source === undefined ? undefined : literalText(source);
    if (source === undefined || written === undefined) return;
    // A URL is relative to its file without saying so.
    const isBareUrl = node.type === 'NewExpression' && !/^[./]|^[a-z]+:/.test(written);
    imports.push({ specifier: isBareUrl ? `./${written}` : written, line: lineAt(text, source.start) });
  });
  return imports;
}

/** The text of a string literal, or undefined. */
export function literalText(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'TSLiteralType') return literalText(node.literal);
  if (node.type !== 'TemplateLiteral' || !Array.isArray(node.quasis) || node.quasis.length !== 1) return undefined;
  const [only] = node.quasis as { value?: { cooked?: string } }[];
  return only?.value?.cooked;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** `a.b` of a member expression or `a` of an identifier, else undefined. */
export function dottedName(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier') return String(node.name);
  if (node.type === 'MetaProperty') return 'import.meta';
  if (node.type !== 'MemberExpression' || node.computed === true) return undefined;
  const object = dottedName(node.object);
  const property = isNode(node.property) ? String(node.property.name) : undefined;
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

function importSource(node: SyntaxNode): SyntaxNode | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
      return isNode(node.source) ? node.source : undefined;
    case 'TSImportType':
      return [node.source, node.argument].find(isNode);
    case 'CallExpression': {
      const called = dottedName(node.callee);
      return called === 'require' || called === 'vi.mock' || called === 'import.meta.resolve'
        ? firstArgument(node)
        : undefined;
    }
    case 'NewExpression': {
      const [, base] = Array.isArray(node.arguments) ? node.arguments : [];
      return dottedName(node.callee) === 'URL' && dottedName(base) === 'import.meta.url'
        ? firstArgument(node)
        : undefined;
    }
    default:
      return undefined;
  }
}

function firstArgument(node: SyntaxNode): SyntaxNode | undefined {
  const [first] = Array.isArray(node.arguments) ? node.arguments : [];
  return isNode(first) ? first : undefined;
}
