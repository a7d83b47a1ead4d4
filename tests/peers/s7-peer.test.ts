import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Connection, ConnectOutcome } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { toText } from '../../core/model/decimal.ts';
import { s7 } from '../../drivers/s7/s7.ts';
import { driverHost } from '../contract/driver-host.ts';
import type { PointText } from '../contract/modbus-device.ts';
import { s7Device } from '../contract/s7-device.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type Snap7, startSnap7 } from './snap7/start-snap7.ts';

const NEVER = new AbortController().signal;

let peer: Snap7;

beforeAll(async () => {
  peer = await startSnap7(await freePort());
  const bytes = Buffer.alloc(64);
  bytes.writeFloatBE(2.375, 0);
  bytes.writeFloatBE(93.5, 4);
  bytes.writeUInt32BE(4_294_967_000, 8);
  bytes.writeInt16BE(-1234, 12);
  bytes.writeUInt8(0b0000_0100, 14);
  bytes.writeDoubleBE(123_456_789.25, 16);
  bytes.writeBigInt64BE(-9_007_199_254_740_993n, 24);
  bytes.writeInt32BE(-70_001, 32);
  bytes.writeFloatBE(Number.NaN, 36);
  bytes.writeUInt16BE(2, 40);
  await peer.set('db1', 0, bytes);
  await peer.set('m', 10, Buffer.from([0x08, 0xab, 0xcd]));
  await peer.set('i', 64, Buffer.from([0x01, 0x02]));
  await peer.set('q', 3, Buffer.from([0xfe]));
});

beforeEach(() => peer.cpu('run'));

afterAll(() => peer.stop());

async function open(points: readonly PointText[], connection: Record<string, unknown> = {}): Promise<Connection> {
  const device = s7Device({ port: peer.port, ...connection }, points);
  const outcome: ConnectOutcome = await s7.connect(device, driverHost(1), NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  return outcome.connection;
}

async function readAll(
  points: readonly PointText[],
  connection: Record<string, unknown> = {},
): Promise<readonly Outcome[]> {
  const opened = await open(points, connection);
  const outcomes = await opened.read(s7Device({ port: peer.port }, points).points, NEVER);
  await opened.close();
  return outcomes;
}

function shown(outcomes: readonly Outcome[]): (number | string)[] {
  return outcomes.map((outcome) => (outcome.kind === 'miss' ? outcome.fault.code : outcome.value));
}

test('values of every type and area come as Snap7 holds them', async () => {
  const outcomes = await readAll([
    { id: 'flow', address: 'DB1,REAL0', unit: 'm3/s' },
    { id: 'head', address: 'DB1,R4', unit: 'm' },
    { id: 'energy', address: 'DB1,DWORD8', scale: 0.1, unit: 'kWh', kind: 'counter' },
    { id: 'gate', address: 'DB1,INT12', scale: 0.01, unit: '%' },
    { id: 'breaker', address: 'DB1,X14.2', map: { 0: 'stopped', 1: 'generating' }, kind: 'state' },
    { id: 'level', address: 'DB1,LREAL16', unit: 'm' },
    { id: 'wide', address: 'DB1,LINT24', unit: 'Wh', kind: 'counter' },
    { id: 'power', address: 'DB1,DINT32', scale: 0.001, unit: 'kW' },
    { id: 'broken', address: 'DB1,REAL36', unit: 'pH' },
    { id: 'state', address: 'DB1,WORD40', map: { 2: 'generating' }, kind: 'state' },
    { id: 'marker', address: 'MW11', unit: 'NTU' },
    { id: 'bit', address: 'M10.3', unit: '1' },
    { id: 'input', address: 'EW64', unit: '1' },
    { id: 'output', address: 'QB3', unit: '1' },
  ]);
  expect(shown(outcomes)).toEqual([
    2.375,
    93.5,
    429_496_700,
    -12.34,
    'generating',
    123_456_789.25,
    -9_007_199_254_740_992,
    -70.001,
    'DRV_S7_NOT_FINITE',
    'generating',
    0xabcd,
    1,
    0x0102,
    0xfe,
  ]);
  const registers = outcomes.flatMap((outcome) => (outcome.kind === 'sample' ? [outcome.register] : []));
  expect(registers.filter((register) => register !== undefined).map(toText)).toEqual([
    '429496700',
    '-9007199254740993',
  ]);
});

test('what does not exist is found out and costs its neighbours nothing', async () => {
  const points = [
    { id: 'flow', address: 'DB1,REAL0', unit: 'm3/s' },
    { id: 'past_the_end', address: 'DB7,REAL16', unit: 'm' },
    { id: 'last', address: 'DB7,INT14', unit: 'm' },
    { id: 'first', address: 'DB7,INT10', unit: 'm' },
    { id: 'no_block', address: 'DB9,REAL0', unit: 'm' },
  ];
  const expected = [2.375, 'DRV_S7_NO_SUCH_ADDRESS', 0, 0, 'DRV_S7_NO_SUCH_BLOCK'];
  const connection = await open(points);
  const device = s7Device({ port: peer.port }, points);
  expect(shown(await connection.read(device.points, NEVER))).toEqual(expected);
  const before = connection.counts().requests;
  expect(shown(await connection.read(device.points, NEVER))).toEqual(expected);
  // The mode and one read: what was refused is left out.
  expect(connection.counts().requests - before).toBe(2);
  await connection.close();
});

test('of two values at one place the one that runs past the end is refused alone', async () => {
  const points = [
    { id: 'word', address: 'DB7,DWORD14', unit: '1' },
    { id: 'bit', address: 'DB7,X15.0', unit: '1' },
    { id: 'other_bit', address: 'DB7,X14.7', unit: '1' },
  ];
  expect(shown(await readAll(points))).toEqual(['DRV_S7_NO_SUCH_ADDRESS', 0, 0]);
});

test('two hundred values spread over one block take few requests, and every one is right', async () => {
  const points = Array.from({ length: 200 }, (_, at) => ({
    id: `p${at}`,
    address: `DB1,INT${64 + at * 8}`,
    unit: 'm',
  }));
  const bytes = Buffer.alloc(1600);
  for (const [at] of points.entries()) bytes.writeInt16BE(at * 101 - 9000, at * 8);
  for (let at = 0; at < bytes.length; at += 160) await peer.set('db1', 64 + at, bytes.subarray(at, at + 160));
  const connection = await open(points, { pduBytes: 240 });
  const before = connection.counts().requests;
  const outcomes = await connection.read(s7Device({ port: peer.port }, points).points, NEVER);
  expect(shown(outcomes)).toEqual(points.map((_, at) => at * 101 - 9000));
  expect(connection.counts().requests - before).toBeLessThanOrEqual(10);
  await connection.close();
});

test('a CPU in STOP gives no values, and values again once it runs', async () => {
  const points = [{ id: 'flow', address: 'DB1,REAL0', unit: 'm3/s' }];
  const connection = await open(points);
  const device = s7Device({ port: peer.port }, points);
  await peer.cpu('stop');
  expect(shown(await connection.read(device.points, NEVER))).toEqual(['DRV_S7_STOP']);
  await peer.cpu('run');
  expect(shown(await connection.read(device.points, NEVER))).toEqual([2.375]);
  await connection.close();
});

test('a probe names the CPU, finds the blocks, and shows the bytes as every type', async () => {
  const outcome = await s7.probe?.(
    { url: new URL(`s7://127.0.0.1:${peer.port}/0/2`), places: [], points: [], reads: 2, everyMs: 5 },
    driverHost(3),
    NEVER,
  );
  if (outcome?.kind !== 'answered') throw new Error('the probe was not answered');
  const { identity, notes, places, counts, sent, connection } = outcome.report;
  expect(connection).toEqual({ host: '127.0.0.1', port: peer.port, rack: 0, slot: 2 });
  expect(identity.map(({ name }) => name)).toEqual(expect.arrayContaining(['order number', 'module type', 'mode']));
  expect(notes.join(' ')).toContain('DB1, DB7');
  const flow = places.find(({ place }) => place === 'DB1 byte 0');
  expect(flow?.decodings).toContainEqual({ label: 'REAL', settings: { address: 'DB1,REAL0' }, values: [2.375, 2.375] });
  expect(counts.writes).toBe(0);
  expect(Object.keys(sent).sort()).toEqual(['connect', 'negotiate', 'read-system-status', 'read-variables']);
});

test('the driver stands a PLC that is killed and comes back, and Snap7 saw no write', async () => {
  const points = [{ id: 'flow', address: 'DB1,REAL0', unit: 'm3/s' }];
  const device = s7Device({ port: peer.port, timeout: '2s' }, points);
  const { reads, writes } = await peer.counts();
  expect(writes).toBe(0);
  expect(reads).toBeGreaterThan(50);
  const connection = await open(points);
  await peer.kill();
  const [outcome] = await connection.read(device.points, NEVER);
  expect(outcome).toMatchObject({ kind: 'miss', fault: { policy: 'reconnect' } });
  await connection.close();
  const refused = await s7.connect(device, driverHost(4), NEVER);
  expect(refused).toMatchObject({ kind: 'fault', fault: { code: 'DRV_S7_REFUSED' } });
  peer = await startSnap7(peer.port);
  expect(shown(await readAll(points))).toEqual([0]);
});
