/** Runs the worlds that `simulate.ts` was asked for, under the library that stands between this process and the disk. */
import { parseArgs } from 'node:util';
import { present } from '../../../core/model/assert.ts';
import { installMutation } from './mutations.ts';
import type { WorldResult } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '10' },
    worlds: { type: 'string', default: '1' },
    /** Breaks something in the appliance on purpose, to see that a checker finds it: a name of mutations.ts. */
    mutate: { type: 'string' },
    events: { type: 'boolean', default: false },
  },
});
const [seed, minutes, worlds] = [values.seed, values.minutes, values.worlds].map(Number) as [number, number, number];
if (![seed, minutes, worlds].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  process.stderr.write('--seed, --minutes and --worlds are whole numbers\n');
  process.exit(2);
}
if (values.mutate !== undefined) installMutation(values.mutate);
// Loaded behind the mutation, so that it takes effect.
const { runWorld } = await import('./world.ts');

const { FOREBAY_DISK_FOLDER: folder, FOREBAY_DISK_TRACE: traceFile, FOREBAY_DISK_CONTROL: controlFile } = process.env;
const places = {
  folder: present(folder, 'the watched folder'),
  traceFile: present(traceFile, 'the trace of the disk'),
  controlFile: present(controlFile, 'the control of the disk'),
};
const totals = { entries: 0, packed: 0, cuts: 0, wrong: 0 };
let run = 0;
for (let n = 0; n < worlds; n += 1) {
  const result = await runWorld({ seed: seed + n, minutes, places });
  totals.entries += result.entries;
  totals.packed += result.packed;
  totals.cuts += result.cuts;
  if (result.findings.length > 0) totals.wrong += 1;
  report(result);
  run += 1;
  if (run % 100 === 0) process.stderr.write(`${run} worlds, ${totals.wrong} with something wrong\n`);
  // One world is enough to see that a mistake is found.
  if (values.mutate !== undefined && totals.wrong > 0) break;
}
process.stdout.write(
  `worlds: ${run}; minutes: ${run * minutes}; power cuts: ${totals.cuts}; entries: ${totals.entries}; packed: ${totals.packed}; ` +
    `worlds with something wrong: ${totals.wrong}\n`,
);
process.exitCode = totals.wrong > 0 ? 1 : 0;

function report({ seed: own, digest, entries, cuts, findings, events }: WorldResult): void {
  const isWrong = findings.length > 0;
  if (worlds === 1 || isWrong) {
    process.stdout.write(`seed ${own}: ${entries} entries, ${cuts} power cuts, events ${digest}\n`);
  }
  if (values.events) process.stdout.write(`${events.join('\n')}\n`);
  if (!isWrong) return;
  for (const finding of findings.slice(0, 12)) process.stdout.write(`  WRONG: ${finding}\n`);
  process.stdout.write(`  again: npm run simulate -- --seed ${own} --minutes ${minutes} --events\n`);
}
