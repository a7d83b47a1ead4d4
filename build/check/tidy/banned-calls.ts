import { dottedName, parseSource, type SyntaxNode, walk } from '../syntax.ts';
import { type CheckResult, type Finding, isSource, isTest, lineAt, type Tree } from '../tree.ts';

/** Calls that a part of the project must not make, each with what to use instead. */
interface Ban {
  names: readonly string[];
  instead: string;
  isBannedIn: (path: string) => boolean;
}

/** The files of the core whose job is to touch the machine. */
const CORE_ADAPTERS = new Set([
  'core/store/instance-lock.ts',
  'core/store/node-key-disk.ts',
  'core/store/open-store.ts',
  'core/store/store-keys.ts',
]);
/** Secrets come from the system's randomness, never from a seed. */
const SECRET_MAKERS = new Set(['core/store/api-keys.ts']);
/** Files whose output is the product: the command line's words and the set-up's. */
const OUTPUT_FILES = /^(build\/|tests\/|appliance\/forebay\.mjs$|appliance\/cli\/output\.ts$)/;

const isPureCore = (path: string): boolean => path.startsWith('core/') && !isTest(path) && !CORE_ADAPTERS.has(path);
const isOurs = (): boolean => true;

const BANS: readonly Ban[] = [
  {
    names: ['Date.now', 'performance.now', 'process.hrtime', 'setTimeout', 'setInterval', 'setImmediate'],
    instead: 'take a Clock (core/model/clock.ts) as an argument',
    isBannedIn: isPureCore,
  },
  {
    names: ['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues', 'randomUUID', 'randomBytes'],
    instead: 'take a Random (core/model/random.ts) as an argument',
    isBannedIn: (path) => isPureCore(path) && !SECRET_MAKERS.has(path),
  },
  { names: ['process.env', 'process.cwd'], instead: 'take the value as an argument', isBannedIn: isPureCore },
  {
    names: ['console.log', 'console.error', 'console.warn', 'console.info', 'console.debug'],
    instead: 'use the Log (core/model/log.ts) that was handed in',
    isBannedIn: (path) => !OUTPUT_FILES.test(path) && !isTest(path),
  },
  {
    names: ['it.skip', 'it.only', 'it.todo', 'test.skip', 'test.only', 'test.todo', 'describe.skip', 'describe.only'],
    instead: 'mend the test or delete it: a skip is one that nobody sees',
    isBannedIn: isOurs,
  },
];

/** Calls, imports and casts that are not allowed where they stand. Looks at the syntax, so comments may name them. */
export function checkBannedCalls(tree: Tree): CheckResult {
  const sources = tree.paths().filter(isSource);
  const findings: Finding[] = [];
  for (const path of sources) {
    const text = tree.text(path);
    walk(parseSource(tree, path), (node, parent) => {
      const message = judge(path, node, parent);
      if (message !== undefined) findings.push({ path, line: lineAt(text, node.start), message });
    });
  }
  return { counted: 'files for banned calls', count: sources.length, findings };
}

function judge(path: string, node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined {
  if (node.type === 'TSAnyKeyword') return 'any switches the type check off; use unknown and narrow it';
  if (node.type === 'ImportDeclaration' && isTestLibrary(node)) return 'node:test is not counted; use vitest';
  if (isArgumentlessDate(node) && isPureCore(path)) {
    return 'new Date() reads the clock; take a Clock (core/model/clock.ts) as an argument';
  }
  if (node.type !== 'MemberExpression' && !(node.type === 'Identifier' && parent?.type === 'CallExpression')) {
    return undefined;
  }
  const name = dottedName(node);
  const ban = BANS.find((candidate) => name !== undefined && candidate.names.includes(name));
  return ban?.isBannedIn(path) === true ? `${name} is not used here; ${ban.instead}` : undefined;
}

function isTestLibrary(node: SyntaxNode): boolean {
  return (node.source as SyntaxNode).value === 'node:test';
}

function isArgumentlessDate(node: SyntaxNode): boolean {
  const count = Array.isArray(node.arguments) ? node.arguments.length : 0;
  return node.type === 'NewExpression' && dottedName(node.callee) === 'Date' && count === 0;
}
