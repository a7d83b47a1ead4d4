import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { dataFolderAt } from '../../appliance/data-folder.ts';
import { readRunFile } from '../../appliance/run-file.ts';
import { present } from '../../core/model/assert.ts';
import { fillPlantLedger } from './fill-plant-ledger.ts';
import { peakMb, processorSeconds } from './process-figures.ts';

export interface StartBenchOptions {
  readonly entries: number;
  /** Starts of each folder, in turns; the medians are told. */
  readonly turns?: number;
}

const FOREBAY = fileURLToPath(new URL('../../appliance/forebay.mjs', import.meta.url));
const DEMO_PLANT = fileURLToPath(new URL('../../drivers/simulator/demo-plant.yaml', import.meta.url));
const ASK_AGAIN_MS = 5;

/**
 * Budget: with 10,000,000 entries the appliance listens within 2 s of its start as a process, on a plant of three units
 * with simulated devices. The baseline is the same plant with an empty ledger, in turns. FOREBAY_BENCH_ENTRIES sets the
 * size; 10,000,000 take about 3 GB of disk. Reads /proc, so on Linux only.
 */
export async function run(
  { entries, turns = 5 }: StartBenchOptions = { entries: Number(process.env.FOREBAY_BENCH_ENTRIES ?? 300_000) },
): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  try {
    const config = join(folder, 'plant.yaml');
    writeFileSync(config, readFileSync(DEMO_PLANT));
    const empty = { config, data: join(folder, 'empty') };
    const full = { config, data: join(folder, 'full') };
    // Both are begun by the appliance itself.
    for (const plant of [empty, full]) await startOnce(plant);
    const readings = fillPlantLedger(full.data, entries);
    const starts = { empty: [] as Start[], full: [] as Start[] };
    for (let turn = 0; turn < turns; turn++) {
      starts.empty.push(await startOnce(empty));
      starts.full.push(await startOnce(full));
    }
    const mb = Math.round(statSync(dataFolderAt(full.data).storePath).size / 1e6);
    const note = `median of ${turns}, ${entries} entries, ${readings} of them readings, ${mb} MB; baseline: an empty ledger`;
    return FIGURES.map(({ name, unit, of, what }) => {
      const [value, baseline] = [median(starts.full.map(of)), median(starts.empty.map(of))];
      return { name, value, unit, baseline, ratio: value / baseline, note: `${what}; ${note}` };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Start {
  readonly listeningMs: number;
  readonly processorMs: number;
  readonly sampleMs: number;
  readonly peakMb: number;
}

const FIGURES = [
  {
    name: 'start-listening',
    unit: 'ms',
    of: (start: Start) => start.listeningMs,
    what: 'from the start of the process to its line; at most 2 s',
  },
  { name: 'start-processor', unit: 'ms', of: (start: Start) => start.processorMs, what: 'processor time until then' },
  {
    name: 'start-first-sample',
    unit: 'ms',
    of: (start: Start) => start.sampleMs,
    what: 'until the API answers with a value that was read',
  },
  { name: 'start-memory', unit: 'MB', of: (start: Start) => start.peakMb, what: 'resident at most until then' },
] as const;

async function startOnce({ config, data }: { config: string; data: string }): Promise<Start> {
  const args = ['start', '--config', config, '--data', data, '--port', '0'];
  const started = performance.now();
  const child = spawn(process.execPath, [FOREBAY, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await listening(child);
    const listeningMs = performance.now() - started;
    const processorMs = processorSeconds(child.pid) * 1000;
    await firstSample(data);
    const sampleMs = performance.now() - started;
    return { listeningMs, processorMs, sampleMs, peakMb: peakMb(child.pid) };
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
}

async function listening(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the appliance ended with ${String(code)}`);
  });
  await Promise.race([once(present(child.stdout, 'standard output'), 'data'), ended]);
  ended.catch(() => {});
}

interface PointAnswer {
  readonly items: readonly { readonly value?: unknown }[];
}

/** Asks as the commands of this computer do, with the token of the run file. */
async function firstSample(data: string): Promise<void> {
  for (;;) {
    const { url, localToken } = present(readRunFile(dataFolderAt(data)), 'the run file');
    const response = await fetch(`${url}/api/v1/points`, { headers: { authorization: `Bearer ${localToken}` } });
    if (!response.ok) throw new Error(`the appliance answered with ${response.status}`);
    const { items } = (await response.json()) as PointAnswer;
    if (items.some(({ value }) => value !== undefined)) return;
    await wait(ASK_AGAIN_MS);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
