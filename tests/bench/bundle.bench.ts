import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createDeflateRaw, createInflateRaw } from 'node:zlib';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { openDataFolder } from '../../appliance/data-folder.ts';
import type { Manifest } from '../../core/evidence/bundle-format.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { type DeviceKey, loadOrCreateDeviceKey } from '../../core/ledger/device-key.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { makeGenesis } from '../../core/ledger/genesis.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { toIso } from '../../core/model/time.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { benchReading } from './ledger-readings.ts';
import { peakMb, processorSeconds } from './process-figures.ts';

/**
 * Budget: 180,000 entries built in 20 s, verified in 20 s with less than 200 MB. FOREBAY_BENCH_ENTRIES sets the size;
 * 1,000,000 take about 6 GB of disk, and the memory must stay what it is.
 */
export interface BundleBenchOptions {
  readonly entries: number;
}

const MONTH: BundleBenchOptions = { entries: Number(process.env.FOREBAY_BENCH_ENTRIES ?? 180_000) };
const UNITS = 4;
const MINUTE_MS = 60_000;
const FROM_MS = Date.UTC(2026, 9, 1);
const GROUP = 1000;
const FOREBAY = fileURLToPath(new URL('../../appliance/forebay.mjs', import.meta.url));

export async function run({ entries }: BundleBenchOptions = MONTH): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  try {
    const data = join(folder, 'data');
    recordMonth(data, entries);
    const zip = join(folder, 'month.zip');
    const to = toIso(FROM_MS + Math.ceil(entries / UNITS) * MINUTE_MS);
    const build = await timed(['bundle', '--data', data, '--from', toIso(FROM_MS), '--to', to, '--out', zip, '--json']);
    const verify = await timed(['verify', zip, '--json']);
    const { manifest } = JSON.parse(build.stdout) as { manifest: Manifest };
    const bare = await bareSeconds(zip, manifest);
    const name = `${manifest.range.to - manifest.range.from} entries, ${Math.round(statSync(zip).size / 1e6)} MB`;
    return [
      result(
        'bundle-build',
        build.seconds,
        bare.deflate,
        `${name}; against DEFLATE and SHA-256 of the same bytes; at most 20 s`,
      ),
      result(
        'bundle-verify',
        verify.seconds,
        bare.inflate,
        `${name}; against INFLATE and SHA-256 of the same bytes; at most 20 s`,
      ),
      {
        name: 'bundle-verify-processor',
        value: verify.processorSeconds,
        unit: 's',
        note: 'processor time on all threads',
      },
      { name: 'bundle-build-memory', value: build.peakMb, unit: 'MB', note: 'resident at most, Node included' },
      {
        name: 'bundle-verify-memory',
        value: verify.peakMb,
        unit: 'MB',
        note: 'resident at most, Node included; at most 200 MB',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function result(name: string, seconds: number, bareSeconds: number, note: string): BenchResult {
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    name,
    value: round(seconds),
    unit: 's',
    baseline: round(bareSeconds),
    ratio: round(seconds / bareSeconds),
    note,
  };
}

/** A plant of four units that read every minute. */
function recordMonth(data: string, entries: number): void {
  const { storePath, keysFolder } = openDataFolder(data);
  const store = openStore(storePath, { access: 'write' });
  try {
    const key = loadOrCreateDeviceKey(keysFolder, { plantId: 'HP-001', disk: nodeKeyDisk });
    const genesis = makeGenesis({ plantId: 'HP-001', deviceKey: key.verifierKey, version: '0.1.0', origin: 'demo' });
    let nowMs = FROM_MS;
    const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: { wallMs: () => nowMs } });
    recorder.record([genesis]);
    for (let n = 0; n < entries; n += GROUP) {
      nowMs = FROM_MS + Math.floor(n / UNITS) * MINUTE_MS;
      recorder.record(Array.from({ length: Math.min(GROUP, entries - n) }, (_, i) => minuteReading(n + i, key)));
    }
  } finally {
    store.close();
  }
}

/** As large as what the appliance records, about 2 KB, and sound: energy, score and signature follow from the rest. */
export function minuteReading(n: number, key: Pick<DeviceKey, 'sign'>): NewEntry {
  const { body } = benchReading(n);
  const fromMs = FROM_MS + Math.floor(n / UNITS) * MINUTE_MS;
  const [from, to] = [toIso(fromMs), toIso(fromMs + MINUTE_MS)];
  const span = (start: number, wh: number): JsonObject => ({
    startKwh: `${start}.25`,
    startAt: from,
    endKwh: `${start + Math.floor(wh / 1000)}.${25 + (wh % 1000) / 10}`,
    endAt: to,
    events: [],
  });
  const registers = { energyExport: span(123_456 + 30 * n, 30_500), energyImport: span(1200 + n, 0) };
  const energies = { energyWh: 30_500, energyImportWh: 0, registers };
  const reading = { ...(body.reading as JsonObject), from, to, ...energies };
  const signature = Buffer.from(key.sign(Buffer.from(canonicalize(reading), 'utf8'))).toString('base64');
  const verdict = { ...(body.verdict as JsonObject), status: 'APPROVED', trustScore: 0.988, findings: [] };
  return { kind: 'reading', body: { reading, signature, verdict } };
}

interface Timed {
  readonly seconds: number;
  /** Processor time of all threads, to a tenth of a second: what a machine that is busy otherwise does not change. */
  readonly processorSeconds: number;
  readonly peakMb: number;
  readonly stdout: string;
}

async function timed(args: readonly string[]): Promise<Timed> {
  const started = performance.now();
  const child = spawn(process.execPath, [FOREBAY, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let peak = 0;
  let processor = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMb(child.pid));
    processor = Math.max(processor, processorSecondsSoFar(child.pid));
  }, 100);
  let stdout = '';
  for await (const chunk of child.stdout) stdout += String(chunk);
  const code = child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)));
  clearInterval(watch);
  if (code !== 0) throw new Error(`forebay ${args[0]} ended with ${String(code)}`);
  return { seconds: (performance.now() - started) / 1000, processorSeconds: processor, peakMb: peak, stdout };
}

/** 0 once the process has ended. */
function processorSecondsSoFar(pid: number | undefined): number {
  try {
    return processorSeconds(pid);
  } catch {
    return 0;
  }
}

/** Packing and digesting the bytes of entries.ndjson, which are nearly all, and unpacking and digesting them again. */
async function bareSeconds(zip: string, manifest: Manifest): Promise<{ deflate: number; inflate: number }> {
  const entries = manifest.files[0];
  const from = 30 + 'entries.ndjson'.length;
  const stored = { start: from, end: from + (entries?.storedBytes ?? 0) - 1 };
  const plain: Uint8Array[] = [];
  const inflate = await clocked(async () => {
    const digest = createHash('sha256');
    await pipeline(createReadStream(zip, stored), createInflateRaw(), async (source: AsyncIterable<Uint8Array>) => {
      for await (const chunk of source) {
        digest.update(chunk);
        plain.push(chunk);
      }
    });
    digest.digest();
  });
  const deflate = await clocked(async () => {
    const digest = createHash('sha256');
    await pipeline(plain, createDeflateRaw(), async (source: AsyncIterable<Uint8Array>) => {
      for await (const chunk of source) digest.update(chunk);
    });
    digest.digest();
  });
  return { deflate, inflate };
}

async function clocked(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
