import { expect, test } from 'vitest';
import { allCommands } from './all-commands.ts';
import { SINGLE_COMMANDS, singleCommand } from './single-commands.ts';

test.each(Object.keys(SINGLE_COMMANDS))('%s is the same alone as among all', async (name) => {
  expect(await singleCommand([...name.split(' '), '--data', 'x'])).toBe(allCommands.find((each) => each.name === name));
});

test('what is no command of its own is looked for among all', () => {
  for (const words of [[], ['ledger'], ['ledger', 'rebuild'], ['constructor'], ['strat']]) {
    expect(singleCommand(words)).toBeUndefined();
  }
});
