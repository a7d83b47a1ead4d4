/**
 * `npm run kill -- --kills N [--cuts M] [--seed S]`: N processes killed with SIGKILL, half of them right before a change
 * to the disk and half at random moments, and M power cuts (as many as kills, if absent) that lose what was not synced.
 * Prints what was lost, and ends with 1 if anything was. With `--encrypted` the store is encrypted; with `--changed` it is
 * encrypted once it holds something, gets another key and is written in clear again, which the cuts then fall into.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../../../core/model/random.ts';
import { type CutReport, cutEverywhere, killAtChanges, killAtRandom, newReport, recordChanges } from './power-cuts.ts';

const USAGE = `npm run kill -- [--kills N] [--cuts M] [--seed S] [--encrypted | --changed]

Kills N processes (100 unless said) and cuts the power M times (N unless said), and says what was lost of what had been
acknowledged; ends with 1 if anything was. The store is encrypted, or encrypted while it holds something (--changed).
`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    cuts: { type: 'string' },
    seed: { type: 'string', default: '1' },
    encrypted: { type: 'boolean', default: false },
    changed: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const kills = Number(values.kills);
const cuts = Number(values.cuts ?? values.kills);
const seed = Number(values.seed);
if (![kills, cuts, seed].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  process.stderr.write('--kills, --cuts and --seed are whole numbers\n');
  process.exit(2);
}

const random = seededRandom(seed);
const form = values.changed ? 'changed' : values.encrypted ? 'encrypted' : 'plain';
const changes = await recordChanges('FULL', 6, form);
const made = changes.filter(({ op }) => op !== 'said').length;
const atChanges = Math.floor(kills / 2);

const killed = newReport();
// Spread over the whole run, so that with enough kills each change has its own.
await killAtChanges(
  killed,
  Array.from({ length: atChanges }, (_, n) => 1 + Math.floor(((n + random.next()) * made) / atChanges)),
  sayHowFar,
  form,
);
if (kills > atChanges) await killAtRandom(killed, kills - atChanges, random, sayHowFar, form);
const cut = newReport();
const kinds = ['dropped', 'cut', 'torn'] as const;
while (cut.cuts < cuts) {
  const share = Math.min(1, (cuts - cut.cuts) / (changes.length * kinds.length));
  await cutEverywhere(cut, { changes, random, kinds, share, goOnShare: 0.1 });
}

process.stdout.write(`seed ${seed}; ${form}; ${made} changes to the disk in one run\n`);
say('processes killed', killed);
say('power cuts with unsynced writes lost', cut);
process.exitCode = killed.findings.length + cut.findings.length > 0 ? 1 : 0;

function sayHowFar(cuts: number): void {
  if (cuts % 50 === 0) process.stderr.write(`${cuts} of ${kills} kills\n`);
}

function say(what: string, { cuts, acknowledged, restarts, packed, keyChanges, findings }: CutReport): void {
  const of = (kind: string): number => findings.filter((finding) => finding.kind === kind).length;
  process.stdout.write(
    `${what}: ${cuts}; acknowledged entries looked for: ${acknowledged}; in blocks: ${packed}; key changed: ${keyChanges}; gone on from: ${restarts}; lost: ${of('lost')}; ` +
      `unopenable: ${of('unopenable')}; unsound: ${of('unsound')}; energy wrong: ${of('energy')}; keys left over: ${of('keys')}\n`,
  );
  for (const finding of findings.slice(0, 10)) process.stdout.write(`  ${finding.cut}: ${finding.what}\n`);
}
