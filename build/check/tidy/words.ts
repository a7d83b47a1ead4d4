import { literalText, parseSource, type SyntaxNode, walk } from '../syntax.ts';
import { type CheckResult, type Finding, isSource, lineAt, type Tree } from '../tree.ts';

/** Words that GLOSSARY.md replaces, with where they may stand all the same because somebody else coined the name. */
interface BannedWord {
  word: string;
  instead: string;
  /** Protocol, platform or contract names. */
  foreign?: RegExp;
}

const BANNED_WORDS: readonly BannedWord[] = [
  { word: 'tag', instead: 'point', foreign: /^(renderer|appliance\/api|build|tests)\// },
  { word: 'channel', instead: 'point', foreign: /^(drivers\/opcua|core\/sync\/targets\/hedera|electron|tests)\// },
  { word: 'telemetry', instead: 'reading or sample', foreign: /^appliance\/api\// },
  { word: 'blockchain', instead: 'the name of the target' },
  { word: 'onchain', instead: 'anchored' },
  // Modbus numbers its requests so; SQLite and Hedera each have another word here, but for the id that Hedera calls so.
  {
    word: 'transaction',
    instead: 'write (SQLite) or message (Hedera)',
    foreign:
      /^(drivers\/modbus|core\/store|core\/sync|appliance\/api|renderer\/api|tests)\/|^renderer\/text\/delivery\.ts$|^core\/ledger\/mint-entries\.ts$/,
  },
  { word: 'uploaded', instead: 'anchored or synced' },
  { word: 'utils', instead: 'the noun it is about' },
  { word: 'helpers', instead: 'the noun it is about' },
  { word: 'misc', instead: 'the noun it is about' },
];
const BANNED_NAMES = /(^|[-./])(utils?|helpers?|common|misc)(?=[-./]|$)/;

/** Names that we choose, and words that people read on the screen, follow the glossary. */
export function checkWords(tree: Tree): CheckResult {
  const sources = tree.paths().filter((path) => isSource(path) && !path.startsWith('build/check/'));
  const findings: Finding[] = [];
  let count = 0;
  for (const path of tree.paths()) {
    const match = BANNED_NAMES.exec(path);
    if (match === null) continue;
    findings.push({ path, line: 1, message: `a file or folder is not called ${match[2]}; name it by what it holds` });
  }
  for (const path of sources) {
    const text = tree.text(path);
    walk(parseSource(tree, path), (node, parent) => {
      const phrase = declaredName(node, parent) ?? shownText(path, node);
      if (phrase === undefined) return;
      count += 1;
      const banned = findBanned(path, phrase);
      if (banned === undefined) return;
      const message = `"${phrase.trim().slice(0, 60)}" says ${banned.word}; the word here is ${banned.instead}`;
      findings.push({ path, line: lineAt(text, node.start), message });
    });
  }
  return { counted: 'names and texts for words', count, findings };
}

function findBanned(path: string, phrase: string): BannedWord | undefined {
  const words = phrase
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/on-chain/g, 'onchain')
    .split(/[^a-z0-9]+/);
  return BANNED_WORDS.find(({ word, foreign }) => {
    const isThere = words.includes(word) || words.includes(`${word}s`);
    return isThere && foreign?.test(path) !== true;
  });
}

/** The name that a declaration gives. Names of other people's interfaces are used, not declared. */
function declaredName(node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined {
  if (node.type !== 'Identifier' || parent === undefined) return undefined;
  const isNamed =
    parent.id === node ||
    (parent.type === 'TSPropertySignature' && parent.key === node) ||
    (parent.type === 'PropertyDefinition' && parent.key === node) ||
    (parent.type === 'MethodDefinition' && parent.key === node) ||
    (Array.isArray(parent.params) && parent.params.includes(node));
  return isNamed ? String(node.name) : undefined;
}

/** Text on the screen: what stands between JSX marks, and sentences (they hold a blank) of the console. */
function shownText(path: string, node: SyntaxNode): string | undefined {
  if (!path.startsWith('renderer/')) return undefined;
  if (node.type === 'JSXText') return String(node.value);
  const text = literalText(node);
  return text?.includes(' ') === true ? text : undefined;
}
