import { readFileSync } from 'node:fs';
import type { ShownReceipt } from '../../core/evidence/delivery-book.ts';
import type { ShownCertificate } from '../../core/evidence/entry-pass.ts';
import { checkedWords, totalsWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleReport, type VerifyOptions, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { Failure } from '../../core/model/failure.ts';
import { withFileSource } from '../bundle/file-source.ts';
import { keepHeapSmall } from '../bundle/keep-heap-small.ts';
import { nodeMachine } from '../bundle/node-machine.ts';
import { createSampleDecoder } from '../bundle/sample-decoder.ts';
import { withSignatureThreads } from '../bundle/signature-threads.ts';
import { type Call, type Command, JSON_OPTION } from './command.ts';
import {
  type ComparedWords,
  comparedWords,
  compareWith,
  concludeComparison,
  type MirrorComparison,
  type ShownOnNetwork,
} from './compare-with-mirror.ts';
import { readKeys } from './kept-evidence.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { usage } from './read-command-line.ts';
import { readMirror } from './read-mirror.ts';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Check an evidence bundle alone: no data folder, and no network unless a mirror is named',
  operands: ['FILE.zip'],
  options: {
    key: {
      type: 'list',
      value: 'VKEY',
      about: 'verifier key noted at the plant, as text or a file; may stand several times',
    },
    checkpoint: { type: 'list', value: 'FILE', about: 'checkpoint kept from earlier: the ledger must extend it' },
    layers: { type: 'boolean', about: 'judge every reading again by the layers themselves, which takes longer' },
    mirror: {
      type: 'string',
      value: 'URL',
      about: 'compare receipts of Hedera and mints with this mirror, one by one; left out, nothing is asked',
    },
    json: JSON_OPTION,
  },
  notes: [
    'Ends with 0 when the bundle is valid, 1 with the first reason when it is not, 2 when it cannot be read, 3 when the mirror could not be reached.',
  ],
  async run(call) {
    const { giveBack } = keepHeapSmall();
    const [path = ''] = call.operands;
    const mirror = call.texts.mirror === undefined ? undefined : readMirror(call.texts.mirror);
    const shown: ShownOnNetwork = { receipts: [], certificates: [] };
    const decoder = await createSampleDecoder();
    const options = {
      keys: listOf(call.texts.key).flatMap(readKeys),
      checkpoints: listOf(call.texts.checkpoint).map(readNote),
      decoder,
      onReceipt: (receipt: ShownReceipt) => void shown.receipts.push(receipt),
      onCertificate: (certificate: ShownCertificate) => void shown.certificates.push(certificate),
      ...(call.flags.has('layers') ? { judge: await loadJudge() } : {}),
      onProgress: (entries: number) => {
        giveBack();
        if (call.output.isTerminal && entries % 20_000 === 0) call.output.note(`${entries} entries hold so far`);
      },
    };
    const report = await withFileSource(path, (source) =>
      withSignatureThreads((areSigned) => verifyBundle(source, { ...nodeMachine, areSigned }, options)),
    );
    const isCompared = report.outcome === 'valid' && mirror !== undefined;
    const comparison = isCompared ? await compareWith(mirror, shown, call.output) : undefined;
    if (call.flags.has('json')) call.output.json(comparison === undefined ? report : { ...report, mirror: comparison });
    else if (report.outcome === 'valid') tell(call.output, path, report, comparedWords(comparison, shown));
    return conclude(path, report, comparison);
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

function tell(
  output: Output,
  path: string,
  { facts }: Extract<BundleReport, { outcome: 'valid' }>,
  compared: ComparedWords,
): void {
  const say = (text: string): void => output.line(printable(text));
  const { manifest, keysGiven } = facts;
  const { plantId, origin, period, totals } = manifest;
  const demo = origin === 'demo' ? ' (demonstration data, never credited)' : '';
  const what = `${plantId}${demo} from ${period.from} to ${period.to}`;
  say(
    keysGiven > 0
      ? `valid: ${path} is the evidence of ${what}`
      : `valid in itself: ${path} gives itself out as the evidence of ${what}; whose it is was not checked (--key)`,
  );
  for (const unit of totals) say(`  ${totalsWords(unit)}`);
  say('Checked:');
  for (const sentence of [...checkedWords(facts), ...compared.checked]) say(`  + ${sentence}`);
  say('Not checked:');
  for (const sentence of [...uncheckedWords(facts, compared.held), ...compared.unchecked]) say(`  - ${sentence}`);
}

function conclude(path: string, report: BundleReport, comparison: MirrorComparison | undefined): 0 {
  if (report.outcome === 'valid') return concludeComparison(path, comparison);
  const { code, place, message } = report.problem;
  const isReadable = report.outcome === 'invalid';
  throw new Failure(code, printable(`${path}: ${message}`), {
    hint: isReadable
      ? `the first thing that does not hold is ${place}; see docs/errors.md`
      : 'check the name of the file',
    exitCode: isReadable ? 1 : 2,
  });
}
