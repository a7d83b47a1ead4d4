import { readFileSync } from 'node:fs';
import type { ShownReceipt } from '../../core/evidence/delivery-book.ts';
import { checkedWords, totalsWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleReport, type VerifyOptions, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { Failure } from '../../core/model/failure.ts';
import { withFileSource } from '../bundle/file-source.ts';
import { keepHeapSmall } from '../bundle/keep-heap-small.ts';
import { nodeMachine } from '../bundle/node-machine.ts';
import { createSampleDecoder } from '../bundle/sample-decoder.ts';
import { withSignatureThreads } from '../bundle/signature-threads.ts';
import { compareReceipts, type ReceiptComparison } from '../sync/compare-receipts.ts';
import { openMirror } from '../sync/open-mirror.ts';
import { systemClock } from '../system-clock.ts';
import { type Call, type Command, JSON_OPTION } from './command.ts';
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
      about: 'compare the receipts of Hedera with this mirror, message by message; left out, nothing is asked',
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
    const receipts: ShownReceipt[] = [];
    const decoder = await createSampleDecoder();
    const options = {
      keys: listOf(call.texts.key).flatMap(readKeys),
      checkpoints: listOf(call.texts.checkpoint).map(readNote),
      decoder,
      onReceipt: (shown: ShownReceipt) => void receipts.push(shown),
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
    const comparison = isCompared ? await compareWith(mirror, receipts, call.output) : undefined;
    if (call.flags.has('json')) call.output.json(comparison === undefined ? report : { ...report, mirror: comparison });
    else if (report.outcome === 'valid') tell(call.output, path, report, comparedWords(comparison, receipts.length));
    return conclude(path, report, comparison);
  },
};

/** As this computer goes out: its proxy is the one that its environment names. */
async function compareWith(url: string, receipts: readonly ShownReceipt[], output: Output): Promise<ReceiptComparison> {
  const opened = openMirror(url, { environment: process.env, secrets: NO_SECRETS, clock: systemClock });
  if (typeof opened === 'string') throw usage(opened, 'mend the proxy in the environment of this command');
  try {
    return await compareReceipts(opened.mirror, receipts, (compared) => {
      if (output.isTerminal && compared % 100 === 0) output.note(`${compared} of ${receipts.length} receipts compared`);
    });
  } finally {
    opened.close();
  }
}

const NO_SECRETS: Parameters<typeof openMirror>[1]['secrets'] = {
  read: (file) => ({
    kind: 'fault',
    fault: { code: 'ACQ_SECRET_MISSING', message: `There is no file ${file} here.`, policy: 'misconfigured' },
  }),
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

interface ComparedWords {
  /** Whether the network shows every receipt of Hedera as it stands in the bundle. */
  readonly isEveryReceiptHeld: boolean;
  readonly checked: readonly string[];
  readonly unchecked: readonly string[];
}

/** What was compared with the network, or that nothing was. */
function comparedWords(comparison: ReceiptComparison | undefined, receipts: number): ComparedWords {
  const ofHedera = receipts === 1 ? 'The receipt of Hedera' : `The ${receipts} receipts of Hedera`;
  if (comparison === undefined) {
    const sentence = `${ofHedera} ${receipts === 1 ? 'was' : 'were'} not compared with the network: forebay verify --mirror URL does that.`;
    return { isEveryReceiptHeld: false, checked: [], unchecked: receipts === 0 ? [] : [sentence] };
  }
  const { mirror, hold, first } = comparison;
  if (receipts === 0)
    return {
      isEveryReceiptHeld: false,
      checked: [],
      unchecked: [`No receipt of Hedera is in the bundle: the mirror ${mirror} was not asked.`],
    };
  const held = `${hold} of ${receipts} receipts of Hedera compared with the mirror ${mirror}: the message stands there byte for byte, at the place and time of the receipt, and the running hash of the topic follows from it.`;
  if (first === null) return { isEveryReceiptHeld: true, checked: [held], unchecked: [] };
  const why = first.steps.filter(({ outcome }) => outcome !== 'holds').map(({ sentence }) => sentence);
  return {
    isEveryReceiptHeld: false,
    checked: hold === 0 ? [] : [held],
    unchecked: [`The receipt of entry ${first.entry} (batch ${first.batch}): ${why.join(' ')}`],
  };
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
  for (const sentence of [...uncheckedWords(facts, compared.isEveryReceiptHeld), ...compared.unchecked])
    say(`  - ${sentence}`);
}

function conclude(path: string, report: BundleReport, comparison: ReceiptComparison | undefined): 0 {
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

/** A bundle whose receipts the network contradicts is not valid, whatever it holds by itself. */
function concludeComparison(path: string, comparison: ReceiptComparison | undefined): 0 {
  if (comparison === undefined || comparison.first === null) return 0;
  const { entry, steps } = comparison.first;
  const [step] = steps.filter(({ outcome }) => outcome !== 'holds');
  const sentence = step?.sentence ?? 'it could not be compared.';
  if (comparison.outcome === 'not-reached') {
    throw new Failure(
      'LED_BUNDLE_MIRROR_AWAY',
      printable(`${path}: the receipt of entry ${entry} could not be compared: ${sentence}`),
      {
        hint: 'the bundle holds by itself; compare again once the mirror answers, or name another one',
        exitCode: 3,
      },
    );
  }
  throw new Failure(
    'LED_BUNDLE_MIRROR',
    printable(`${path}: the receipt of entry ${entry} is not what the mirror shows: ${sentence}`),
    {
      hint: 'ask another mirror of the same network before you conclude; see docs/errors.md',
    },
  );
}
