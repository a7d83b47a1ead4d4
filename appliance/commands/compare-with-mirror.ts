import type { ShownReceipt } from '../../core/evidence/delivery-book.ts';
import type { ShownCertificate } from '../../core/evidence/entry-pass.ts';
import type { HeldByMirror } from '../../core/evidence/report-words.ts';
import { Failure } from '../../core/model/failure.ts';
import type { ProofOutcome } from '../../core/sync/proof-step.ts';
import { compareReceipts, type ReceiptComparison } from '../sync/compare-receipts.ts';
import { openMirror } from '../sync/open-mirror.ts';
import { systemClock } from '../system-clock.ts';
import { compareMints, type MintComparison } from '../tokens/compare-mints.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { usage } from './read-command-line.ts';

/** What of a valid bundle a network can show. */
export interface ShownOnNetwork {
  readonly receipts: ShownReceipt[];
  readonly certificates: ShownCertificate[];
}

export interface MirrorComparison extends ReceiptComparison {
  /** Undefined where the mirror gave no answer before they came. */
  readonly certificates: MintComparison | undefined;
}

/** As this computer goes out: its proxy is the one that its environment names. */
export async function compareWith(
  url: string,
  { receipts, certificates }: ShownOnNetwork,
  output: Output,
): Promise<MirrorComparison> {
  const opened = openMirror(url, { environment: process.env, secrets: NO_SECRETS, clock: systemClock });
  if (typeof opened === 'string') throw usage(opened, 'mend the proxy in the environment of this command');
  const say = (what: string) => (compared: number) => {
    if (output.isTerminal && compared % 100 === 0) output.note(`${compared} ${what} compared`);
  };
  try {
    const ofReceipts = await compareReceipts(opened.mirror, receipts, say(`of ${receipts.length} receipts`));
    const isAway = ofReceipts.outcome === 'not-reached';
    const ofMints = isAway ? undefined : await compareMints(opened.mirror, certificates, say('mints'));
    return { ...ofReceipts, certificates: ofMints };
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

export interface ComparedWords {
  /** Of what the network shows everything as it stands in the bundle. */
  readonly held: HeldByMirror;
  readonly checked: readonly string[];
  readonly unchecked: readonly string[];
}

/** What was compared with the network, or that nothing was. */
export function comparedWords(comparison: MirrorComparison | undefined, shown: ShownOnNetwork): ComparedWords {
  const receipts = receiptWords(comparison, shown.receipts.length);
  const mints = mintWords(comparison, shown.certificates.filter(({ kind }) => kind === 'token-minted').length);
  return {
    held: { receipts: receipts.isHeld, mints: mints.isHeld },
    checked: [...receipts.checked, ...mints.checked],
    unchecked: [...receipts.unchecked, ...mints.unchecked],
  };
}

interface Words {
  readonly isHeld: boolean;
  readonly checked: readonly string[];
  readonly unchecked: readonly string[];
}

function receiptWords(comparison: ReceiptComparison | undefined, receipts: number): Words {
  const ofHedera = receipts === 1 ? 'The receipt of Hedera' : `The ${receipts} receipts of Hedera`;
  if (comparison === undefined) return notCompared(ofHedera, receipts);
  const { mirror, hold, first } = comparison;
  if (receipts === 0) {
    const sentence = `No receipt of Hedera is in the bundle: the mirror ${mirror} was not asked for any.`;
    return { isHeld: false, checked: [], unchecked: [sentence] };
  }
  const held = `${hold} of ${receipts} receipts of Hedera compared with the mirror ${mirror}: the message stands there byte for byte, at the place and time of the receipt, and the running hash of the topic follows from it.`;
  if (first === null) return { isHeld: true, checked: [held], unchecked: [] };
  const why = first.steps.filter(({ outcome }) => outcome !== 'holds').map(({ sentence }) => sentence);
  return {
    isHeld: false,
    checked: hold === 0 ? [] : [held],
    unchecked: [`The receipt of entry ${first.entry} (batch ${first.batch}): ${why.join(' ')}`],
  };
}

function mintWords(comparison: MirrorComparison | undefined, mints: number): Words {
  const all = mints === 1 ? 'The mint' : `The ${mints} mints`;
  if (comparison?.certificates === undefined || mints === 0) return notCompared(all, mints);
  const { hold, withoutToken, elsewhere, first } = comparison.certificates;
  const held = `${hold} of ${mints} mints compared with the mirror ${comparison.mirror}: transaction, reference, amount and each certificate's metadata are there as the ledger says.`;
  const plural = (count: number, what: string): string[] =>
    count === 0 ? [] : [`${count} mint${count === 1 ? '' : 's'} ${what}`];
  return {
    isHeld: first === null && elsewhere === 0,
    checked: hold === 0 ? [] : [held],
    unchecked: [
      ...plural(elsewhere, 'on another network than that of the mirror: not compared with any.'),
      ...plural(
        withoutToken,
        'of a token that no entry of the bundle describes: token and treasury were not looked at.',
      ),
      ...(first === null ? [] : [`The mint of entry ${first.entry}: ${first.sentences.join(' ')}`]),
    ],
  };
}

function notCompared(what: string, count: number): Words {
  const sentence = `${what} ${count === 1 ? 'was' : 'were'} not compared with the network: forebay verify --mirror URL does that.`;
  return { isHeld: false, checked: [], unchecked: count === 0 ? [] : [sentence] };
}

/** A bundle that the network contradicts is not valid, whatever it holds by itself. */
export function concludeComparison(path: string, comparison: MirrorComparison | undefined): 0 {
  if (comparison === undefined) return 0;
  const { outcome, first, certificates } = comparison;
  if (first !== null) {
    const [step] = first.steps.filter((each) => each.outcome !== 'holds');
    refuse(path, outcome, `the receipt of entry ${first.entry}`, step?.sentence);
  }
  if (certificates !== undefined && certificates.first !== null) {
    const { entry, sentences } = certificates.first;
    refuse(path, certificates.outcome, `the mint of entry ${entry}`, sentences[0]);
  }
  return 0;
}

function refuse(path: string, outcome: ProofOutcome, what: string, why = 'nothing came of it.'): never {
  if (outcome === 'not-reached') {
    throw new Failure('LED_BUNDLE_MIRROR_AWAY', printable(`${path}: ${what} could not be compared: ${why}`), {
      hint: 'the bundle holds by itself; compare again once the mirror answers, or name another one',
      exitCode: 3,
    });
  }
  throw new Failure('LED_BUNDLE_MIRROR', printable(`${path}: ${what} is not what the mirror shows: ${why}`), {
    hint: 'ask another mirror of the same network before you conclude; see docs/errors.md',
  });
}
