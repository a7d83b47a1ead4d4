import { type CheckResult, type Finding, lineAt, type Tree } from '../tree.ts';

/** The words of the flow, in its order, and the state words that follow from them. */
export const FLOW_WORDS = [
  'plant',
  'unit',
  'device',
  'point',
  'sample',
  'miss',
  'fault',
  'counter',
  'reading',
  'witness',
  'gap',
  'coverage',
  'signed',
  'layer',
  'outcome',
  'finding',
  'veto',
  'verdict',
  'trust score',
  'scored',
  'entry',
  'recorded',
  'ledger',
  'projection',
  'checkpoint',
  'proof',
  'batch',
  'root',
  'sealed',
  'target',
  'outbox',
  'receipt',
  'anchored',
  'synced',
  'parked',
  'write',
  'message',
  'evidence bundle',
  'report',
  'closed',
  'review',
  'credited',
  'template',
  'shadow mode',
  'scenario',
  'seed',
  'hub',
] as const;

/** GLOSSARY.md explains exactly the words of the flow, in the flow's order. */
export function checkGlossary(tree: Tree): CheckResult {
  const path = 'GLOSSARY.md';
  const text = tree.text(path);
  const explained = [...text.matchAll(/^\| \*\*([^*]+)\*\*/gm)].map((match) => ({
    word: match[1] ?? '',
    line: lineAt(text, match.index),
  }));
  const findings: Finding[] = [];
  for (const [at, { word, line }] of explained.entries()) {
    const place = (FLOW_WORDS as readonly string[]).indexOf(word);
    if (place === -1) findings.push({ path, line, message: `${word} is no word of the flow (FLOW_WORDS)` });
    else if (explained.slice(0, at).some((before) => before.word === word)) {
      findings.push({ path, line, message: `${word} is explained twice` });
    }
  }
  for (const word of FLOW_WORDS) {
    if (!explained.some((entry) => entry.word === word))
      findings.push({ path, line: 1, message: `${word} is not explained` });
  }
  return { counted: 'glossary words', count: explained.length, findings };
}
