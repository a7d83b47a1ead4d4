/** The `forebay` command after forebay.mjs has made sure of the right Node. */
import { Failure } from '../core/model/failure.ts';
import { processOutput } from './commands/output.ts';
import { printHelp } from './commands/print-help.ts';
import { type CommandLine, readCommandLine } from './commands/read-command-line.ts';
import { singleCommand } from './commands/single-commands.ts';

/** After its work the process ends by itself; should anything still hold it, it ends after this. */
const LINGER_MS_MAX = 300;

const output = processOutput();

process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

async function main(words: readonly string[]): Promise<number> {
  const single = await readSingle(words);
  if (single !== undefined) return single.command.run({ ...single.call, output });
  const { allCommands } = await import('./commands/all-commands.ts');
  const line = readCommandLine(words, allCommands);
  if (line.kind === 'run') return line.command.run({ ...line.call, output });
  printHelp(line.topic, allCommands, output);
  return 0;
}

/** The command line of a command that is loaded alone; undefined where help or a hint needs to know of all. */
async function readSingle(words: readonly string[]): Promise<Extract<CommandLine, { kind: 'run' }> | undefined> {
  const command = await singleCommand(words);
  if (command === undefined) return undefined;
  try {
    const line = readCommandLine(words, [command]);
    return line.kind === 'run' ? line : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function fail(error: unknown): void {
  if (error instanceof Failure) {
    output.note(error.toLine());
    process.exitCode = error.exitCode;
    return;
  }
  if (error instanceof Error) output.note(error.stack ?? error.message);
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'this is a mistake of the program: report it with the lines above';
  output.note(new Failure('APP_UNEXPECTED', `${message.split('\n')[0]}`, { hint }).toLine());
  process.exitCode = 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  fail(error);
}
setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
