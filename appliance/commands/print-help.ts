import type { Command } from './command.ts';
import { alignColumns, type Output } from './output.ts';
import { usage, usageLine } from './read-command-line.ts';

/** The help of one command, of a family of commands, or of all. */
export function printHelp(topic: string | undefined, commands: readonly Command[], output: Output): void {
  const command = commands.find(({ name }) => name === topic);
  if (command !== undefined) {
    printCommand(command, output);
    return;
  }
  const shown = topic === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${topic} `));
  if (shown.length === 0) throw usage(`There is no command "${topic}".`, 'forebay --help lists all');
  output.line('Usage: forebay COMMAND [OPTIONS]');
  output.line('');
  for (const line of alignColumns(
    shown.map(({ name, operands = [], summary }) => [`  ${[name, ...operands].join(' ')}`, summary]),
  )) {
    output.line(line);
  }
  output.line('');
  output.line(
    'forebay COMMAND --help says more. Exit codes: 0 done, 1 the check failed, 2 wrong usage or configuration,',
  );
  output.line('3 a device, target or appliance could not be reached, 4 the store is damaged.');
}

function printCommand(command: Command, output: Output): void {
  output.line(`Usage: ${usageLine(command)}`);
  output.line('');
  output.line(`${command.summary}.`);
  const options = Object.entries(command.options);
  if (options.length > 0) output.line('');
  const rows = options.map(([name, option]) => [
    `  --${name}${option.type === 'boolean' ? '' : ` ${option.value}`}`,
    option.about,
  ]);
  for (const line of alignColumns(rows)) output.line(line);
  let isSentenceOver = true;
  for (const note of command.notes ?? []) {
    // A note may go on in the next line.
    if (isSentenceOver) output.line('');
    output.line(note);
    isSentenceOver = /[.:]$/.test(note);
  }
}
