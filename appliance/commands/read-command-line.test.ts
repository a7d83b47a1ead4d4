import { expect, it } from 'vitest';
import { allCommands } from './all-commands.ts';
import { readCommandLine } from './read-command-line.ts';

it('reads options and operands in any order', () => {
  const line = readCommandLine(['ledger', 'proof', '--data', 'd', '7', '--size=9', '--json'], allCommands);
  expect(line).toMatchObject({
    kind: 'run',
    command: { name: 'ledger proof' },
    call: { texts: { data: 'd', size: '9' }, flags: new Set(['json']), operands: ['7'] },
  });
});

it.each([
  [[], undefined],
  [['--help'], undefined],
  [['help', 'start'], 'start'],
  [['start', '--help'], 'start'],
  [['ledger', '-h'], 'ledger'],
  [['ledger', 'proof', '--help'], 'ledger proof'],
])('answers %j with help', (words, topic) => {
  expect(readCommandLine(words, allCommands)).toEqual({ kind: 'help', topic });
});

it.each([
  [['strat'], 'There is no command "strat".', 'did you mean "start"?'],
  [['xyzzy'], 'There is no command "xyzzy".', 'forebay --help lists all'],
  [['proof', '3'], 'There is no command "proof".', 'did you mean "ledger proof"?'],
  [['demo', '--confg', 'x'], '"demo" has no option --confg.', 'did you mean --config?'],
  [
    ['ledger'],
    '"ledger" needs to know what to do.',
    expect.stringContaining('one of fsck, checkpoint, proof, consistency'),
  ],
  [['ledger', 'fsk', '--data', 'x'], '"ledger" knows no "fsk".', 'did you mean "fsck"?'],
  [['status', '--dta', 'x'], '"status" has no option --dta.', 'did you mean --data?'],
  [['status', '--data'], "Option '--data <value>' argument missing.", expect.stringContaining('forebay status')],
  [['status', '--data', ''], '--data is empty.', expect.stringContaining('forebay status')],
  [['status'], '"status" needs --data DIR, the data folder of the plant.', expect.stringContaining('--data DIR')],
  [['ledger', 'proof', '--data', 'x'], '"ledger proof" needs INDEX.', expect.stringContaining('proof INDEX')],
  [['readings', '--data', 'x', 'more'], '"readings" does not know what to do with "more".', expect.anything()],
])('refuses %j', (words, message, hint) => {
  expect(() => readCommandLine(words, allCommands)).toThrow(
    expect.objectContaining({ code: 'APP_USAGE', exitCode: 2, message, hint }),
  );
});

it('gives every command a summary without a full stop and its options a description', () => {
  for (const { name, summary, options } of allCommands) {
    expect(summary, name).toMatch(/^[A-Z].*[^.]$/);
    for (const { about } of Object.values(options)) expect(about, name).not.toBe('');
  }
});

it('takes --until for the end of a period wherever that is --to, and not both', () => {
  for (const words of [
    ['readings'],
    ['gaps'],
    ['bundle', '--from', '2026-10-01', '--out', 'x.zip'],
    ['sync', 'carry'],
  ]) {
    const line = readCommandLine([...words, '--data', 'd', '--until', '2026-11-01'], allCommands);
    expect(line, words.join(' ')).toMatchObject({ call: { texts: { to: '2026-11-01' } } });
  }
  const both = ['readings', '--data', 'd', '--until', '2026-11-01', '--to', '2026-11-02'];
  expect(() => readCommandLine(both, allCommands)).toThrow('--until is --to, which stands here too.');
});

it('says of a value that fell apart at its space that it stands in quotes', () => {
  const words = ['apikey', 'create', '--data', 'd', '--role', 'viewer', '--name', 'Asha', 'Rao'];
  expect(() => readCommandLine(words, allCommands)).toThrow(
    expect.objectContaining({ hint: 'a value with a space in it stands in quotes: --name "Asha Rao"' }),
  );
  expect(() => readCommandLine(['status', '--data', 'd', '--json', 'x', 'y'], allCommands)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('forebay status') }),
  );
});
