import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { present } from '../../core/model/assert.ts';
import { median } from '../../core/model/median.ts';
import { freePort } from '../fixtures/free-port.ts';
import { buildLibmodbusProgram, startPeer } from '../peers/start-peer.ts';
import { POINT_STRIDE, writeManyPoints } from './many-points-plant.ts';
import { processorSeconds, residentMb } from './process-figures.ts';

const LAUNCHER = fileURLToPath(new URL('../../appliance/forebay.mjs', import.meta.url));
const REGISTERS_MAX = 125;
const MEMORY_EVERY_S = 10;

export interface ManyPointsSize {
  readonly devices: number;
  readonly pointsPerDevice: number;
  readonly warmUpS: number;
  readonly measureS: number;
}

/** `FOREBAY_SOAK_MINUTES=30` measures for so long, after five minutes in which memory may find its level. */
function sizeFromEnvironment(): ManyPointsSize {
  const soakMinutes = Number(process.env.FOREBAY_SOAK_MINUTES ?? 0);
  const isSoak = soakMinutes > 0;
  return {
    devices: 20,
    pointsPerDevice: 250,
    warmUpS: isSoak ? 300 : 30,
    measureS: isSoak ? soakMinutes * 60 : 60,
  };
}

/**
 * 5,000 points at 1 s over 20 Modbus TCP devices, recorded, with one console open. Budget: 99.9 % of the polls begin
 * within 100 ms of their slot, under 40 % of one core, memory drift under 5 % in a soak. The baseline of the processor
 * is a libmodbus client in C that makes the same requests as often and keeps nothing.
 */
export async function run(size: ManyPointsSize = sizeFromEnvironment()): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-many-points-'));
  const peer = await startPeer({ kind: 'libmodbus', port: await freePort(), epochMs: 0, exportStart: 0 });
  const config = writeManyPoints(folder, { ...size, port: peer.port });
  const data = join(folder, 'data');
  const key = execFileSync(process.execPath, [
    LAUNCHER,
    'apikey',
    'create',
    '--data',
    data,
    '--role',
    'viewer',
    '--name',
    'bench',
  ])
    .toString()
    .trim();
  const args = [LAUNCHER, 'start', '--config', config, '--data', data, '--port', '0'];
  const appliance = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const console = new AbortController();
  try {
    const url = await startedAt(appliance);
    void listen(`${url}/api/v1/stream`, key, console.signal);
    await wait(size.warmUpS * 1000);
    const before = await figures(url, key, appliance.pid);
    const memoryMb: number[] = [];
    for (let second = 0; second < size.measureS; second += MEMORY_EVERY_S) {
      await wait(Math.min(MEMORY_EVERY_S, size.measureS - second) * 1000);
      memoryMb.push(residentMb(appliance.pid));
    }
    const after = await figures(url, key, appliance.pid);
    const baselineS = await clientProcessorSeconds(peer.port, size);
    return results(size, before, after, memoryMb, baselineS);
  } finally {
    console.abort();
    appliance.kill('SIGTERM');
    if (appliance.exitCode === null) await once(appliance, 'exit');
    await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Figures {
  readonly atMs: number;
  readonly processorS: number;
  readonly samples: number;
  readonly misses: number;
  readonly polls: number;
  readonly pollsOnTime: number;
}

async function figures(url: string, key: string, pid: number | undefined): Promise<Figures> {
  const answer = await fetch(`${url}/metrics`, { headers: { 'x-api-key': key } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`no metrics: ${text}`);
  const sum = (name: string): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    atMs: performance.now(),
    processorS: processorSeconds(pid),
    samples: sum('forebay_samples_total'),
    misses: sum('forebay_misses_total'),
    polls: sum('forebay_poll_delay_seconds_count'),
    pollsOnTime: sum('forebay_poll_delay_seconds_bucket{le="0.1"}'),
  };
}

function results(
  { devices, pointsPerDevice, warmUpS }: ManyPointsSize,
  before: Figures,
  after: Figures,
  memoryMb: readonly number[],
  baselineS: number,
): BenchResult[] {
  const seconds = (after.atMs - before.atMs) / 1000;
  const due = seconds * devices;
  const polls = after.polls - before.polls;
  const onTime = after.pollsOnTime - before.pollsOnTime;
  const read = after.samples - before.samples;
  const processorS = after.processorS - before.processorS;
  const what = `${devices * pointsPerDevice} points at 1 s over ${devices} devices, ${Math.round(seconds)} s`;
  const third = Math.max(1, Math.floor(memoryMb.length / 3));
  const [firstMb, lastMb] = [median(memoryMb.slice(0, third)), median(memoryMb.slice(-third))];
  return [
    {
      name: 'many-points-on-time',
      value: (onTime / polls) * 100,
      unit: '% of polls',
      note: `${what}; within 100 ms of their slot; budget: 99.9; ${polls} polls of ${Math.round(due)} due`,
    },
    {
      name: 'many-points-read',
      value: (read / (read + after.misses - before.misses)) * 100,
      unit: '% of values',
      note: `${what}; ${read} values read, ${after.misses - before.misses} missed`,
    },
    {
      name: 'many-points-processor',
      value: (processorS / seconds) * 100,
      unit: '% of one core',
      baseline: (baselineS / seconds) * 100,
      ratio: processorS / baselineS,
      note: `${what}; ${processorS.toFixed(2)} s of processor time; baseline: bare client in C; budget: 40`,
    },
    {
      name: 'many-points-memory-drift',
      value: (lastMb / firstMb - 1) * 100,
      unit: '%',
      note: `${what} after ${warmUpS} s; ${firstMb} MB to ${lastMb} MB resident; budget: under 5 in 30 minutes`,
    },
  ];
}

/** What a C client uses that makes the same requests, one cycle after another, for as many cycles as were due. */
async function clientProcessorSeconds(port: number, size: ManyPointsSize): Promise<number> {
  const registers = size.pointsPerDevice * POINT_STRIDE;
  const runs: number[] = [];
  for (let at = 0; at < registers; at += REGISTERS_MAX) runs.push(at, Math.min(REGISTERS_MAX, registers - at));
  const options = [port, size.devices * size.measureS, 1, ...runs].join(' ');
  const script = `${buildLibmodbusProgram('poll-client')} ${options} >/dev/null; times`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script]);
  const [, children = ''] = stdout.trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
}

/** The address that the appliance says it answers on; an appliance that ends instead is an error. */
async function startedAt(appliance: ChildProcess): Promise<string> {
  const ended = once(appliance, 'exit').then(([code]): never => {
    throw new Error(`the appliance ended with ${String(code)}`);
  });
  const lines = createInterface({ input: present(appliance.stdout, 'standard output') });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  return (JSON.parse(line) as { url: string }).url;
}

/** A console that is open: it takes what comes and shows it to nobody. */
async function listen(url: string, key: string, signal: AbortSignal): Promise<void> {
  try {
    const answer = await fetch(url, { headers: { 'x-api-key': key }, signal });
    for await (const chunk of answer.body ?? []) if (chunk.length < 0) return;
  } catch {
    // The end of the bench ends the stream.
  }
}
