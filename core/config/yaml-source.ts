import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { ConfigPath } from './config-issue.ts';

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** A YAML text as plain data that can still say where each part of it stands. */
export interface YamlSource {
  readonly value: unknown;
  /** Where the value at `path` stands, or the deepest part of the path that exists. */
  placeOf(path: ConfigPath): Place;
  /** Where the key that ends `path` stands, or else its value. */
  placeOfKey(path: ConfigPath): Place;
}

export interface YamlProblem extends Place {
  /** `tab`: a line is indented with a tab, which YAML does not allow. */
  readonly kind: 'syntax' | 'tab' | 'duplicate-key';
  readonly message: string;
}

export type YamlResult =
  | { readonly kind: 'source'; readonly source: YamlSource }
  /** `source` where the text can be read all the same: nothing but keys that stand twice. */
  | { readonly kind: 'problems'; readonly problems: readonly YamlProblem[]; readonly source?: YamlSource };

/** More would be an attack on memory and not a plant ("billion laughs"). */
const ALIASES_MAX = 100;
const START: Place = { line: 1, column: 1 };

/** Reads one YAML 1.2 document. A key that stands twice is a problem. Never throws, whatever the text is. */
export function readYaml(text: string): YamlResult {
  try {
    const counter = new LineCounter();
    const options = { lineCounter: counter, prettyErrors: false, uniqueKeys: true, intAsBigInt: true } as const;
    const document = parseDocument(text, options);
    if (document.errors.length > 0) {
      const problems = document.errors.map(({ code, message, pos }): YamlProblem => {
        const place = placeAt(counter, pos[0]);
        const kind = code === 'DUPLICATE_KEY' ? 'duplicate-key' : syntaxKind(text, place);
        return { ...place, kind, message: firstLine(message) };
      });
      const isReadable = problems.every(({ kind }) => kind === 'duplicate-key');
      const source = isReadable ? { source: sourceOf(document, counter) } : {};
      return { kind: 'problems', problems: withoutCascade(problems), ...source };
    }
    return { kind: 'source', source: sourceOf(document, counter) };
  } catch (error) {
    // The parser recurses: very deep nesting ends in a RangeError, too many aliases in a ReferenceError.
    const isTooDeep = error instanceof RangeError;
    const message = isTooDeep ? 'The text is nested too deeply.' : firstLine((error as Error).message);
    return { kind: 'problems', problems: [{ ...START, kind: 'syntax', message }] };
  }
}

function sourceOf(document: Document, counter: LineCounter): YamlSource {
  return { value: toPlain(document.toJS({ maxAliasCount: ALIASES_MAX })), ...placesIn(document, counter) };
}

function syntaxKind(text: string, { line }: Place): 'syntax' | 'tab' {
  return /^ *\t/.test(text.split('\n', line)[line - 1] ?? '') ? 'tab' : 'syntax';
}

/** Where the syntax is lost once, what the parser finds after that place says nothing of the text. */
function withoutCascade(problems: readonly YamlProblem[]): readonly YamlProblem[] {
  const inOrder = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const first = inOrder.findIndex(({ kind }) => kind !== 'duplicate-key');
  return first === -1 ? inOrder : inOrder.slice(0, first + 1);
}

function placesIn(document: Document, counter: LineCounter): Pick<YamlSource, 'placeOf' | 'placeOfKey'> {
  const find = (path: ConfigPath): { value: Node | undefined; key: Node | undefined; depth: number } => {
    let value = resolve(document, document.contents);
    let key: Node | undefined;
    for (const [depth, step] of path.entries()) {
      const next = childOf(document, value, step);
      if (next === undefined) return { value, key, depth };
      key = next.key;
      value = next.value ?? next.key ?? value;
    }
    return { value, key, depth: path.length };
  };
  const placeOfNode = (node: Node | undefined): Place => placeAt(counter, node?.range?.[0] ?? 0);
  return {
    placeOf: (path) => placeOfNode(find(path).value),
    placeOfKey(path) {
      const { key, value, depth } = find(path);
      return placeOfNode(depth === path.length ? (key ?? value) : value);
    },
  };
}

interface Child {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function childOf(document: Document, parent: Node | undefined, step: string | number): Child | undefined {
  if (isSeq(parent)) {
    const item = parent.items[Number(step)] as Node | undefined;
    return item === undefined ? undefined : { key: undefined, value: resolve(document, item) };
  }
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((item) => keyText(item) === String(step)) as Pair<Node, Node | null> | undefined;
  return pair === undefined ? undefined : { key: pair.key, value: resolve(document, pair.value) };
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function resolve(document: Document, node: unknown): Node | undefined {
  if (node === null || node === undefined) return undefined;
  return isAlias(node) ? (node.resolve(document) as Node | undefined) : (node as Node);
}

function placeAt(counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return line === 0 ? START : { line, column: col };
}

/** Whole numbers arrive exact; those that a double holds exactly become numbers, larger ones stay as they are. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  const entries =
    value instanceof Map ? [...value.entries()].map(([k, v]) => [String(k), v] as const) : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, toPlain(item)]));
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
