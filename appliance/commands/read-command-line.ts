import { parseArgs } from 'node:util';
import { nameHint, nearestName } from '../../core/config/nearest-name.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Call, Command, OptionDescription } from './command.ts';

export type CommandLine =
  | { readonly kind: 'run'; readonly command: Command; readonly call: Omit<Call, 'output'> }
  /** `topic` is a command, the first word of several, or undefined for all. */
  | { readonly kind: 'help'; readonly topic: string | undefined };

/** @throws Failure `APP_USAGE` with the nearest valid name. */
export function readCommandLine(words: readonly string[], commands: readonly Command[]): CommandLine {
  const [first = 'help', second] = words;
  if (first === 'help' || first === '--help' || first === '-h')
    return { kind: 'help', topic: words.slice(1).join(' ') || undefined };
  if (first === '--version' || first === '-v') return readCommandLine(['version'], commands);
  const two = commands.find(({ name }) => name === `${first} ${second}`);
  const command = two ?? commands.find(({ name }) => name === first);
  const isAsked = words.includes('--help') || words.includes('-h');
  if (command === undefined) {
    const family = commands.filter(({ name }) => name.startsWith(`${first} `));
    if (isAsked && family.length > 0) return { kind: 'help', topic: first };
    throw unknownCommand(first, second, family, commands);
  }
  if (isAsked) return { kind: 'help', topic: command.name };
  return { kind: 'run', command, call: readCall(words.slice(two === undefined ? 1 : 2), command, commands) };
}

function unknownCommand(
  first: string,
  second: string | undefined,
  family: readonly Command[],
  commands: readonly Command[],
): Failure {
  if (family.length > 0) {
    const rest = family.map(({ name }) => name.slice(first.length + 1));
    const hint = second === undefined ? `one of ${rest.join(', ')}` : nameHint(second, rest);
    const sentence = second === undefined ? `"${first}" needs to know what to do.` : `"${first}" knows no "${second}".`;
    return usage(sentence, hint);
  }
  const names = [...new Set(commands.flatMap(({ name }) => [name, name.split(' ')[0] ?? name]))];
  const longer = commands.find(({ name }) => name.endsWith(` ${first}`));
  if (longer !== undefined) return usage(`There is no command "${first}".`, `did you mean "${longer.name}"?`);
  const near = nameHint(first, names);
  return usage(`There is no command "${first}".`, near?.startsWith('did') === true ? near : 'forebay --help lists all');
}

function readCall(words: readonly string[], command: Command, commands: readonly Command[]): Omit<Call, 'output'> {
  const { values, positionals } = parse(words, command, commands);
  const texts: Record<string, string> = {};
  const flags = new Set<string>();
  for (const [given, value] of Object.entries(values)) {
    const name = nameOf(given, command);
    if (name !== given && values[name] !== undefined)
      throw usage(`--${given} is --${name}, which stands here too.`, usageLine(command));
    if (typeof value === 'string') texts[name] = value;
    else if (Array.isArray(value)) texts[name] = value.join('\n');
    else if (value === true) flags.add(name);
  }
  for (const [name, option] of Object.entries(command.options)) {
    if (option.type !== 'string' || texts[name] === '') {
      if (texts[name] === '') throw usage(`--${name} is empty.`, usageLine(command));
    } else if (option.isNeeded && texts[name] === undefined) {
      throw usage(`"${command.name}" needs --${name} ${option.value}, ${option.about}.`, usageLine(command));
    }
  }
  const operands = command.operands ?? [];
  const needed = operands.filter((operand) => !operand.startsWith('['));
  if (positionals.length < needed.length) {
    throw usage(`"${command.name}" needs ${needed[positionals.length]}.`, usageLine(command));
  }
  if (positionals.length > operands.length) {
    const first = positionals[operands.length] ?? '';
    throw usage(
      `"${command.name}" does not know what to do with "${first}".`,
      spacedHint(words, first, command) ?? usageLine(command),
    );
  }
  return { texts, flags, operands: positionals };
}

/** A value with a space in it falls apart without quotes: `--name Asha Rao`. */
function spacedHint(words: readonly string[], loose: string, { options }: Command): string | undefined {
  const at = words.indexOf(loose);
  const [option = '', value] = words.slice(at - 2, at);
  const isText = options[option.slice(2)]?.type === 'string';
  if (at < 2 || !option.startsWith('--') || !isText || value === undefined) return undefined;
  return `a value with a space in it stands in quotes: ${option} "${value} ${loose}"`;
}

function parse(words: readonly string[], command: Command, commands: readonly Command[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).flatMap(([name, option]) => [
      [name, parsing(option)],
      ...(option.type === 'string' && option.alias !== undefined ? [[option.alias, parsing(option)]] : []),
    ]),
  ) as Record<string, ReturnType<typeof parsing>>;
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error;
    const given = /^Unknown option '-{1,2}([^']*)'/.exec(message)?.[1];
    if (given === undefined) throw usage(`${message.split(/[.\n]/)[0]}.`, usageLine(command));
    throw usage(
      `"${command.name}" has no option --${given}.`,
      optionHint(given, command) ?? optionHintOfStart(given, commands) ?? usageLine(command),
    );
  }
}

/** The name that an alias is taken for, or the name itself. */
function nameOf(given: string, { options }: Command): string {
  const found = Object.entries(options).find(([, option]) => option.type === 'string' && option.alias === given);
  return found?.[0] ?? given;
}

function parsing({ type }: OptionDescription): { type: 'string' | 'boolean'; multiple?: boolean } {
  return type === 'list' ? { type: 'string', multiple: true } : { type };
}

function optionHint(given: string, { options }: Command): string | undefined {
  const nearest = nearestName(given, Object.keys(options));
  return nearest === undefined ? undefined : `did you mean --${nearest}?`;
}

/** `npm start` runs the demo until it is told of a plant, so a slip there is one in an option of `start`. */
function optionHintOfStart(given: string, commands: readonly Command[]): string | undefined {
  const start = commands.find(({ name }) => name === 'start');
  return start === undefined ? undefined : optionHint(given, start);
}

/** `forebay ledger proof INDEX --data DIR [--size N]`. */
export function usageLine({ name, operands = [], options }: Command): string {
  const shown = operands.map((operand) => operand);
  return ['forebay', name, ...shown, ...Object.entries(options).map(usageOf)].join(' ');
}

function usageOf([name, option]: [string, OptionDescription]): string {
  const text = option.type === 'boolean' ? `--${name}` : `--${name} ${option.value}`;
  return option.type === 'string' && option.isNeeded ? text : `[${text}]`;
}

export function usage(sentence: string, hint: string | undefined): Failure {
  return new Failure('APP_USAGE', sentence, { exitCode: 2, ...(hint === undefined ? {} : { hint }) });
}
