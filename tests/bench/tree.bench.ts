import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { checkLedgerHashes } from '../../appliance/fsck/check-ledger.ts';
import { checkHashes, type HashReport } from '../../core/ledger/check-hashes.ts';
import { leafHash, verifyInclusion } from '../../core/ledger/merkle.ts';
import { proveInclusion } from '../../core/ledger/proof.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';

export interface TreeBenchOptions {
  readonly entries: number;
}

const FILL_GROUP = 1000;
const PROOFS = 2000;
const BARE_HASHES = 100_000;
/** Steps through the indexes without a pattern that a cache could follow. */
const STRIDE = 7919;

/** FOREBAY_BENCH_ENTRIES sets the size; 10,000,000 takes about 3 GB of disk for the time of the run. */
export async function run(
  { entries }: TreeBenchOptions = { entries: Number(process.env.FOREBAY_BENCH_ENTRIES ?? 1_000_000) },
): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  const path = join(folder, 'ledger.db');
  try {
    fill(path, entries);
    const start = benchStart(path, entries);
    const store = openStore(path, { access: 'read' });
    try {
      return [start, benchProof(store, entries), ...(await benchHashes(store, entries)), sizeOf(path, entries)];
    } finally {
      store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Small entries, since only their number counts here. */
function fill(path: string, entries: number): void {
  const store = openStore(path, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  for (let n = 1; n < entries; n += FILL_GROUP) {
    const count = Math.min(FILL_GROUP, entries - n);
    recorder.record(Array.from({ length: count }, (_, i) => ({ kind: 'stop', body: { reason: `number ${n + i}` } })));
  }
  store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
}

/** From nothing to being able to record: the store, its newest entries, keys and tree. */
function benchStart(path: string, entries: number): BenchResult {
  const started = performance.now();
  const store = openStore(path, { access: 'write' });
  const opened = performance.now() - started;
  testRecorder(store);
  const value = performance.now() - started;
  store.close();
  const note = `at ${entries} entries: store, keys, tree and the newest 600 entries; baseline: opening the file`;
  return { name: 'ledger-start', value, unit: 'ms', baseline: opened, ratio: value / opened, note };
}

function benchProof(store: ReadableStore, entries: number): BenchResult {
  const reader = ledgerReader(store);
  const times: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < PROOFS; i++) {
    const index = (i * STRIDE * STRIDE) % entries;
    let started = performance.now();
    const proof = proveInclusion(reader, index);
    times.push(performance.now() - started);
    started = performance.now();
    const isProven = verifyInclusion(proof.leafHash, index, proof.size, proof.hashes, proof.root);
    bare.push(performance.now() - started);
    if (!isProven) throw new Error(`the proof of entry ${index} does not hold`);
  }
  const [value, p99, baseline] = [quantile(times, 0.5), quantile(times, 0.99), quantile(bare, 0.5)];
  const note = `median of ${PROOFS} over ${entries} entries, p99 ${p99.toFixed(3)} ms; baseline: checking the same proof`;
  return { name: 'inclusion-proof', value, unit: 'ms', baseline, ratio: value / baseline, note };
}

async function benchHashes(store: ReadableStore, entries: number): Promise<BenchResult[]> {
  const threads = availableParallelism();
  const alone = new CheckClock(entries);
  const together = new CheckClock(entries);
  // In turns, so that a busy machine slows both alike.
  for (let turn = 0; turn < 2; turn++) {
    await alone.time(() => checkHashes(ledgerReader(store)));
    await together.time(() => checkLedgerHashes(store));
  }
  const bytes = Buffer.alloc(150, 1);
  const started = performance.now();
  for (let i = 0; i < BARE_HASHES; i++) leafHash(bytes);
  const hashes = (BARE_HASHES / (performance.now() - started)) * 1000;
  const what = 'each entry, node and checkpoint root';
  return [
    {
      name: 'fsck-quick',
      value: together.perSecond,
      unit: 'entries/s',
      baseline: alone.perSecond,
      ratio: alone.perSecond / together.perSecond,
      note: `${what}, ${threads} processors, ${together.cpuUs} us of processor an entry; baseline: in one thread`,
    },
    {
      name: 'fsck-quick-alone',
      value: alone.perSecond,
      unit: 'entries/s',
      baseline: hashes,
      ratio: hashes / alone.perSecond,
      note: `${what}, in one thread, ${alone.cpuUs} us of processor an entry; baseline: hashing alone`,
    },
  ];
}

/** Time, and processor time of the whole process with all its threads. */
class CheckClock {
  readonly #entries: number;
  #checked = 0;
  #ms = 0;
  #cpu = 0;

  constructor(entries: number) {
    this.#entries = entries;
  }

  async time(check: () => HashReport | Promise<HashReport>): Promise<void> {
    const before = process.cpuUsage();
    const started = performance.now();
    const { ok, entries, firstBad } = await check();
    this.#ms += performance.now() - started;
    const used = process.cpuUsage(before);
    this.#cpu += used.user + used.system;
    this.#checked += entries;
    if (!ok || entries !== this.#entries) throw new Error(`the hashes do not hold: ${firstBad?.message}`);
  }

  get perSecond(): number {
    return (this.#checked / this.#ms) * 1000;
  }

  get cpuUs(): string {
    return (this.#cpu / this.#checked).toFixed(2);
  }
}

function sizeOf(path: string, entries: number): BenchResult {
  return {
    name: 'tree-bytes',
    value: statSync(path).size / entries,
    unit: 'bytes/entry',
    note: 'entries of 150 bytes',
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
