import { expect, test } from 'vitest';
import { allCommands } from './all-commands.ts';
import { countNoun } from './count-noun.ts';
import type { Output } from './output.ts';
import { printHelp } from './print-help.ts';

test.each(allCommands.map(({ name }) => name))('the help of %s breaks no sentence with an empty line', (name) => {
  const lines: string[] = [];
  const output: Output = {
    line: (text) => void lines.push(text),
    json: () => undefined,
    table: () => undefined,
    note: () => undefined,
    width: 100,
    isTerminal: false,
    isResultOnTerminal: false,
  };
  printHelp(name, allCommands, output);
  const paragraphs = lines.join('\n').split('\n\n').slice(1);
  for (const paragraph of paragraphs) {
    if (!paragraph.startsWith('  ')) expect(paragraph).toMatch(/[.:]$/);
  }
});

test('one of a thing is one thing', () => {
  expect([1, 0, 2].map((amount) => countNoun(amount, 'entry'))).toEqual(['1 entry', '0 entries', '2 entries']);
  expect(countNoun(1200, 'day')).toBe('1200 days');
});
