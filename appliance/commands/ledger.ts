import type { LedgerProblem } from '../../core/ledger/check-row.ts';
import { readVerifierKey } from '../../core/ledger/device-key.ts';
import type { LedgerKey } from '../../core/ledger/key-check.ts';
import { proveConsistency } from '../../core/ledger/proof.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { latestCheckpointAnswer, toConsistencyAnswer } from '../api/ledger-answer.ts';
import type { DataFolder } from '../data-folder.ts';
import { checkLedgerHashes, fsckLedger, type LedgerReport } from '../fsck/check-ledger.ts';
import { lookUpSamples, type SampleLookUp } from '../fsck/look-up-samples.ts';
import { nothingRecorded } from '../open-device-key.ts';
import { type Call, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { keysForNotes, readKeptCheckpoint, readKeys } from './kept-evidence.ts';
import { withStore } from './kept-plant.ts';
import type { Output } from './output.ts';
import { proveAlone } from './prove-alone.ts';
import { usage } from './read-command-line.ts';

export const ledgerFsck: Command = {
  name: 'ledger fsck',
  summary: 'Recompute every hash, signature, tree node, projection, closed month and mint of the ledger',
  options: {
    data: DATA_OPTION,
    key: {
      type: 'list',
      value: 'VKEY',
      about: 'verifier key noted elsewhere, as text or a file; may stand several times',
    },
    checkpoint: { type: 'string', value: 'FILE', about: 'checkpoint kept from earlier: the ledger must extend it' },
    quick: { type: 'boolean', about: 'hashes, tree and the newest signature only, not what the entries say' },
    json: JSON_OPTION,
  },
  run: (call) =>
    withStore(call, async (store, folder) => {
      const { key, checkpoint: kept } = call.texts;
      const outside = key === undefined ? undefined : readKeys(key);
      if (call.flags.has('quick')) return quickCheck(call, store, folder, outside);
      const checked = await fsckLedger(store, {
        ...(outside === undefined ? {} : { verifierKey: outside }),
        ...(kept === undefined ? {} : { keptCheckpoint: readKeptCheckpoint(kept, keysForNotes(store, outside)) }),
        onProgress: (entries) => {
          if (call.output.isTerminal) call.output.note(`${entries} entries hold so far`);
        },
      });
      const firstBad = checked.firstBad ?? (outside === undefined ? otherKeyInFolder(folder, checked.keys) : undefined);
      const report = firstBad === undefined ? checked : { ...checked, ok: false, firstBad };
      const samples = report.ok ? lookUpSamples(store) : undefined;
      if (call.flags.has('json')) call.output.json({ ...report, ...(samples === undefined ? {} : { samples }) });
      else if (report.ok) call.output.line(soundLine(report));
      if (samples !== undefined) tellSamples(call.output, samples);
      for (const { entryIndex } of report.keys.filter(({ how }) => how === 'lost')) {
        call.output.note(
          `The chain of keys is broken at entry ${entryIndex}: only a statement from outside bridges it.`,
        );
      }
      if (firstBad === undefined) return 0;
      throw notSound(firstBad);
    }),
};

async function quickCheck(
  call: Call,
  store: ReadableStore,
  folder: DataFolder,
  outside: readonly string[] | undefined,
): Promise<0> {
  if (call.texts.checkpoint !== undefined) throw usage('--quick and --checkpoint exclude each other.', 'leave one out');
  const checked = await checkLedgerHashes(store, outside === undefined ? {} : { verifierKey: outside });
  const firstBad = checked.firstBad ?? (outside === undefined ? otherKeyInFolder(folder, checked.keys) : undefined);
  const report = firstBad === undefined ? checked : { ...checked, ok: false, firstBad };
  if (call.flags.has('json')) call.output.json(report);
  const { entries, checkedNodes, checkedCheckpoints } = report;
  if (firstBad !== undefined) throw notSound(firstBad);
  if (call.flags.has('json')) return 0;
  call.output.line(
    `hashes hold: ${countNoun(entries, 'entry')}, ${countNoun(checkedNodes, 'tree node')}, ${countNoun(checkedCheckpoints, 'checkpoint root')}`,
  );
  return 0;
}

function notSound({ index, code, message }: LedgerProblem): Failure {
  return new Failure(code, message, {
    hint: `the first entry that does not hold is ${index}; keep the data folder as it is and see docs/errors.md`,
    exitCode: DAMAGE.has(code) ? 4 : 1,
  });
}

/** Without a key from outside, the one that lies beside the ledger must be one of its keys. */
function otherKeyInFolder({ keysFolder }: DataFolder, keys: readonly LedgerKey[]): LedgerProblem | undefined {
  const beside = readVerifierKey(keysFolder, nodeKeyDisk);
  if (beside === undefined || keys.some(({ verifierKey }) => verifierKey === beside)) return undefined;
  const message = 'The ledger was begun with another device key than the one in keys/device.pub.';
  return { index: 0, code: 'LED_FSCK_KEY', message };
}

/** What says that the file is broken, and not that somebody changed what it says. */
const DAMAGE: ReadonlySet<string> = new Set(['LED_FSCK_FILE', 'STO_DAMAGED', 'STO_DISK']);

function soundLine({
  entries,
  readings,
  gaps,
  checkedNodes,
  checkedCheckpoints,
  checkedSignatures,
  extendsSize,
  closedMonths,
  mints,
}: LedgerReport): string {
  const counts = `${countNoun(entries, 'entry')} (${countNoun(readings, 'reading')}, ${countNoun(gaps, 'gap')})`;
  const kept = extendsSize === undefined ? '' : `, extends the kept checkpoint over ${countNoun(extendsSize, 'entry')}`;
  const checked = `${countNoun(checkedNodes, 'tree node')}, ${countNoun(checkedCheckpoints, 'checkpoint')}, ${countNoun(checkedSignatures, 'signature')}`;
  const months = closedMonths === 0 ? '' : `, ${countNoun(closedMonths, 'closed month')} added up again`;
  const certificates = mints === 0 ? '' : `, ${countNoun(mints, 'mint')} within what was closed and approved`;
  return `sound: ${counts}, ${checked}${months}${certificates}${kept}`;
}

/** What is missing of raw samples makes no ledger unsound; it is told all the same. */
function tellSamples(output: Output, { explained, unexplained, firstUnexplained: first }: SampleLookUp): void {
  const blocks = (count: number): string => `${countNoun(count, 'block')} of raw samples`;
  if (explained > 0) output.note(`Not kept, as entries of the ledger say: ${blocks(explained)}.`);
  if (first === undefined) return;
  output.note(
    `LED_SAMPLES_MISSING: Missing, and no entry says why: ${blocks(unexplained)} that readings name, the first of ${first.unitId} at ${first.from} (entry ${first.index}).`,
  );
}

export const ledgerCheckpoint: Command = {
  name: 'ledger checkpoint',
  summary: 'Print the newest checkpoint, a signed note over the whole ledger',
  options: { data: DATA_OPTION, json: JSON_OPTION },
  run: (call) =>
    withStore(call, (store, folder) => {
      const checkpoint = latestCheckpointAnswer(ledgerReader(store));
      const verifierKey = readKeyChain(ledgerReader(store))?.current.verifierKey;
      if (checkpoint === undefined || verifierKey === undefined) throw nothingRecorded(folder.root);
      if (call.flags.has('json')) call.output.json({ ...checkpoint, verifierKey });
      else call.output.line(checkpoint.note.trimEnd());
      return 0;
    }),
};

export const ledgerProof: Command = {
  name: 'ledger proof',
  summary: 'Print the proof that an entry lies in the ledger, with the entry and the signed checkpoint, as JSON',
  options: {
    data: DATA_OPTION,
    size: { type: 'string', value: 'N', about: 'in the ledger of that size; the present one if left out' },
    json: JSON_OPTION,
  },
  operands: ['INDEX'],
  run: (call) =>
    withStore(call, (store) => {
      const [index = ''] = call.operands;
      const size = call.texts.size === undefined ? undefined : readWhole('--size', call.texts.size);
      const proof = proveAlone(ledgerReader(store), { index: readWhole('INDEX', index), size });
      if (proof.checkpoint === null) {
        const next = ledgerReader(store).checkpointFrom(proof.size);
        const hint = next === undefined ? '' : `; one was signed at --size ${next.size}`;
        call.output.note(`No checkpoint was signed at size ${proof.size}${hint}.`);
      }
      call.output.json(proof);
      return 0;
    }),
};

export const ledgerConsistency: Command = {
  name: 'ledger consistency',
  summary: 'Print the proof that the ledger of size A is the beginning of the one of size B, as JSON',
  options: { data: DATA_OPTION, json: JSON_OPTION },
  operands: ['A', 'B'],
  run: (call) =>
    withStore(call, (store) => {
      const [from = '', to = ''] = call.operands;
      const proof = proveConsistency(ledgerReader(store), readWhole('A', from), readWhole('B', to));
      call.output.json(toConsistencyAnswer(proof));
      return 0;
    }),
};

function readWhole(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usage(`${name} is "${text}".`, 'it is a whole number from 0');
}
