import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import type { PointText } from '../../tests/contract/modbus-device.ts';
import { s7Device } from '../../tests/contract/s7-device.ts';
import { type Mischief, type S7Server, type S7ServerOptions, startS7Server } from '../../tests/fault/s7-server.ts';
import { SkippingClock } from '../../tests/fixtures/skipping-clock.ts';
import { s7ConnectionSchema } from './connection-schema.ts';
import { Frames } from './frames.ts';
import { runOf } from './plan-runs.ts';
import { s7 } from './s7.ts';
import { sendableName } from './send-gate.ts';
import { systemStatusRequest } from './system-status.ts';

const NEVER = new AbortController().signal;
/** So long a slow machine is waited for, and a test in which no reply comes lets it pass at once. */
const TIMEOUT_MS = 5000;
const POINTS: PointText[] = [
  { id: 'flow', address: 'DB1,INT0', unit: 'm3/s' },
  { id: 'head', address: 'DB2,INT40', unit: 'm' },
];
const servers: S7Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: Partial<S7ServerOptions> = {}): Promise<S7Server> {
  const server = await startS7Server({ byte: (_, at) => at, ...options });
  servers.push(server);
  return server;
}

/** A server that answers one kind of request with `mischief`; the time for an answer that never comes passes at once. */
async function startWith(mischief: Mischief, asked: 'connect' | 'negotiate', clock: SkippingClock): Promise<S7Server> {
  return start({
    script: ({ kind }) => {
      if (kind !== asked) return { kind: 'none' };
      if (mischief.kind === 'drop') setImmediate(() => clock.skip(TIMEOUT_MS));
      return mischief;
    },
  });
}

async function refusalOf(port: number, clock = new SkippingClock()): Promise<string> {
  const device = s7Device({ port, timeout: `${TIMEOUT_MS}ms` }, POINTS);
  const outcome = await s7.connect(device, driverHost(1, { clock }), NEVER);
  if (outcome.kind === 'fault') return outcome.fault.code;
  await outcome.connection.close();
  return 'connected';
}

async function connect(
  server: S7Server,
  connection: Record<string, unknown> = {},
  clock = new SkippingClock(),
): Promise<Connection> {
  const device = s7Device({ port: server.port, timeout: `${TIMEOUT_MS}ms`, ...connection }, POINTS);
  const outcome = await s7.connect(device, driverHost(1, { clock }), NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  return outcome.connection;
}

async function codesOf(connection: Connection): Promise<(string | number)[]> {
  const outcomes = await connection.read(s7Device({ port: 1 }, POINTS).points, NEVER);
  return outcomes.map((outcome) => (outcome.kind === 'miss' ? outcome.fault.code : outcome.value));
}

test.each([
  [{ kind: 'disconnect', reason: 3 }, 'DRV_S7_RACK_SLOT'],
  [{ kind: 'disconnect', reason: 0x81 }, 'DRV_S7_NO_FREE_CONNECTION'],
  [{ kind: 'end' }, 'DRV_S7_NOT_ACCEPTED'],
  [{ kind: 'reset' }, 'DRV_S7_NOT_ACCEPTED'],
  [{ kind: 'drop' }, 'DRV_S7_NOT_ACCEPTED'],
] as [Mischief, string][])('a connection request answered by %j is %s', async (mischief, code) => {
  const clock = new SkippingClock();
  const server = await startWith(mischief, 'connect', clock);
  expect(await refusalOf(server.port, clock)).toBe(code);
});

test.each([
  [{ kind: 'drop' }, 'DRV_S7_TIMEOUT'],
  [{ kind: 'end' }, 'DRV_S7_CLOSED'],
  [{ kind: 'request-error', error: 0x8104 }, 'DRV_S7_ACCESS_DENIED'],
  [{ kind: 'request-error', error: 0x1234 }, 'DRV_S7_REQUEST_REFUSED'],
] as [Mischief, string][])('a negotiation answered by %j is %s', async (mischief, code) => {
  const clock = new SkippingClock();
  const server = await startWith(mischief, 'negotiate', clock);
  expect(await refusalOf(server.port, clock)).toBe(code);
});

test('messages that no value fits into, and a server of another protocol, are named', async () => {
  const small = await start({ pduBytes: 20 });
  expect(await refusalOf(small.port)).toBe('DRV_S7_PDU_TOO_SMALL');
  const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const address = web.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  expect(await refusalOf(address.port)).toBe('DRV_S7_MALFORMED_REPLY');
  web.close();
});

test('a request without an answer ends the connection, and nothing is asked over it again', async () => {
  let isSilent = false;
  const clock = new SkippingClock();
  const server = await start({
    script: () => {
      if (isSilent) setImmediate(() => clock.skip(TIMEOUT_MS));
      return { kind: isSilent ? 'drop' : 'none' };
    },
  });
  const connection = await connect(server, {}, clock);
  expect(await codesOf(connection)).toEqual([1, 0x2829]);
  isSilent = true;
  expect(await codesOf(connection)).toEqual(['DRV_S7_TIMEOUT', 'DRV_S7_TIMEOUT']);
  isSilent = false;
  const asked = server.asked.length;
  expect(await codesOf(connection)).toEqual(['DRV_S7_TIMEOUT', 'DRV_S7_TIMEOUT']);
  expect(server.asked).toHaveLength(asked);
  expect(connection.counts()).toMatchObject({ timeouts: 1, writes: 0 });
  await connection.close();
});

test('a request refused as a whole is a miss of its points, with the way out', async () => {
  for (const [error, code] of [
    [0x8104, 'DRV_S7_ACCESS_DENIED'],
    [0x8500, 'DRV_S7_REQUEST_TOO_LONG'],
    [0x8001, 'DRV_S7_REQUEST_REFUSED'],
  ] as const) {
    const server = await start({
      script: ({ kind }) => (kind === 'read' ? { kind: 'request-error', error } : { kind: 'none' }),
    });
    const connection = await connect(server);
    expect(await codesOf(connection)).toEqual([code, code]);
    await connection.close();
  }
});

test('a PLC that does not tell its mode is asked once, and read all the same', async () => {
  const server = await start({ mode: () => undefined });
  const connection = await connect(server);
  expect(await codesOf(connection)).toEqual([1, 0x2829]);
  expect(await codesOf(connection)).toEqual([1, 0x2829]);
  expect(server.functions.get('user data 44 01')).toBe(1);
  await connection.close();
});

test.each([
  [3, 'DRV_S7_STOP'],
  [4, 'DRV_S7_STOP'],
  [6, 'DRV_S7_STOP'],
  [10, 'DRV_S7_STOP'],
  [13, 'DRV_S7_STOP'],
  [8, 1],
  [0x48, 1],
])('mode %d gives %s', async (mode, expected) => {
  const connection = await connect(await start({ mode: () => mode }));
  expect((await codesOf(connection))[0]).toBe(expected);
  await connection.close();
});

test('"state: ignore" does not ask for the mode', async () => {
  const server = await start({ mode: () => 4 });
  const connection = await connect(server, { state: 'ignore' });
  expect(await codesOf(connection)).toEqual([1, 0x2829]);
  expect(server.functions.has('user data 44 01')).toBe(false);
  await connection.close();
});

test('a gap that the PLC does not have is found and not read again', async () => {
  const server = await start({ byte: (_, at) => (at >= 2 && at < 10 ? -5 : at) });
  const points = s7Device({ port: 1 }, [
    { id: 'below', address: 'DB1,INT0' },
    { id: 'above', address: 'DB1,INT10' },
  ]).points;
  const connection = await connect(server);
  for (let round = 0; round < 2; round += 1) {
    const outcomes = await connection.read(points, NEVER);
    expect(outcomes.map((outcome) => (outcome.kind === 'sample' ? outcome.value : outcome.fault.code))).toEqual([
      1, 0x0a0b,
    ]);
  }
  const reads = server.asked.filter(({ kind }) => kind === 'read').map(({ items }) => items.length);
  expect(reads).toEqual([1, 1, 1, 2]);
  await connection.close();
});

test('the gate knows what reads, and nothing that writes, starts or stops', async () => {
  const frames = await Frames.load();
  const settings = s7ConnectionSchema.parse({ host: 'plc', rack: 1, slot: 3, connectionType: 'op' });
  const request = frames.connectRequest(settings);
  expect([...request.subarray(20)]).toEqual([2, 1 * 32 + 3]);
  expect(sendableName(request)).toBe('connect');
  expect(sendableName(frames.negotiation(240))).toBe('negotiate');
  const read = frames.readRequest([runOf([0], [{ area: 'DB', db: 258, byte: 40_000, bytes: 30 }])]);
  // Written out by hand: variable specification, byte access, length 30, DB258, DB area, bit address 320000.
  expect(read.subarray(17).toString('hex')).toBe('0401120a1002001e01028404e200');
  expect(sendableName(read)).toBe('read-variables');
  expect(sendableName(systemStatusRequest(0x0424))).toBe('read-system-status');
  let refused = 0;
  for (let code = 0; code < 256; code += 1) {
    if (code === 0x04 || code === 0xf0) continue;
    const other = Buffer.from(read);
    other.writeUInt8(code, 17);
    expect(sendableName(other)).toBeUndefined();
    refused += 1;
  }
  for (let group = 0; group < 256; group += 1) {
    const other = systemStatusRequest(1);
    other.writeUInt8(group, 22);
    if (group !== 0x44) expect(sendableName(other)).toBeUndefined();
  }
  expect(refused).toBe(254);
  expect(sendableName(read.subarray(0, read.length - 1))).toBeUndefined();
});
