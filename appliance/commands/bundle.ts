import { type DeviceKey, deviceKeyOf } from '../../core/ledger/device-key.ts';
import { proveConsistency } from '../../core/ledger/proof.ts';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import { buildBundle } from '../bundle/build-bundle.ts';
import { keepHeapSmall } from '../bundle/keep-heap-small.ts';
import { verifyPage } from '../bundle/verify-page.ts';
import type { DataFolder } from '../data-folder.ts';
import { readDeviceKey } from '../open-device-key.ts';
import { systemClock } from '../system-clock.ts';
import { version } from '../version.ts';
import { readPeriod } from './bundle-period.ts';
import { type Call, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { keysForNotes, readKeptCheckpoint } from './kept-evidence.ts';
import { withStore } from './kept-plant.ts';

export const bundleCommand: Command = {
  name: 'bundle',
  summary: 'Write the evidence of a period into one file that anybody can check without the plant',
  options: {
    data: DATA_OPTION,
    from: {
      type: 'string',
      value: 'TIME',
      about: 'begin, such as 2026-10-01 (midnight UTC) or 2026-10-01T00:00+05:30',
    },
    to: { type: 'string', value: 'TIME', about: 'end, such as 2026-11-01', alias: 'until' },
    month: {
      type: 'string',
      value: 'MONTH',
      about: "in their place: a month of the plant's own zone, such as 2026-10",
    },
    out: { type: 'string', value: 'FILE.zip', about: 'where it goes; nothing may be there yet', isNeeded: true },
    samples: { type: 'boolean', about: 'include the raw samples, which are most of the bytes' },
    history: {
      type: 'boolean',
      about: 'include the readings before that the verdicts rest on, for `forebay verify --layers`',
    },
    checkpoint: {
      type: 'string',
      value: 'FILE',
      about: 'checkpoint kept from earlier: show that the ledger extends it',
    },
    json: JSON_OPTION,
  },
  notes: [
    'Works beside a running appliance, and needs the device key in the data folder. Check it with `forebay verify`.',
  ],
  run: (call) => {
    keepHeapSmall();
    return withStore(call, (store, folder) => writeBundle(call, store, folder));
  },
};

async function writeBundle(call: Call, store: ReadableStore, folder: DataFolder): Promise<0> {
  const { texts, output } = call;
  const { fromMs, toMs } = readPeriod(call, store);
  const path = texts.out ?? '';
  const { manifest, bytes } = await buildBundle({
    store,
    fromMs,
    toMs,
    path,
    withSamples: call.flags.has('samples') ? 'with-samples' : 'without-samples',
    ...(call.flags.has('history') ? { history: DEFAULT_SETTINGS } : {}),
    keptSizes: keptSizes(store, texts.checkpoint),
    key: deviceKey(store, folder),
    verifyPage: verifyPage(),
    tool: `forebay ${version}`,
    createdAt: toIso(systemClock.wallMs()),
    onProgress: (entries) => {
      if (output.isTerminal && entries % 20_000 === 0) output.note(`${entries} entries so far`);
    },
  });
  if (manifest.period.state === 'unfinished') {
    output.note(`The period is not finished: nothing reaches to ${manifest.period.to} yet. The bundle says so.`);
  }
  if (call.flags.has('json')) output.json({ file: path, bytes, manifest });
  else {
    const { range, totals, samples } = manifest;
    const readings = totals.reduce((sum, unit) => sum + unit.readings, 0);
    const raw = samples === undefined ? '' : `, ${countNoun(samples.blocks, 'block')} of raw samples`;
    output.line(
      `${path}: ${countNoun(range.to - range.from, 'entry')} with ${countNoun(readings, 'reading')} of the period${raw}, ${bytes} bytes`,
    );
  }
  return 0;
}

/** @throws Failure `LED_FSCK_KEPT` when the ledger is not an extension of the checkpoint. */
function keptSizes(store: ReadableStore, file: string | undefined): number[] {
  if (file === undefined) return [];
  const { size, root } = readKeptCheckpoint(file, keysForNotes(store, undefined));
  const { fromRoot } = proveConsistency(ledgerReader(store), size);
  if (size > 0 && Buffer.compare(fromRoot, root) === 0 && ledgerReader(store).checkpointFrom(size)?.size === size)
    return [size];
  throw new Failure('LED_FSCK_KEPT', `The ledger does not extend the checkpoint in ${file} over ${size} entries.`, {
    hint: 'run `forebay ledger fsck --checkpoint` on both, and keep them for the verifier',
  });
}

/** The device key in force, as it lies in the folder: nothing is made or changed beside a running appliance. */
export function deviceKey(store: ReadableStore, folder: DataFolder): DeviceKey {
  const file = readDeviceKey(folder, store);
  return deviceKeyOf(file, file.name);
}
