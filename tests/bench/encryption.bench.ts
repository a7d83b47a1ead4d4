import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { openDataFolder } from '../../appliance/data-folder.ts';
import { checkHashes } from '../../core/ledger/check-hashes.ts';
import { usedBytes } from '../../core/store/disk-use.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { encryptedFolder } from '../fixtures/encrypted-folder.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';
import { readingProducer } from './ingest-producer.ts';

const PER_WRITE = 100;
const OPENINGS = 20;
const FORMS = ['plain', 'encrypted'] as const;
type Form = (typeof FORMS)[number];

/** What an encrypted store costs against one in clear, in turns so that a busy machine slows both alike. */
export async function run(options: { readings?: number } = {}): Promise<BenchResult[]> {
  const readings = options.readings ?? 20_000;
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  try {
    const paths = {
      plain: openDataFolder(join(folder, 'plain')).storePath,
      encrypted: encryptedFolder(join(folder, 'encrypted')).storePath,
    };
    const ingestMs = ingest(paths, readings);
    const [plain, encrypted] = FORMS.map((form) => measure(paths[form]));
    if (plain === undefined || encrypted === undefined) throw new Error('both forms are measured');
    const rate = (form: Form): number => Math.round((readings / ingestMs[form]) * 1000);
    const figure = (name: string, unit: string, value: number, baseline: number, note: string): BenchResult => {
      return { name, value, unit, baseline, ratio: value / baseline, note: `${note}; baseline: the same in clear` };
    };
    return [
      figure('encrypted-ingest', 'readings/s', rate('encrypted'), rate('plain'), `${PER_WRITE} a write`),
      figure('encrypted-check', 'us of processor/entry', encrypted.checkUs, plain.checkUs, 'every hash, in one thread'),
      figure('encrypted-open', 'ms of processor', encrypted.openMs, plain.openMs, 'a handle that reads'),
      figure('encrypted-size', 'bytes/entry', encrypted.bytes, plain.bytes, 'all of the store'),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ingest(paths: Record<Form, string>, readings: number): Record<Form, number> {
  const ways = FORMS.map((form) => {
    const store = openStore(paths[form], { access: 'write' });
    const recorder = testRecorder(store);
    recorder.record([testGenesis]);
    return { form, store, recorder, produce: readingProducer() };
  });
  const spentMs = { plain: 0, encrypted: 0 };
  for (let n = 0; n < readings; n += PER_WRITE) {
    for (const { form, recorder, produce } of ways) {
      const started = performance.now();
      recorder.record(Array.from({ length: Math.min(PER_WRITE, readings - n) }, (_, i) => produce(n + i)));
      spentMs[form] += performance.now() - started;
    }
  }
  for (const { store } of ways) store.close();
  return spentMs;
}

function measure(path: string): { readonly checkUs: number; readonly openMs: number; readonly bytes: number } {
  const openMs = cpuMs(() => {
    for (let n = 0; n < OPENINGS; n += 1) openStore(path, { access: 'read' }).close();
  });
  const store = openStore(path, { access: 'read' });
  try {
    const reader = ledgerReader(store);
    const size = reader.size();
    const checkMs = cpuMs(() => {
      const { firstBad } = checkHashes(reader);
      if (firstBad !== undefined) throw new Error(`the benchmark's own ledger does not hold: ${firstBad.message}`);
    });
    return { checkUs: (checkMs * 1000) / size, openMs: openMs / OPENINGS, bytes: usedBytes(store) / size };
  } finally {
    store.close();
  }
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000;
}
