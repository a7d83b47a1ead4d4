import type { ReadableStore } from '../../core/store/handle.ts';
import { carrierPath, plantFolder } from '../../core/sync/targets/carrier-path.ts';
import type { CarrierDisk } from '../../core/sync/targets/file.ts';
import { countNoun } from '../commands/count-noun.ts';
import { parseBatchName } from './carried-batch.ts';
import type { Received } from './received-ledger.ts';

export const INDEX_FILE = 'index.json';
export const WORDS_FILE = 'READ-ME.txt';
export const BUNDLES_FOLDER = 'bundles';

export interface CarriedFile {
  readonly name: string;
  readonly bytes: number;
}

/** What is said of the disk besides what lies on it. */
export interface CarrierFacts {
  readonly folder: string;
  readonly plantId: string;
  readonly plantName: string;
  readonly log: string;
  readonly verifierKey: string;
  readonly version: string;
  readonly received: Received;
  readonly receiver: string | null;
}

export interface CarrierIndex {
  readonly v: 1;
  readonly format: 'forebay-carrier';
  readonly plant: string;
  readonly plantName: string;
  readonly log: string;
  readonly verifierKey: string;
  readonly tool: string;
  readonly batches: {
    readonly count: number;
    /** Runs of entries `[first, end)` without a hole between them. */
    readonly runs: readonly (readonly [number, number])[];
    readonly from: string | null;
    readonly to: string | null;
  };
  readonly bundles: readonly CarriedFile[];
  /** Entries that the receiver has confirmed: batches up to there may be deleted from the disk. */
  readonly receivedSize: number;
  readonly receiver: string | null;
}

/** What lies in the plant's folder on the disk. */
export async function indexOf(disk: CarrierDisk, store: ReadableStore, facts: CarrierFacts): Promise<CarrierIndex> {
  const folder = carrierPath(facts.folder, plantFolder(facts.plantId));
  const found = (await disk.list(folder)).flatMap((name) => parseBatchName(name) ?? []);
  const ordered = found.toSorted((a, b) => a.first - b.first);
  const runs: [number, number][] = [];
  for (const { first, end } of ordered) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] >= first) last[1] = Math.max(last[1], end);
    else runs.push([first, end]);
  }
  const below = carrierPath(folder, BUNDLES_FOLDER);
  const bundles: CarriedFile[] = [];
  for (const name of (await disk.list(below)).toSorted()) {
    if (name.endsWith('.zip')) bundles.push({ name, bytes: (await disk.sizeOf(carrierPath(below, name))) ?? 0 });
  }
  return {
    v: 1,
    format: 'forebay-carrier',
    plant: facts.plantId,
    plantName: facts.plantName,
    log: facts.log,
    verifierKey: facts.verifierKey,
    tool: `forebay ${facts.version}`,
    batches: {
      count: found.length,
      runs,
      ...periodOn(store, runs),
    },
    bundles,
    receivedSize: facts.received.size,
    receiver: facts.receiver,
  };
}

/** From when to when the batches in these runs say that their readings are; null where they hold none. */
function periodOn(
  store: ReadableStore,
  runs: CarrierIndex['batches']['runs'],
): { from: string | null; to: string | null } {
  const sql = `SELECT min(json_extract(message, '$.from')) AS "from", max(json_extract(message, '$.to')) AS "to"
    FROM batches WHERE first >= ? AND "end" <= ?`;
  const found = runs.flatMap(
    ([first, end]) => store.get<{ from: string | null; to: string | null }>(sql, first, end) ?? [],
  );
  // Instants of one form, so that their order is that of their texts.
  return {
    from: found.flatMap(({ from }) => from ?? []).toSorted()[0] ?? null,
    to:
      found
        .flatMap(({ to }) => to ?? [])
        .toSorted()
        .at(-1) ?? null,
  };
}

/** Writes the index in JSON and in words, where it says something else than before. @returns whether it did */
export async function writeIndex(disk: CarrierDisk, folder: string, index: CarrierIndex): Promise<boolean> {
  const base = carrierPath(folder, plantFolder(index.plant));
  const json = Buffer.from(`${JSON.stringify(index, null, 2)}\n`, 'utf8');
  const before = await disk.read(carrierPath(base, INDEX_FILE), json.length);
  if (before !== undefined && Buffer.compare(before, json) === 0) return false;
  await disk.write(carrierPath(base, WORDS_FILE), Buffer.from(inWords(index), 'utf8'));
  await disk.write(carrierPath(base, INDEX_FILE), json);
  return true;
}

function inWords(index: CarrierIndex): string {
  const { batches, bundles } = index;
  const lines = [
    `Evidence of the plant ${index.plantName} (${index.plant}), carried by hand.`,
    '',
    `On this disk: ${countNoun(batches.count, 'batch')} of its ledger${periodOf(batches)},`,
    `and ${countNoun(bundles.length, 'evidence bundle')}.`,
    ...batches.runs.map(([first, end]) => `  entries ${first} to ${end - 1}, without a hole`),
    ...bundles.map(({ name, bytes }) => `  ${BUNDLES_FOLDER}/${name}, ${inKb(bytes)}`),
    '',
    index.receiver === null
      ? 'Nobody is named who confirms what arrives.'
      : `To be received by ${index.receiver.split('+')[0]}, who confirmed the first ${index.receivedSize} entries so far.`,
    '',
    'Whoever receives this disk checks it, keeps what is on it and writes a signed receipt onto it:',
    '    forebay sync receive FOLDER --into DIR',
    'where FOLDER is the folder above this one.',
    index.receiver === null
      ? 'The plant reads no receipt until its plant.yaml names you: `receiver:` under sync.file, with the key that the command without FOLDER shows.'
      : 'Then carry the disk back to the plant: it reads the receipt by itself.',
    'A bundle is checked with `forebay verify FILE.zip`, or with the page verify.html in it.',
    '',
    `The plant signs with ${index.verifierKey}`,
    `Written by ${index.tool}.`,
    '',
  ];
  // Notepad of an old Windows shows no lines without carriage returns.
  return lines.join('\r\n');
}

function periodOf({ from, to }: CarrierIndex['batches']): string {
  return from === null || to === null ? '' : `, from ${from} to ${to}`;
}

const BYTES_PER_KB = 1000;

function inKb(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / BYTES_PER_KB))} KB`;
}
