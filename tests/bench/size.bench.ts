import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { checkHashes } from '../../core/ledger/check-hashes.ts';
import { seededRandom } from '../../core/model/random.ts';
import { usedBytes } from '../../core/store/disk-use.ts';
import { readEntry } from '../../core/store/entries.ts';
import { packedEnd } from '../../core/store/entry-blocks.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { packEntries } from '../../core/store/pack-entries.ts';
import { queryReadings } from '../../core/store/readings.ts';
import { countReadings, storedSize } from '../../core/store/stored-entries.ts';
import { fillDemoStore } from './demo-store.ts';

export interface SizeBenchOptions {
  /** Minutes of three units of the demonstration plant. */
  readonly minutes: number;
}

const FULL_SIZE: SizeBenchOptions = { minutes: 5000 };
const READS = 400;
const PAGE = 100;
const BEGIN_MS = Date.UTC(2026, 0, 1);

/** Budget: a reading takes under 1,000 bytes on disk. */
export async function run({ minutes }: SizeBenchOptions = FULL_SIZE): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  const store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  try {
    // How it is filled is not measured here.
    store.run('PRAGMA synchronous = OFF');
    await fillDemoStore(store, minutes);
    store.run('PRAGMA synchronous = FULL');
    const before = measure(store, minutes);
    const packing = packAll(store);
    const after = measure(store, minutes);
    return results(store, before, after, packing);
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measure {
  readonly bytesPerReading: number;
  readonly oneMs: number;
  readonly pageMs: number;
  readonly checkUs: number;
}

interface Packing {
  readonly blocks: number;
  /** The longest of the writes, and all of them by the processor's time. */
  readonly longestMs: number;
  readonly cpuUsPerEntry: number;
}

function measure(store: WritableStore, minutes: number): Measure {
  const random = seededRandom(5);
  const size = storedSize(store);
  const one = cpuMs(READS, () => readEntry(store, Math.floor(random.next() * size)));
  const page = cpuMs(READS / 10, (i) => {
    const fromMs = BEGIN_MS + Math.floor(random.next() * minutes) * 60_000;
    queryReadings(store, { unitId: `unit${1 + (i % 3)}`, fromMs, order: 'asc', limit: PAGE });
  });
  const check = cpuMs(1, () => {
    const { ok, firstBad } = checkHashes(ledgerReader(store));
    if (!ok) throw new Error(`the benchmark's own ledger does not hold: ${firstBad?.message}`);
  });
  return { bytesPerReading: bytesPerReading(store), oneMs: one, pageMs: page, checkUs: (check * 1000) / size };
}

/** Of everything but raw samples, which are kept for some time only. */
function bytesPerReading(store: ReadableStore): number {
  const sql = "SELECT sum(pgsize) AS bytes FROM dbstat WHERE name LIKE '%sample_%' OR name = 'open_cycles'";
  const samples = store.get<{ bytes: number }>(sql)?.bytes ?? 0;
  return (usedBytes(store) - samples) / countReadings(store);
}

function packAll(store: WritableStore): Packing {
  const first = packedEnd(store);
  let [blocks, longestMs] = [0, 0];
  const before = process.cpuUsage();
  for (let more = true; more; ) {
    const started = performance.now();
    more = packEntries(store) !== undefined;
    if (more) longestMs = Math.max(longestMs, performance.now() - started);
    if (more) blocks += 1;
  }
  const used = process.cpuUsage(before);
  return { blocks, longestMs, cpuUsPerEntry: (used.user + used.system) / Math.max(1, packedEnd(store) - first) };
}

function cpuMs(times: number, work: (i: number) => unknown): number {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) work(i);
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000 / times;
}

function results(store: ReadableStore, before: Measure, after: Measure, packing: Packing): BenchResult[] {
  const readings = countReadings(store);
  const figure = (name: string, unit: string, pick: (measure: Measure) => number, note: string): BenchResult => ({
    name,
    value: pick(after),
    unit,
    baseline: pick(before),
    ratio: pick(after) / pick(before),
    note,
  });
  const plain = storedSize(store) - packedEnd(store);
  return [
    figure(
      'bytes-per-reading',
      'bytes',
      ({ bytesPerReading: bytes }) => bytes,
      `all of the store but raw samples, ${readings} readings of the demonstration plant, the newest ${plain} entries not packed; baseline: none packed; budget 1,000`,
    ),
    {
      name: 'pack',
      value: packing.cpuUsPerEntry,
      unit: 'us of processor/entry',
      note: `${packing.blocks} blocks, each a durable write; the longest took ${packing.longestMs.toFixed(1)} ms`,
    },
    figure('read-one', 'ms of processor', ({ oneMs }) => oneMs, `an entry anywhere, of ${READS}; baseline: not packed`),
    figure(
      'read-page',
      'ms of processor',
      ({ pageMs }) => pageMs,
      `${PAGE} readings of one of three units; baseline: not packed`,
    ),
    figure('fsck-quick', 'us of processor/entry', ({ checkUs }) => checkUs, 'in one thread; baseline: not packed'),
  ];
}
