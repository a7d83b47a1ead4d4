import { readFileSync } from 'node:fs';
import { checkedWords, totalsWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleReport, type VerifyOptions, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { Failure } from '../../core/model/failure.ts';
import { withFileSource } from '../bundle/file-source.ts';
import { keepHeapSmall } from '../bundle/keep-heap-small.ts';
import { nodeMachine } from '../bundle/node-machine.ts';
import { createSampleDecoder } from '../bundle/sample-decoder.ts';
import { withSignatureThreads } from '../bundle/signature-threads.ts';
import { type Call, type Command, JSON_OPTION } from './command.ts';
import { readKeys } from './kept-evidence.ts';
import type { Output } from './output.ts';
import { usage } from './read-command-line.ts';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Check an evidence bundle alone: no data folder, no network',
  operands: ['FILE.zip'],
  options: {
    key: {
      type: 'list',
      value: 'VKEY',
      about: 'verifier key noted at the plant, as text or a file; may stand several times',
    },
    checkpoint: { type: 'list', value: 'FILE', about: 'checkpoint kept from earlier: the ledger must extend it' },
    layers: { type: 'boolean', about: 'judge every reading again by the layers themselves, which takes longer' },
    json: JSON_OPTION,
  },
  notes: ['Ends with 0 when the bundle is valid, 1 with the first reason when it is not, 2 when it cannot be read.'],
  async run(call) {
    const { giveBack } = keepHeapSmall();
    const [path = ''] = call.operands;
    const decoder = await createSampleDecoder();
    const options = {
      keys: listOf(call.texts.key).flatMap(readKeys),
      checkpoints: listOf(call.texts.checkpoint).map(readNote),
      decoder,
      ...(call.flags.has('layers') ? { judge: await loadJudge() } : {}),
      onProgress: (entries: number) => {
        giveBack();
        if (call.output.isTerminal && entries % 20_000 === 0) call.output.note(`${entries} entries hold so far`);
      },
    };
    const report = await withFileSource(path, (source) =>
      withSignatureThreads((areSigned) => verifyBundle(source, { ...nodeMachine, areSigned }, options)),
    );
    if (call.flags.has('json')) call.output.json(report);
    else if (report.outcome === 'valid') tell(call.output, path, report);
    return conclude(path, report);
  },
};

/** Loaded only where it is asked for: it brings all that judges a reading. */
async function loadJudge(): Promise<NonNullable<VerifyOptions['judge']>> {
  const { BundleJudge } = await import('../bundle/bundle-judge.ts');
  return ({ range }) => new BundleJudge(range.from);
}

function listOf(texts: Call['texts'][string]): string[] {
  return texts === undefined ? [] : texts.split('\n');
}

function readNote(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw usage(`The checkpoint ${file} cannot be read.`, 'check its name and folder');
  }
}

function tell(output: Output, path: string, { facts }: Extract<BundleReport, { outcome: 'valid' }>): void {
  const say = (text: string): void => output.line(printable(text));
  const { plantId, origin, period, totals } = facts.manifest;
  const demo = origin === 'demo' ? ' (demonstration data, never credited)' : '';
  say(`valid: ${path} is the evidence of ${plantId}${demo} from ${period.from} to ${period.to}`);
  for (const unit of totals) say(`  ${totalsWords(unit)}`);
  say('Checked:');
  for (const sentence of checkedWords(facts)) say(`  + ${sentence}`);
  say('Not checked:');
  for (const sentence of uncheckedWords(facts)) say(`  - ${sentence}`);
}

function conclude(path: string, report: BundleReport): 0 {
  if (report.outcome === 'valid') return 0;
  const { code, place, message } = report.problem;
  const isReadable = report.outcome === 'invalid';
  throw new Failure(code, printable(`${path}: ${message}`), {
    hint: isReadable
      ? `the first thing that does not hold is ${place}; see docs/errors.md`
      : 'check the name of the file',
    exitCode: isReadable ? 1 : 2,
  });
}

/** What a bundle says is shown and not obeyed: no name in it moves the cursor of whoever checks it, or turns the text round. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
