import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { present } from '../../core/model/assert.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { countDeliveries } from '../../core/sync/kept-outbox.ts';
import type { SealMode } from '../../core/sync/sealer.ts';
import { type HederaNetwork, startHederaNetwork } from '../peers/hedera/hedera-network.ts';
import { newOperatorKey } from '../peers/hedera/operator-key.ts';
import { residentMb } from './process-figures.ts';
import { fillUndelivered } from './sync-backlog.ts';
import { bareRate } from './sync-bare-rate.ts';
import { writeSyncPlant } from './sync-bench-plant.ts';

export interface DrainSize {
  readonly mode: SealMode;
  readonly batches: number;
  /** Readings in each batch; 1 in direct mode. */
  readonly readingsPerBatch: number;
  readonly nodes: number;
  readonly consensusDelayMs: number;
  readonly mirrorDelayMs: number;
  readonly blockMs: number;
  /** So long the appliance polls without a link first, for the baseline. */
  readonly quietS: number;
  /** Messages that the bare SDK sends for the baseline. */
  readonly bareMessages: number;
}

export interface DrainMeasure {
  /** From the moment in which the link is back to the last receipt; the topic is made in it. */
  readonly seconds: number;
  readonly barePerSecond: number;
  readonly before: Quiet;
  readonly meanwhile: Quiet;
}

/** How the rest of the appliance fares. */
interface Quiet {
  readonly polls: number;
  /** Share of the polls that began within 100 ms of their slot. */
  readonly pollsOnTime: number;
  /** Resident at its greatest. */
  readonly memoryMb: number;
}

const LAUNCHER = fileURLToPath(new URL('../../appliance/forebay.mjs', import.meta.url));
const OPERATOR = '0.0.1001';
const SEED = 20_261_126;
const LOOK_MS = 200;

/** A plant that was without a link gets one: the whole appliance, with twenty devices polled at 1 s, delivers what waits. */
export async function measureDrain(size: DrainSize): Promise<DrainMeasure> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-drain-'));
  const key = newOperatorKey();
  const { nodes, consensusDelayMs, mirrorDelayMs, blockMs } = size;
  const operator = { id: OPERATOR, publicKey: key.publicKey };
  const network = await startHederaNetwork({ seed: SEED, operator, nodes, consensusDelayMs, mirrorDelayMs, blockMs });
  try {
    const data = join(folder, 'data');
    const apiKey = fillUndelivered(data, size);
    const barePerSecond = await bareRate(network, key, size.bareMessages);
    const config = writeSyncPlant(folder, network, key, size.mode.kind);
    const topicsBefore = new Set(network.topics.keys());
    const drained = await drain({ ...size, config, data, apiKey, network });
    const ours = [...network.topics.values()].filter(({ id }) => !topicsBefore.has(id));
    const messages = ours.flatMap((topic) => topic.messages.map(({ message }) => Buffer.from(message).toString()));
    // What the appliance itself recorded meanwhile may have made a batch more.
    if (new Set(messages).size !== messages.length || messages.length < size.batches) {
      throw new Error(`${messages.length} messages on ${ours.length} topics for ${size.batches} batches`);
    }
    return { ...drained, barePerSecond };
  } finally {
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Drain extends DrainSize {
  readonly config: string;
  readonly data: string;
  readonly apiKey: string;
  readonly network: HederaNetwork;
}

async function drain(parts: Drain): Promise<Omit<DrainMeasure, 'barePerSecond'>> {
  const { config, data, apiKey, batches, network, quietS } = parts;
  const args = [LAUNCHER, 'start', '--config', config, '--data', data, '--port', '0'];
  network.cut();
  network.mirror.cut();
  const appliance = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const url = await startedAt(appliance);
    const looker = { url, apiKey, pid: appliance.pid };
    const before = await look(looker, () => wait(quietS * 1000));
    network.restore();
    network.mirror.restore();
    const begunMs = performance.now();
    await fetch(`${url}/api/v1/sync/run`, { method: 'POST', headers: { 'x-api-key': apiKey } });
    const meanwhile = await look(looker, () => drained(join(data, 'ledger.db'), batches));
    return { seconds: (performance.now() - begunMs) / 1000, before, meanwhile };
  } finally {
    appliance.kill('SIGTERM');
    if (appliance.exitCode === null) await once(appliance, 'exit');
  }
}

async function drained(path: string, batches: number): Promise<void> {
  const store = openStore(path, { access: 'read' });
  while (delivered(store) < batches) await wait(LOOK_MS);
  store.close();
}

interface Looker {
  readonly url: string;
  readonly apiKey: string;
  readonly pid: number | undefined;
}

/** Looks at the appliance while `work` goes on. */
async function look({ url, apiKey, pid }: Looker, work: () => Promise<void>): Promise<Quiet> {
  const memoryMb = [residentMb(pid)];
  const timer = setInterval(() => memoryMb.push(residentMb(pid)), LOOK_MS);
  const first = await pollCounts(url, apiKey);
  await work();
  const last = await pollCounts(url, apiKey);
  clearInterval(timer);
  const polls = last.all - first.all;
  return { polls, pollsOnTime: (last.onTime - first.onTime) / polls, memoryMb: Math.max(...memoryMb) };
}

function delivered(store: ReadableStore): number {
  return countDeliveries(store, 'hedera').delivered;
}

async function startedAt(appliance: ChildProcess): Promise<string> {
  const ended = once(appliance, 'exit').then(([code]): never => {
    throw new Error(`the appliance ended with ${String(code)}`);
  });
  const lines = createInterface({ input: present(appliance.stdout, 'standard output') });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  return (JSON.parse(line) as { url: string }).url;
}

async function pollCounts(url: string, apiKey: string): Promise<{ all: number; onTime: number }> {
  const text = await (await fetch(`${url}/metrics`, { headers: { 'x-api-key': apiKey } })).text();
  const sum = (name: string): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return { all: sum('forebay_poll_delay_seconds_count'), onTime: sum('forebay_poll_delay_seconds_bucket{le="0.1"}') };
}
