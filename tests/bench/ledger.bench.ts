import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toReadingAnswers } from '../../appliance/api/reading-answer.ts';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { fsckLedger } from '../../appliance/fsck/check-ledger.ts';
import { checkClose } from '../../appliance/fsck/check-months.ts';
import { type CloseParts, closeMonth } from '../../appliance/month/close-month.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { type FsckReport, fsck } from '../../core/ledger/fsck.ts';
import type { Recorder } from '../../core/ledger/recorder.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { queryReadings, type ReadingQuery } from '../../core/store/readings.ts';
import { testGenesis, testKey, testRecorder } from '../fixtures/ledger.ts';
import { hederaReceipt, SealedLedger } from '../fixtures/sealed-ledger.ts';
import { measureIngest } from './ledger-ingest.ts';
import { benchReading, benchReadingKey } from './ledger-readings.ts';

export interface LedgerBenchOptions {
  /** Readings in the large ledger. */
  readonly readings: number;
}

const FULL_SIZE: LedgerBenchOptions = { readings: 1_000_000 };
const FILL_GROUP = 1000;
const GROUP = 100;
const RUN = 240;
const PAGE = 100;
const PAGES = 200;

export async function run({ readings }: LedgerBenchOptions = FULL_SIZE): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  const store = openStore(join(folder, 'large.sqlite'), { access: 'write' });
  try {
    const recorder = testRecorder(store);
    recorder.record([testGenesis]);
    const sealed = new SealedLedger(store, recorder);
    for (let n = 0; n < readings; n += FILL_GROUP) {
      const first = recorder.head().size;
      recordRange(recorder, n, Math.min(FILL_GROUP, readings - n));
      sealInRuns(sealed, first, recorder.head().size);
    }
    const empty = openStore(join(folder, 'empty.sqlite'), { access: 'write' });
    const append = benchAppend(recorder, empty, readings);
    empty.close();
    return [
      append,
      ...benchPages(store, readings),
      benchAnchors(store, readings),
      ...(await benchFsck(folder, readings)),
      ...benchIngest(readings),
    ];
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function recordRange(recorder: Recorder<WritableStore>, from: number, count: number): number {
  const entries = Array.from({ length: count }, (_, i) => benchReading(from + i));
  const started = performance.now();
  recorder.record(entries);
  return performance.now() - started;
}

/** As readings of 1 minute of four units are sealed every hour, for two targets of which one has it. */
function sealInRuns(sealed: SealedLedger, from: number, to: number): void {
  for (let first = from; first < to; first += RUN) {
    const batch = sealed.seal(first, Math.min(to, first + RUN), ['file', 'hedera']);
    sealed.deliver('hedera', batch, hederaReceipt(batch));
  }
}

/** In turns, so that a busy disk slows both alike. */
function benchAppend(large: Recorder<WritableStore>, emptyStore: WritableStore, readings: number): BenchResult {
  const empty = testRecorder(emptyStore);
  empty.record([testGenesis]);
  const groups = Math.max(5, Math.min(300, readings / GROUP / 10));
  const times = { large: [] as number[], empty: [] as number[] };
  for (let g = 0; g < groups; g++) {
    times.large.push(recordRange(large, readings + g * GROUP, GROUP));
    times.empty.push(recordRange(empty, g * GROUP, GROUP));
  }
  const perReadingUs = (list: readonly number[]): number => (mean(list) / GROUP) * 1000;
  return {
    name: 'append-at-size',
    value: perReadingUs(times.large),
    unit: 'us/reading',
    baseline: perReadingUs(times.empty),
    ratio: mean(times.large) / mean(times.empty),
    note: `at ${readings} readings against an empty ledger, ${GROUP} a write; ratio of medians ${(
      median(times.large) / median(times.empty)
    ).toFixed(3)}`,
  };
}

/** Pages all over the ledger, for each way of asking. The processor time tells a busy machine from a slow query. */
function benchPages(store: WritableStore, readings: number): BenchResult[] {
  const pick = (i: number): number => benchReadingKey(Math.floor(((i * 7919) % 1000) * (readings / 1000))).fromMs;
  const ways: Record<string, (i: number) => ReadingQuery> = {
    'by unit and time': (i) => ({ unitId: `unit${(i % 4) + 1}`, fromMs: pick(i), order: 'asc', limit: PAGE }),
    'by time, newest first': (i) => ({ toMs: pick(i), order: 'desc', limit: PAGE }),
    'flagged of a unit': (i) => ({ unitId: 'unit2', status: 'FLAGGED', toMs: pick(i), order: 'desc', limit: PAGE }),
  };
  return Object.entries(ways).map(([way, query]) => {
    const before = process.cpuUsage();
    const times = Array.from({ length: PAGES }, (_, i) => {
      const started = performance.now();
      queryReadings(store, query(i));
      return performance.now() - started;
    });
    const used = process.cpuUsage(before);
    const cpuMs = (used.user + used.system) / 1000 / PAGES;
    const note = `${way}, ${PAGE} of ${readings}; p99 ${quantile(times, 0.99).toFixed(2)} ms, processor ${cpuMs.toFixed(2)} ms`;
    return { name: 'readings-page', value: median(times), unit: 'ms (median)', note };
  });
}

/** What the API answers: the page with how far each of its readings has come, beside the query for the page alone. */
function benchAnchors(store: WritableStore, readings: number): BenchResult {
  const alone: number[] = [];
  const times = Array.from({ length: PAGES }, (_, i) => {
    const { fromMs } = benchReadingKey(Math.floor(((i * 7919) % 1000) * (readings / 1000)));
    const started = performance.now();
    const { items } = queryReadings(store, { unitId: `unit${(i % 4) + 1}`, fromMs, order: 'asc', limit: PAGE });
    alone.push(performance.now() - started);
    toReadingAnswers(store, items);
    return performance.now() - started;
  });
  return {
    name: 'readings-answer',
    value: median(times),
    unit: 'ms (median)',
    baseline: median(alone),
    ratio: median(times) / median(alone),
    note: `by unit and time with reviews, credit and anchors, ${PAGE} of ${readings}; p99 ${quantile(times, 0.99).toFixed(2)} ms; baseline: the page alone`,
  };
}

async function benchFsck(folder: string, readings: number): Promise<BenchResult[]> {
  const count = Math.min(readings, 20_000);
  const store = openStore(join(folder, 'signed.sqlite'), { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  for (let n = 0; n < count; n += GROUP) {
    recorder.record(Array.from({ length: Math.min(GROUP, count - n) }, (_, i) => benchReading(n + i, testKey)));
  }
  const alone = await timedFsck(() => fsck(ledgerReader(store)));
  const together = await timedFsck(() => fsckLedger(store));
  const again = await benchMonth(store, recorder, count, alone.cpuUs);
  store.close();
  const { report, cpuUs } = together;
  const note = `${report.checkedSignatures} Ed25519 signatures among ${report.entries} entries, ${cpuUs} us of processor an entry`;
  const whole = {
    name: 'fsck',
    value: together.perSecond,
    unit: 'entries/s',
    baseline: alone.perSecond,
    ratio: alone.perSecond / together.perSecond,
    note: `${note}; baseline: in one thread, ${alone.cpuUs} us`,
  };
  return [whole, again];
}

/** What it adds to the check that the readings are of a closed month, which is added up again. */
async function benchMonth(
  store: WritableStore,
  recorder: Recorder<WritableStore>,
  readings: number,
  fsckUs: number,
): Promise<BenchResult> {
  const config = { plant: { timezone: 'UTC' }, intervalMs: 300_000, units: [] } as unknown as CloseParts['config'];
  const parts = {
    config,
    store,
    nowMs: () => Date.UTC(2026, 1, 2),
    record: (entry: NewEntry) => recorder.record([entry]),
  };
  const person = { by: 'Asha', account: 'key:a', role: 'engineer' as const };
  const index = await closeMonth(parts, { month: '2026-01', leave: ['gaps', 'flagged'], ...person });
  const before = process.cpuUsage();
  const problem = await checkClose(store, index);
  const used = process.cpuUsage(before);
  if (problem !== undefined) throw new Error(`the benchmark's own month does not hold: ${problem.message}`);
  const value = (used.user + used.system) / readings;
  const note = `one closed month of ${readings} readings added up again; baseline: the rest of fsck, in one thread`;
  return {
    name: 'fsck-month',
    value,
    unit: 'us of processor a reading',
    baseline: fsckUs,
    ratio: value / fsckUs,
    note,
  };
}

async function timedFsck(check: () => FsckReport | Promise<FsckReport>) {
  const before = process.cpuUsage();
  const started = performance.now();
  const report = await check();
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(before);
  if (!report.ok) throw new Error(`the benchmark's own ledger does not hold: ${report.firstBad?.message}`);
  return {
    report,
    perSecond: report.entries / seconds,
    cpuUs: Math.round((used.user + used.system) / report.entries),
  };
}

/** The ledger's own part of `ingest`: readings that are ready made, so without scoring and signing. */
function benchIngest(readings: number): BenchResult[] {
  const count = Math.min(readings, 20_000);
  const ready = Array.from({ length: count }, (_, n) => benchReading(n));
  const produce = (n: number) => ready[n] ?? benchReading(n);
  return [
    { name: 'ledger-ingest', readings: count, perWrite: GROUP },
    { name: 'ledger-ingest-single', readings: Math.ceil(count / 20), perWrite: 1 },
  ].map(({ name, ...size }) => {
    const { readingsPerSecond, barePerSecond, bytesPerReading } = measureIngest({ ...size, produce });
    return {
      name,
      value: readingsPerSecond,
      unit: 'readings/s',
      baseline: barePerSecond,
      ratio: barePerSecond / readingsPerSecond,
      note: `${size.perWrite} a write, ${Math.round(bytesPerReading)} bytes each; ratio is times slower than bare inserts`,
    };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
