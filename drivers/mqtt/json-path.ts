import type { JsonNode } from './json-tree.ts';

/** The way to one value: names of members and indexes of items. */
export type JsonSteps = readonly (string | number)[];

export type PathOutcome =
  | { readonly kind: 'path'; readonly steps: JsonSteps }
  | { readonly kind: 'problem'; readonly message: string };

export type FindOutcome =
  | { readonly kind: 'found'; readonly node: JsonNode }
  /** `at` is as far as the payload goes along the path; `there` are the names that it has in that place. */
  | { readonly kind: 'absent'; readonly at: string; readonly there: readonly string[] }
  | { readonly kind: 'doubled'; readonly at: string };

const STEPS_MAX = 16;
const INDEX_MAX = 9999;
const MEMBER = /\.([A-Za-z_][A-Za-z0-9_-]*)/y;
const INDEX = /\[(0|[1-9]\d*)\]/y;
const QUOTED = /\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y;
const NAMES_SHOWN = 8;

/**
 * A small part of JSONPath (RFC 9535): `$`, `.name`, `['any name']` and `[0]`, which lead to one value at most.
 * Wildcards, slices, filters and `..` may lead to several, so they are refused.
 */
export function parsePath(text: string): PathOutcome {
  if (!text.startsWith('$')) return problem('a path begins with $, such as $.flow');
  const steps: (string | number)[] = [];
  let at = 1;
  while (at < text.length) {
    const step = stepAt(text, at);
    if (step === undefined) return problem(complaintAt(text, at));
    steps.push(step.value);
    at = step.end;
  }
  if (steps.length > STEPS_MAX) return problem(`a path has at most ${STEPS_MAX} steps`);
  return { kind: 'path', steps };
}

/** The path as text, in the form that plant.yaml takes. */
export function writePath(steps: JsonSteps): string {
  return `$${steps.map(writeStep).join('')}`;
}

export function findNode(root: JsonNode, steps: JsonSteps): FindOutcome {
  let node = root;
  for (const [at, step] of steps.entries()) {
    const reached = (): string => writePath(steps.slice(0, at));
    if (node.kind === 'object' && typeof step === 'string') {
      if (node.doubled.has(step)) return { kind: 'doubled', at: writePath(steps.slice(0, at + 1)) };
      const member = node.members.get(step);
      if (member === undefined) {
        return { kind: 'absent', at: reached(), there: [...node.members.keys()].slice(0, NAMES_SHOWN) };
      }
      node = member;
    } else if (node.kind === 'array' && typeof step === 'number') {
      const item = node.items[step];
      if (item === undefined) return { kind: 'absent', at: reached(), there: [`${node.items.length} items`] };
      node = item;
    } else {
      return { kind: 'absent', at: reached(), there: [describe(node)] };
    }
  }
  return { kind: 'found', node };
}

function describe(node: JsonNode): string {
  if (node.kind === 'object') return `an object with ${[...node.members.keys()].slice(0, NAMES_SHOWN).join(', ')}`;
  return node.kind === 'array' ? `a list of ${node.items.length}` : `a ${node.kind}`;
}

function stepAt(text: string, at: number): { value: string | number; end: number } | undefined {
  for (const expression of [MEMBER, INDEX, QUOTED]) {
    expression.lastIndex = at;
    const match = expression.exec(text);
    if (match === null) continue;
    const end = at + match[0].length;
    if (expression !== INDEX) return { value: unescapeName(match[1] ?? match[2] ?? ''), end };
    const index = Number(match[1]);
    return index <= INDEX_MAX ? { value: index, end } : undefined;
  }
  return undefined;
}

function unescapeName(name: string): string {
  return name.replace(/\\(.)/g, '$1');
}

function complaintAt(text: string, at: number): string {
  const rest = text.slice(at);
  if (rest.startsWith('..') || /^\.?\*|^\[\*|^\[\?|^\[-?\d*:/.test(rest)) {
    return `"${rest}" may lead to several values; write the way to one, such as $.unit1.flow or $.values[0]`;
  }
  return `"${rest}" is no step of a path: write .name, ['any name'] or [0]`;
}

function writeStep(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  MEMBER.lastIndex = 0;
  const isPlain = MEMBER.exec(`.${step}`)?.[0].length === step.length + 1;
  return isPlain ? `.${step}` : `['${step.replace(/[\\']/g, '\\$&')}']`;
}

function problem(message: string): PathOutcome {
  return { kind: 'problem', message };
}
