import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import type { Connection } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { type ModbusConnectionSettings, modbusConnectionSchema } from '../../drivers/modbus/connection-schema.ts';
import { modbusTcp } from '../../drivers/modbus/modbus-tcp.ts';
import { type Block, planBlocks } from '../../drivers/modbus/plan-blocks.ts';
import { spanOfPoint } from '../../drivers/modbus/point-plan.ts';
import { driverHost } from '../contract/driver-host.ts';
import { modbusDevice } from '../contract/modbus-device.ts';
import { freePort } from '../fixtures/free-port.ts';
import { buildLibmodbusProgram, startPeer } from '../peers/start-peer.ts';
import { pinProcess } from './pin-process.ts';

export interface PollBenchSize {
  cycles: number;
  warmUp: number;
  /** Driver and C client take turns this often, so that both see the machine's good and bad moments. */
  turns: number;
}

const NEVER = new AbortController().signal;
const POINTS = 200;
const REGISTERS = 600;

/** Where client and server run: a PLC is a computer of its own, so the budget holds for `apart`. */
const PLACEMENTS = [
  { name: 'poll-cycle', server: 0, client: 1, note: 'server and client on a processor each; budget: ratio <= 1.5' },
  { name: 'poll-cycle-one-processor', server: 0, client: 0, note: 'server and client on one processor; no budget' },
] as const;

/**
 * 200 points spread over 600 registers of one libmodbus server on loopback. Budget: at least 20 times fewer requests
 * than one for each point, and a cycle, decoded, within 1.5 times of a C client that reads the same blocks.
 */
export async function run(size: PollBenchSize = { cycles: 600, warmUp: 300, turns: 7 }): Promise<BenchResult[]> {
  const peer = await startPeer({ kind: 'libmodbus', port: await freePort(), epochMs: 0, exportStart: 0 });
  const device = spreadDevice(peer.port);
  const outcome = await modbusTcp.connect(device, driverHost(1), NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  const { connection } = outcome;
  try {
    const blocks = planBlocks(device.points.map(spanOfPoint), modbusConnectionSchema.parse({ host: '127.0.0.1' }));
    const before = connection.counts().requests;
    await connection.read(device.points, NEVER);
    const results = [requestsResult(connection.counts().requests - before)];
    for (const placement of PLACEMENTS) {
      const unpin = [pinProcess(peer.pid, placement.server), pinProcess(process.pid, placement.client)];
      const turns: Turn[] = [];
      for (let turn = 0; turn < size.turns; turn += 1) turns.push(await takeTurn(connection, device, blocks, size));
      for (const undo of unpin) undo?.();
      const isPinned = unpin.every((undo) => undo !== undefined);
      results.push(cycleResult(placement.name, turns, isPinned ? placement.note : 'wherever the scheduler put them'));
    }
    return results;
  } finally {
    await connection.close();
    await peer.stop();
  }
}

interface Turn {
  oursUs: number;
  theirsUs: number;
}

/** The driver and the C client, one after the other, so that both see the machine's good and bad moments. */
async function takeTurn(
  connection: Connection,
  device: DeviceConfig,
  blocks: readonly Block[],
  size: PollBenchSize,
): Promise<Turn> {
  const { port } = device.connection as ModbusConnectionSettings;
  const oursUs = await medianCycleUs(connection, device, size);
  const runs = blocks.flatMap(({ address, cells }) => [address, cells]);
  const options = [port, size.cycles, size.warmUp, ...runs].map(String);
  const { stdout } = await promisify(execFile)(buildLibmodbusProgram('poll-client'), options);
  return { oursUs, theirsUs: Number(stdout) };
}

function requestsResult(requests: number): BenchResult {
  return {
    name: 'poll-requests',
    value: requests,
    unit: 'requests/cycle',
    baseline: POINTS,
    ratio: POINTS / requests,
    note: `${POINTS} points over ${REGISTERS} registers; baseline: one request for each point; budget: ratio >= 20`,
  };
}

function cycleResult(name: string, turns: readonly Turn[], where: string): BenchResult {
  const value = median(turns.map(({ oursUs }) => oursUs));
  const baseline = median(turns.map(({ theirsUs }) => theirsUs));
  const note = `median; baseline: libmodbus client in C, same blocks, same server; ${where}`;
  return { name, value, unit: 'us', baseline, ratio: value / baseline, note };
}

async function medianCycleUs(connection: Connection, device: DeviceConfig, size: PollBenchSize): Promise<number> {
  const took: number[] = [];
  for (let cycle = -size.warmUp; cycle < size.cycles; cycle += 1) {
    const startedMs = performance.now();
    const outcomes = await connection.read(device.points, NEVER);
    const tookUs = (performance.now() - startedMs) * 1000;
    if (!outcomes.every((sample) => sample.kind === 'sample')) throw new Error('a point was not read');
    if (cycle >= 0) took.push(tookUs);
  }
  return median(took);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A value at every third register, of the types that a plant has. */
function spreadDevice(port: number): DeviceConfig {
  const types = ['uint32', 'int16', 'float32', 'uint16'] as const;
  return modbusDevice(
    { port, timeout: '2s' },
    Array.from({ length: POINTS }, (_, index) => {
      const type = types[index % types.length] ?? 'uint16';
      const kind = type === 'uint32' ? ('counter' as const) : ('gauge' as const);
      return { id: `p${index}`, register: 'holding', address: index * 3, type, kind, unit: 'kWh' };
    }),
  );
}
