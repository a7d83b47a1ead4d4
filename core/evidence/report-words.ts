import type { UnitTotals } from './bundle-format.ts';
import { historyBreakWords } from './history-break.ts';
import type { JudgePassCounts } from './judge-pass.ts';
import { mintCheckedWords, mintUncheckedWords } from './mint-words.ts';
import { monthCheckedWords, monthUncheckedWords } from './month-check.ts';
import type { PersonTotals } from './person-totals.ts';
import { counted, kwh } from './quantity-words.ts';
import { OPEN_MS, type SampleLoss } from './sample-losses.ts';
import type { SampleCounts } from './sample-pass.ts';
import type { BundleFacts } from './verify-bundle.ts';

/** What a check of a bundle found out, in words: the same on the command line and on the page. */

function entryCount(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

/** One sentence for each thing that was checked and holds. */
export function checkedWords(facts: BundleFacts): readonly string[] {
  const { manifest, counts, signatures, contextEntries, configurations, models, checkpoints, samples } = facts;
  const { range, treeSize, keys, files, totals } = manifest;
  const entries = range.to - range.from;
  return [
    `Every byte of the file: ${files.length + 2} files in the one form that a bundle has, attested by the device (${keys.at(-1)?.did}).`,
    `${entryCount(entries)}, ${range.from} to ${range.to - 1}, without a hole, in their recorded form; together they give the roots that the device signed.`,
    `${counted(checkpoints, 'signed checkpoint')}, each shown to be the beginning of the next, up to ${entryCount(treeSize)}; ${entryCount(contextEntries)} beside the range, each shown to be in the ledger.`,
    `${counted(signatures, 'signature')} of readings by the device key${keys.length > 1 ? `s, of which there are ${keys.length}` : ''}.`,
    `${counted(counts.readings, 'verdict')}: score, status, vetoes and weights follow from what the five layers found.`,
    ...judgedWords(facts),
    `${counted(counts.energies, 'amount')} of energy, each the difference of the registers that its reading names.`,
    `The totals of ${totals.length} unit${totals.length === 1 ? '' : 's'}, and what is credited after the reviews, added up again.`,
    ...(configurations > 0
      ? [
          `${configurations} configuration${plural(configurations)} and ${models} model${plural(models)} in force have the digests that the ledger names.`,
        ]
      : []),
    ...(samples === undefined
      ? []
      : [
          `${counted(samples.blocks, 'block')} with ${counted(samples.samples, 'raw sample')}, by the digests that the signed readings name${
            samples.decoded > 0 ? `; the bytes of ${samples.decoded} give their values again by their recipes` : ''
          }.`,
        ]),
    ...batchWords(facts),
    ...mintCheckedWords(facts.mints),
    ...monthCheckedWords(facts.months),
    ...(facts.reportCompared ? ['The report says what the figures give.'] : []),
    ...(facts.keysGiven > 0 ? ['The device key is the one that you gave.'] : []),
    ...(facts.checkpointsGiven > 0 ? ['The ledger extends the checkpoint that you gave.'] : []),
  ];
}

/** What a mirror was asked about, all of which it shows as it stands in the bundle. */
export interface HeldByMirror {
  readonly receipts: boolean;
  readonly mints: boolean;
}

const NONE_HELD: HeldByMirror = { receipts: false, mints: false };

/** One sentence for each thing that nothing in the bundle can show, or that is not in it. */
export function uncheckedWords(facts: BundleFacts, held: HeldByMirror = NONE_HELD): readonly string[] {
  const { manifest, counts, samples } = facts;
  const { range, treeSize } = manifest;
  return [
    ...keyWords(facts),
    ...(facts.checkpointsGiven > 0
      ? []
      : ['No checkpoint from outside was given: whoever holds the device key could have written another history.']),
    ...receiptWords(facts, held.receipts),
    ...facts.historyBreaks.map(historyBreakWords),
    ...mintUncheckedWords(facts.mints, held.mints),
    ...monthUncheckedWords(facts.months),
    ...(range.to < treeSize
      ? [
          `Not in the bundle: ${entryCount(treeSize - range.to)} after the range; that no later review or meter entry among them concerns the period is what the device says.`,
        ]
      : []),
    ...notJudgedWords(facts),
    ...(counts.unweighed > 0
      ? [
          `Of ${counted(counts.unweighed, 'verdict')} the settings are not in the bundle: the weights were taken as recorded.`,
        ]
      : []),
    ...(counts.energiesNotComputable > 0
      ? [
          `For ${counted(counts.energiesNotComputable, 'amount')} of energy more is needed than two registers alone (the register did something else than count, or there is none).`,
        ]
      : []),
    ...(facts.configurations === 0 ? ['No configuration is in the bundle.'] : []),
    ...(samples === undefined
      ? ['The raw samples are not in the bundle; each reading names their digests.', ...lossesWords(facts)]
      : samplesWords(samples)),
    ...(manifest.period.state === 'unfinished'
      ? ['The period was not finished when the bundle was made: readings of it may still have come.']
      : []),
    ...(facts.reportCompared
      ? []
      : ['The report is in a form that this verifier does not know; its words were not compared with the figures.']),
    'The page verify.html in the bundle: take that page, or this program, from Forebay and not from whoever gave you the bundle.',
  ];
}

function judgedWords({ judged }: BundleFacts): readonly string[] {
  if (judged === undefined) return [];
  const { same = 0 } = judged.values ?? {};
  return [
    ...(same === 0
      ? []
      : [
          `The values of ${same} reading${plural(same)} computed again from the raw samples: means, extremes and coverage came out the same.`,
        ]),
    ...judgedAgainWords(judged),
  ];
}

function judgedAgainWords(judged: JudgePassCounts): readonly string[] {
  if (judged.same === 0) return [];
  return [
    `${judged.same} verdict${plural(judged.same)} judged again by the layers themselves, from configuration, settings, models and the readings before in the bundle: every outcome, finding and score came out the same, bit for bit.`,
  ];
}

function notJudgedWords({ judged, counts, manifest }: BundleFacts): readonly string[] {
  if (judged === undefined) {
    return [
      `Not judged again by the layers themselves: ${counted(counts.readings, 'verdict')}. forebay verify --layers does that.`,
    ];
  }
  const verdicts = (count: number, words: string): string[] =>
    count === 0 ? [] : [`${count} verdict${plural(count)} ${words}`];
  return [
    ...verdicts(
      judged['differs-without-history'],
      `at the beginning of the bundle rest on readings from before it, and come out otherwise without them: forebay bundle --history takes those along.`,
    ),
    ...verdicts(
      judged['same-if-closed-later'],
      'come out the same only if their intervals were closed later than their entries say: the clock was put back while they waited to be recorded, or they were dated ahead.',
    ),
    ...verdicts(judged['other-rules'], 'were given by another version of the rules than this program has.'),
    ...verdicts(
      judged['without-basis'],
      'rest on a configuration or settings that are not in the bundle, or that this program cannot read.',
    ),
    ...valueWords(judged),
    ...(manifest.range.from === 0
      ? []
      : ['Whether a reading repeats one from before the bundle is taken from the recorded verdicts.']),
  ];
}

function valueWords({ values }: JudgePassCounts): readonly string[] {
  if (values === undefined) return ['No values were computed again: the raw samples are not in the bundle.'];
  const readings = (count: number, words: string): string[] =>
    count === 0 ? [] : [`The values of ${count} reading${plural(count)} were not computed again: ${words}`];
  return [
    ...readings(values['without-samples'], 'their raw samples are not, or not all, in the bundle.'),
    ...readings(values['not-computable'], 'they were pushed as they are, or their plant.yaml cannot be read here.'),
    ...(values.same === 0
      ? []
      : ['Registers were not read again from the raw samples; that energy is their difference was.']),
  ];
}

function batchWords({ deliveries, manifest }: BundleFacts): readonly string[] {
  const { batches, summed, entries } = deliveries;
  if (batches === 0) return [];
  const { from, to } = manifest.range;
  return [
    `${batches} batch${batches === 1 ? '' : 'es'}, which hold${batches === 1 ? 's' : ''} ${entries} of the ${to - from} entries: message${plural(batches)} signed by the device key, under roots that the ledger has; the sums and the period of ${summed}, whose runs lie wholly in the range, computed again.`,
  ];
}

function receiptWords({ deliveries, manifest }: BundleFacts, isHederaCompared: boolean): readonly string[] {
  const all = manifest.range.to - manifest.range.from;
  const { targets, entries, summed, reviewed, untimed } = deliveries;
  return [
    ...(targets.length === 0
      ? ['No receipts: nothing shows that a target outside of the plant held these entries or their roots at the time.']
      : targets.map(
          ({ target, receipts, entries: held, signedBy, unshown = 0 }) =>
            `The target ${target} gave ${receipts} receipt${plural(receipts)}, for ${held} of the ${all} entries, ${
              signedBy === undefined
                ? heldByWord(target === 'hedera' && isHederaCompared)
                : `${signedOver(unshown, receipts)} by ${signedBy.join(' or ')}: compare the key with the one that the hub gives.`
            }`,
        )),
    ...(entries > 0 && entries < all ? [`${all - entries} of the ${all} entries are in no batch yet.`] : []),
    ...(untimed === 0
      ? []
      : [
          `From when to when the readings of ${untimed} batch${untimed === 1 ? ' is' : 'es are'}: an earlier form of message says only for which time it was sealed.`,
        ]),
    ...(reviewed < summed
      ? [
          `What reviews changed in earlier runs, as ${summed - reviewed} messages state it: those readings are not in the bundle.`,
        ]
      : []),
  ];
}

/** What stands behind receipts that no target signed. */
function heldByWord(isCompared: boolean): string {
  return isCompared
    ? 'each compared with the mirror that was named: whose mirror it is was not checked.'
    : 'by the word of the device: what it holds is to be looked at there.';
}

/** Over what a hub's receipts are signed: only of a size whose root the bundle shows is it known to be this ledger. */
function signedOver(unshown: number, receipts: number): string {
  if (unshown === 0) return 'each signed over this ledger';
  const which = unshown >= receipts ? 'each' : `${unshown} of them`;
  const rest = unshown >= receipts ? '' : ' and the others over this ledger';
  return `${which} signed over more entries than the bundle shows, so that it is this ledger is not shown,${rest}`;
}

function keyWords({ keysGiven, breaks, manifest }: BundleFacts): readonly string[] {
  if (keysGiven > 0) return [];
  const key = manifest.keys.map(({ verifierKey }) => verifierKey).join(' ');
  const broken =
    breaks === 0
      ? ''
      : ` Its chain of keys is broken ${breaks === 1 ? 'once' : `${breaks} times`}: a lost key vouches for none after it.`;
  return [
    `No key from outside was given: the bundle is consistent in itself, and only a key noted at the plant shows that the plant's device made it. It names ${key}.${broken}`,
  ];
}

function samplesWords({ unexplained, explained, undecoded }: SampleCounts): readonly string[] {
  return [
    ...explained.map(({ loss, blocks }) => `${blockWords(blocks)} that readings name ${lossWords(loss, blocks)}.`),
    ...(unexplained === 0
      ? []
      : [
          `${blockWords(unexplained)} that readings name ${unexplained === 1 ? 'is' : 'are'} missing, and no entry says why: not by rule, and not for want of room.`,
        ]),
    ...(undecoded === 0
      ? []
      : [
          `The bytes of ${undecoded} raw sample${plural(undecoded)} were not decoded again: whoever checked here knows no recipe for them. The page verify.html knows none at all, forebay verify knows those of its drivers.`,
        ]),
  ];
}

/** Where the raw samples are not in the bundle, the ledger still says which of them the plant has given up. */
function lossesWords({ sampleLosses }: BundleFacts): readonly string[] {
  const shown = sampleLosses.slice(0, LOSSES_SHOWN).map((loss) => {
    const until = loss.toMs === OPEN_MS ? 'on' : `to ${new Date(loss.toMs).toISOString()}`;
    return `The raw samples from ${new Date(loss.fromMs).toISOString()} ${until} ${lossWords(loss, 2)}.`;
  });
  const more = sampleLosses.length - shown.length;
  return more === 0 ? shown : [...shown, `By ${more} more of the entries, raw samples of the period are not kept.`];
}

const LOSSES_SHOWN = 20;

function lossWords({ event, reason, at, index }: SampleLoss, blocks: number): string {
  const were = blocks === 1 ? 'was' : 'were';
  if (event === 'pruned') return `${were} deleted by rule (${reason}) on ${at.slice(0, 10)}, as entry ${index} says`;
  const why = event === 'dropped' ? 'too much waited in memory' : 'the disk was full';
  return `${were} not kept because ${why}, as entry ${index} says`;
}

function blockWords(blocks: number): string {
  return `${blocks} block${plural(blocks)} of raw samples`;
}

/** The figures of one unit as a sentence. */
export function totalsWords(unit: UnitTotals): string {
  const { unitId, readings, approved, flagged, rejected, counterWh, meterWh, creditedWh, waiting, persons } = unit;
  const later = meterWh === 0 ? '' : ` and ${kwh(meterWh)} kWh stated later`;
  const waits = waiting === 0 ? '' : `, ${waiting} waiting for a person`;
  const decided = persons === undefined ? '' : personWords(persons);
  return `${unitId}: ${counted(readings, 'reading')} (${approved} approved, ${flagged} flagged, ${rejected} rejected), ${kwh(counterWh)} kWh metered${later}, ${kwh(creditedWh)} kWh credited${decided}${waits}`;
}

/** Of the credited energy, what rests on persons; and what persons took out. */
function personWords({ approved, approvedWh, rejected, rejectedWh, names }: PersonTotals): string {
  if (names.length === 0) return '';
  const parts = [
    ...(approved === 0 ? [] : [`${kwh(approvedWh)} kWh of it in ${counted(approved, 'reading')} approved by a person`]),
    ...(rejected === 0 ? [] : [`${counted(rejected, 'reading')} refused by a person, ${kwh(rejectedWh)} kWh`]),
  ];
  return ` (${parts.join('; ')}; decided by ${names.join(', ')})`;
}

function plural(count: number): string {
  return count === 1 ? '' : 's';
}
