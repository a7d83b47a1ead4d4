import { existsSync, mkdirSync } from 'node:fs';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { carrierPath, plantFolder } from '../../core/sync/targets/carrier-path.ts';
import { diskAbsent } from '../../core/sync/targets/file.ts';
import { buildBundle } from '../bundle/build-bundle.ts';
import { verifyPage } from '../bundle/verify-page.ts';
import { BUNDLES_FOLDER, indexOf, writeIndex } from '../courier/carrier-index.ts';
import { carryBatches } from '../courier/carry-batches.ts';
import { receivedOf } from '../courier/received-ledger.ts';
import type { DataFolder } from '../data-folder.ts';
import { keysAnswer } from '../key-answer.ts';
import { nothingRecorded } from '../open-device-key.ts';
import { carrierDiskWith } from '../sync/carrier-disk.ts';
import { systemClock } from '../system-clock.ts';
import { version } from '../version.ts';
import { deviceKey } from './bundle.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { readInstant } from './read-instant.ts';

const AT_ONCE = 100;
/** An appliance may be writing to the same disk. */
const carrierDisk = carrierDiskWith('.carry.part');

export const syncCarry: Command = {
  name: 'sync carry',
  summary: 'Write what nobody has received yet onto a disk to be carried, and on request an evidence bundle',
  options: {
    data: DATA_OPTION,
    config: CONFIG_OPTION,
    folder: { type: 'string', value: 'FOLDER', about: 'another folder than sync.file.folder in plant.yaml' },
    all: { type: 'boolean', about: 'everything that was ever sealed, for a receiver who has nothing yet' },
    from: { type: 'string', value: 'TIME', about: 'with --to: an evidence bundle of that period, too' },
    to: { type: 'string', value: 'TIME', about: 'end of the period of the bundle', alias: 'until' },
    json: JSON_OPTION,
  },
  notes: ['Works beside a running appliance. A disk that was lost is replaced by this: nothing is received twice.'],
  run: (call) => withStore(call, (store, folder) => carry(call, store, folder)),
};

async function carry(call: Call, store: ReadableStore, dataFolder: DataFolder): Promise<0> {
  const { texts, flags, output } = call;
  const period = periodOf(call);
  const { config } = keptPlant(store, call);
  const folder = texts.folder ?? config.sync?.file?.folder;
  if (folder === undefined) throw usage('plant.yaml names no folder under sync.file.', 'name one with --folder');
  if (!(await carrierDisk.isThere(folder))) throw failed(await diskAbsent(carrierDisk, folder));
  const { id: plantId, name: plantName } = config.plant;
  const received = receivedOf(store);
  const counts = { written: 0, held: 0 };
  for (let end = flags.has('all') ? 0 : received.size; ; ) {
    const carried = await carryBatches({ store, disk: carrierDisk, folder, plantId, share: 'every' }, end, AT_ONCE);
    counts.written += carried.written;
    counts.held += carried.held;
    end = carried.end;
    if (carried.fault !== undefined) throw failed(carried.fault);
    if (output.isTerminal) output.note(`${counts.written + counts.held} batches so far`);
    if (carried.isDone) break;
  }
  const bundle = period === undefined ? null : await carryBundle(store, dataFolder, { folder, plantId, ...period });
  const key = keysAnswer(store).at(-1);
  if (key === undefined) throw nothingRecorded(dataFolder.root);
  const { verifierKey } = key;
  const log = verifierKey.split('+')[0] ?? '';
  const receiver = config.sync?.file?.receiver ?? null;
  const facts = { folder, plantId, plantName, log, verifierKey, version, received, receiver };
  const index = await indexOf(carrierDisk, store, facts);
  if (index.batches.count + index.bundles.length > 0) await writeIndex(carrierDisk, folder, index);
  if (flags.has('json')) output.json({ folder, ...counts, bundle, index });
  else {
    output.line(`${folder}: ${countNoun(counts.written, 'batch')} written, ${counts.held} held already`);
    if (bundle !== null) output.line(`bundle: ${bundle}`);
  }
  return 0;
}

interface BundlePeriod {
  readonly fromMs: number;
  readonly toMs: number;
}

function periodOf({ texts }: Call): BundlePeriod | undefined {
  const fromMs = readInstant('from', texts.from);
  const toMs = readInstant('to', texts.to);
  if (fromMs === undefined && toMs === undefined) return undefined;
  if (fromMs === undefined || toMs === undefined || fromMs >= toMs) {
    throw usage(
      'A bundle needs --from and --to, in this order; a folder is named with --folder.',
      'such as --from 2026-10-01 --to 2026-11-01',
    );
  }
  return { fromMs, toMs };
}

/** A bundle of the same period that is there already is kept under its name; the new one gets a number. */
async function carryBundle(
  store: ReadableStore,
  dataFolder: DataFolder,
  { folder, plantId, fromMs, toMs }: BundlePeriod & { readonly folder: string; readonly plantId: string },
): Promise<string> {
  const below = carrierPath(folder, plantFolder(plantId), BUNDLES_FOLDER);
  mkdirSync(below, { recursive: true });
  const days = `${toIso(fromMs).slice(0, 10)}-to-${toIso(toMs).slice(0, 10)}`;
  let path = carrierPath(below, `${days}.zip`);
  for (let number = 2; existsSync(path); number += 1) path = carrierPath(below, `${days}-${number}.zip`);
  await buildBundle({
    store,
    fromMs,
    toMs,
    path,
    withSamples: 'without-samples',
    keptSizes: [],
    key: deviceKey(store, dataFolder),
    verifyPage: verifyPage(),
    tool: `forebay ${version}`,
    createdAt: toIso(systemClock.wallMs()),
    onProgress: () => undefined,
  });
  return path;
}

function failed({ code, message, hint }: { code: string; message: string; hint?: string | undefined }): Failure {
  return new Failure(code, message, { exitCode: 3, ...(hint === undefined ? {} : { hint }) });
}
