import { canonicalize } from '../ledger/canonical.ts';
import type { Json } from '../model/json.ts';
import { readAttachments } from './attachments.ts';
import { checkClaims } from './attestation.ts';
import type { Manifest } from './bundle-format.ts';
import { isSameBytes, toBase64, toText } from './bytes.ts';
import { looksLikeZip } from './container.ts';
import { DeliveryBook, type DeliveryFacts, type ShownReceipt } from './delivery-book.ts';
import { didOf } from './did-key.ts';
import { EntryPass, type ShownCertificate } from './entry-pass.ts';
import type { HistoryBreak } from './history-break.ts';
import { type JudgePassCounts, judgeAgain, type VerdictJudge } from './judge-pass.ts';
import { type LedgerFrame, readFrame } from './ledger-frame.ts';
import type { BundleSource, EvidenceMachine } from './machine.ts';
import type { MintFacts } from './mint-words.ts';
import type { MonthFacts } from './month-check.ts';
import { OpenBundle } from './open-bundle.ts';
import type { ReadingCounts } from './reading-check.ts';
import { type BundleProblem, Refusal } from './refusal.ts';
import { REPORT_FORM, reportPage } from './report-page.ts';
import { REPORT_FORM_1, reportPage1 } from './report-page-1.ts';
import type { SampleLoss } from './sample-losses.ts';
import { checkSamples, type SampleCounts, type SampleDecoder } from './sample-pass.ts';
import { type Note, parseNote, parseVerifierKey } from './verifier-key.ts';

export interface VerifyOptions {
  /** Verifier keys noted outside of the plant's data. Each stretch of keys between breaks needs one. */
  readonly keys?: readonly string[];
  /** Signed notes kept from earlier: the ledger must be an extension of each. */
  readonly checkpoints?: readonly string[];
  /** Decodes raw samples again; without it their values are taken as recorded. */
  readonly decoder?: SampleDecoder;
  /** Runs the layers again on what the bundle holds; without it the verdicts are held against their layers' outcomes. */
  readonly judge?: (manifest: Manifest) => VerdictJudge;
  readonly onProgress?: (entries: number) => void;
  /** Told of the receipts of Hedera, for whoever holds them against a mirror: nothing here asks a network. */
  readonly onReceipt?: (shown: ShownReceipt) => void;
  /** Told of the mints of the range and of the tokens that they are of, for the same. */
  readonly onCertificate?: (shown: ShownCertificate) => void;
}

/** What was found out about a bundle. `valid` only when everything that can be checked was and holds. */
export type BundleReport =
  | { readonly outcome: 'valid'; readonly facts: BundleFacts }
  | { readonly outcome: 'invalid'; readonly problem: BundleProblem; readonly manifest?: Manifest }
  | { readonly outcome: 'unreadable'; readonly problem: BundleProblem };

export interface BundleFacts {
  readonly manifest: Manifest;
  readonly counts: ReadingCounts;
  readonly signatures: number;
  readonly contextEntries: number;
  readonly configurations: number;
  readonly models: number;
  readonly settings: number;
  readonly checkpoints: number;
  readonly deliveries: DeliveryFacts;
  readonly samples?: SampleCounts;
  /** What came of judging each reading again; absent where nobody here could. */
  readonly judged?: JudgePassCounts;
  /** What the ledger says of raw samples of the period that are not there. */
  readonly sampleLosses: readonly SampleLoss[];
  /** Restores and salvages within the range, by index. */
  readonly historyBreaks: readonly HistoryBreak[];
  /** Certificates minted within the range. */
  readonly mints: MintFacts;
  /** Closes of months, and how many of them the bundle's own entries give again. */
  readonly months: MonthFacts;
  /** Keys from outside that fitted, and checkpoints from outside that the ledger extends. */
  readonly keysGiven: number;
  readonly checkpointsGiven: number;
  /** Stretches of keys that nothing vouches for: breaks, and with them the first, where no key was given. */
  readonly breaks: number;
  readonly reportCompared: boolean;
}

/** Checks a bundle alone: no store, no network, and memory that does not grow with it. */
export async function verifyBundle(
  source: BundleSource,
  machine: EvidenceMachine,
  options: VerifyOptions = {},
): Promise<BundleReport> {
  if (!(await looksLikeZip(source))) {
    const message = 'The file is no ZIP, so it is no evidence bundle.';
    return { outcome: 'unreadable', problem: { code: 'LED_BUNDLE_UNREADABLE', place: 'the file', message } };
  }
  let manifest: Manifest | undefined;
  try {
    const bundle = await OpenBundle.open(source, machine);
    manifest = bundle.manifest;
    return { outcome: 'valid', facts: await check(bundle, machine, options) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, place, message } = error;
    return { outcome: 'invalid', problem: { code, place, message }, ...(manifest === undefined ? {} : { manifest }) };
  }
}

async function check(bundle: OpenBundle, machine: EvidenceMachine, options: VerifyOptions): Promise<BundleFacts> {
  const { manifest, manifestBytes, attestation } = bundle;
  const frame = await readFrame(bundle, machine);
  checkOwner(manifest, frame, attestation.issuer);
  const root = frame.checkpoints.at(-1)?.root ?? new Uint8Array(0);
  checkClaims(machine.sha256, attestation.document, {
    manifest,
    manifestBytes,
    root: toBase64(root),
  });
  const keysGiven = checkKeys(machine, frame, options.keys ?? []);
  const kept = await checkKept(manifest, frame, options.checkpoints ?? []);
  const book = new DeliveryBook({ machine, keys: frame.keys, manifest }, options.onReceipt);
  const attachments = await readAttachments(bundle, machine, root, book);
  const pass = new EntryPass({
    bundle,
    machine,
    frame,
    attachments,
    book,
    kept,
    onProgress: options.onProgress ?? (() => {}),
    onCertificate: options.onCertificate ?? (() => {}),
  });
  const deliveries = await pass.run();
  const months = await pass.months();
  const units = pass.totals.toUnits(manifest.v);
  if (canonicalize(units as unknown as Json) !== canonicalize(manifest.totals as unknown as Json)) {
    throw new Refusal(
      'LED_BUNDLE_TOTALS',
      'manifest.json totals',
      'The entries give other totals than the manifest says.',
    );
  }
  const samples =
    manifest.samples === undefined
      ? undefined
      : await checkSamples({ bundle, machine, expected: pass.blocks, losses: pass.losses, decoder: options.decoder });
  const reportCompared = await checkPages(bundle);
  const judge = options.judge?.(manifest);
  const judged = judge === undefined ? undefined : await judgeAgain(bundle, frame, judge);
  return {
    manifest,
    counts: pass.counts,
    signatures: pass.signatures,
    contextEntries: frame.context.size,
    configurations: pass.configurations,
    models: attachments.models.size,
    settings: attachments.weights.size,
    checkpoints: frame.checkpoints.length,
    deliveries,
    ...(samples === undefined ? {} : { samples }),
    ...(judged === undefined ? {} : { judged }),
    sampleLosses: pass.losses.within({
      fromMs: Date.parse(manifest.period.from),
      toMs: Date.parse(manifest.period.to),
    }),
    historyBreaks: pass.historyBreaks,
    mints: pass.mints.facts(),
    months,
    keysGiven,
    checkpointsGiven: kept.length,
    breaks: frame.keys.stretches().length - 1,
    reportCompared,
  };
}

/** Plant, origin and keys are those of the genesis entry, and the device itself attested. */
function checkOwner(manifest: Manifest, { keys, context }: LedgerFrame, issuer: string): void {
  const genesis = context.get(0);
  if (genesis?.body.plantId !== manifest.plantId || genesis.body.origin !== manifest.origin) {
    const sentence = `The ledger is that of plant ${String(genesis?.body.plantId)}, and the manifest says ${manifest.plantId}.`;
    throw new Refusal('LED_BUNDLE_PLANT', 'manifest.json', sentence);
  }
  if (canonicalize(keys.toManifest() as unknown as Json) !== canonicalize(manifest.keys as unknown as Json)) {
    throw new Refusal('LED_BUNDLE_KEY', 'manifest.json keys', 'The manifest names other keys than the ledger.');
  }
  if (issuer !== didOf(keys.signerAt(manifest.treeSize).publicKey)) {
    const sentence = 'The attestation is not by the device key in force: the bundle was signed again by somebody else.';
    throw new Refusal('LED_BUNDLE_ATTESTATION', 'attestation.json', sentence);
  }
}

/** Each stretch of keys holds one that is known outside, where any is. */
function checkKeys(machine: EvidenceMachine, { keys }: LedgerFrame, given: readonly string[]): number {
  const known = given.map((text) => {
    const key = parseVerifierKey(machine.sha256, text.trim());
    if (key === undefined)
      throw new Refusal('LED_BUNDLE_GIVEN_KEY', 'the given key', 'The given key is no verifier key.');
    return key;
  });
  if (known.length === 0) return 0;
  for (const stretch of keys.stretches()) {
    const isKnown = stretch.some(({ key }) => known.some(({ text }) => text === key.text));
    if (isKnown) continue;
    const isAnyKnown = keys.keys.some(({ key }) => known.some(({ text }) => text === key.text));
    const from = stretch[0]?.from ?? 0;
    const sentence = !isAnyKnown
      ? 'The bundle is of another device than the one whose key was given.'
      : from === 0
        ? 'The chain of keys is broken, and no key from before the break was given: give one of those as well.'
        : `The key that signs from entry ${from} on is vouched for by none before it, and was not given: give it, or one after it, as well.`;
    throw new Refusal('LED_BUNDLE_GIVEN_KEY', 'manifest.json keys', sentence);
  }
  return known.length;
}

/** The ledger extends each checkpoint from outside; those within the range are compared as the entries pass. */
async function checkKept(manifest: Manifest, frame: LedgerFrame, given: readonly string[]): Promise<readonly Note[]> {
  const notes: Note[] = [];
  for (const text of given) {
    const place = 'the given checkpoint';
    const note = parseNote(`${text.replaceAll('\r\n', '\n').trimEnd()}\n`);
    if (note === undefined)
      throw new Refusal('LED_BUNDLE_GIVEN_CHECKPOINT', place, 'The given checkpoint is no signed note.');
    await frame.keys.checkNote(note, place);
    if (note.size > manifest.treeSize) {
      const sentence = `The bundle is older than the given checkpoint: it knows ${manifest.treeSize} entries, and that ${note.size}.`;
      throw new Refusal('LED_BUNDLE_GIVEN_CHECKPOINT', place, sentence);
    }
    checkCovered(note, manifest, frame);
    notes.push(note);
  }
  return notes;
}

function checkCovered(note: Note, { range }: Manifest, frame: LedgerFrame): void {
  const same = frame.checkpoints.find(({ size }) => size === note.size);
  const isWithin = note.size > range.from && note.size <= range.to;
  const place = 'the given checkpoint';
  if (same !== undefined && !isSameBytes(same.root, note.root)) {
    const sentence = `The ledger is not the one of the given checkpoint: its first ${note.size} entries are other ones.`;
    throw new Refusal('LED_BUNDLE_GIVEN_CHECKPOINT', place, sentence);
  }
  if (same !== undefined || isWithin) return;
  const sentence = `The bundle does not show that its ledger extends the given checkpoint over ${note.size} entries.`;
  throw new Refusal('LED_BUNDLE_GIVEN_CHECKPOINT', place, sentence);
}

/** Reads what is for people to its end; the report must be the one that the figures give, where its form is known. */
async function checkPages(bundle: OpenBundle): Promise<boolean> {
  await bundle.whole('verify.html');
  const report = toText(await bundle.whole('report.html')) ?? '';
  const form = report.split('\n')[1] ?? '';
  const write = bundle.manifest.v === 1 ? { [REPORT_FORM_1]: reportPage1 }[form] : { [REPORT_FORM]: reportPage }[form];
  if (write === undefined) return false;
  const { files: _files, ...figures } = bundle.manifest;
  if (report === write(figures)) return true;
  throw new Refusal('LED_BUNDLE_REPORT', 'report.html', 'The report says something else than the figures give.');
}
