import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { Connection, ConnectOutcome, Driver } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { modbusRtu } from '../../drivers/modbus/modbus-rtu.ts';
import { modbusRtuOverTcp } from '../../drivers/modbus/modbus-rtu-over-tcp.ts';
import { driverHost } from '../contract/driver-host.ts';
import { modbusDeviceOf } from '../contract/modbus-device.ts';
import { freePort } from '../fixtures/free-port.ts';
import { expectedOf } from './expected-plant.ts';
import { PLANT_POINTS } from './plant-points.ts';
import { PEER_KINDS, type Peer, type PeerKind, startPeer } from './start-peer.ts';
import { startPtyPair, startTcpToPty } from './start-pty.ts';

const NEVER = new AbortController().signal;
const SERIAL = { baudRate: 19_200, parity: 'even' };
const ending: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function startAt(kind: PeerKind, place: string, exportStart: number): Promise<Peer> {
  const peer = await startPeer({ kind, port: 0, place, epochMs: 0, exportStart });
  ending.push(() => peer.stop());
  return peer;
}

function connect(driver: Driver, device: DeviceConfig, shared = new Shared()): Promise<ConnectOutcome> {
  return driver.connect(device, driverHost(5, { shared }), NEVER);
}

async function open(driver: Driver, device: DeviceConfig, shared?: Shared): Promise<Connection> {
  const outcome = await connect(driver, device, shared);
  if (outcome.kind === 'fault') throw new Error(`${outcome.fault.code}: ${outcome.fault.message}`);
  ending.push(() => outcome.connection.close());
  return outcome.connection;
}

function samplesOf(outcomes: readonly Outcome[]): Record<string, number | string> {
  return Object.fromEntries(
    outcomes.map((outcome) => {
      if (outcome.kind === 'miss') throw new Error(`${outcome.point}: ${outcome.fault.code} ${outcome.fault.message}`);
      return [outcome.point.slice('plc1/'.length), outcome.value];
    }),
  );
}

describe.each(PEER_KINDS)('a serial line with %s at its end', (kind) => {
  test('gives what the registers hold, poll after poll', async () => {
    const pty = await startPtyPair();
    ending.push(() => pty.close());
    const peer = await startAt(kind, pty.theirs, 1_234_567);
    const device = modbusDeviceOf('modbus-rtu', { path: pty.ours, ...SERIAL }, PLANT_POINTS);
    const connection = await open(modbusRtu, device);
    for (let poll = 0; poll < 5; poll += 1) {
      await peer.set(3010, 100 * poll + 3);
      const samples = samplesOf(await connection.read(device.points, NEVER));
      expect(samples).toEqual(expectedOf(await peer.registers()));
      expect(samples.gate).toBe(poll + 0.03);
    }
    expect(connection.counts()).toMatchObject({ timeouts: 0, writes: 0 });
  });

  test('a converter that is unplugged and plugged in again is found without a restart', async () => {
    const pty = await startPtyPair();
    ending.push(() => pty.close());
    await startAt(kind, pty.theirs, 77);
    const device = modbusDeviceOf('modbus-rtu', { path: pty.ours, timeout: '1s', ...SERIAL }, PLANT_POINTS);
    const shared = new Shared();
    const connection = await open(modbusRtu, device, shared);
    expect(samplesOf(await connection.read(device.points, NEVER)).energy_export).toBe(77);
    await pty.unplug();
    const outcomes = await connection.read(device.points, NEVER);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'miss', fault: { policy: 'reconnect' } });
      if (outcome.kind === 'miss') expect(outcome.fault.code).toMatch(/^DRV_MODBUS_PORT_(LOST|ABSENT|FAILED)$/);
    }
    await connection.close();
    const absent = await connect(modbusRtu, device, shared);
    expect(absent).toMatchObject({ kind: 'fault', fault: { code: 'DRV_MODBUS_PORT_ABSENT', policy: 'reconnect' } });
    await pty.plugIn();
    await startAt(kind, pty.theirs, 78);
    // At once it is too early: the last attempt has only just failed.
    await expect
      .poll(async () => (await connect(modbusRtu, device, shared)).kind, { timeout: 60_000 })
      .toBe('connected');
    const again = await open(modbusRtu, device, shared);
    expect(samplesOf(await again.read(device.points, NEVER)).energy_export).toBe(78);
  });

  test('through a serial-to-Ethernet converter it is the same', async () => {
    const port = await freePort();
    const converter = await startTcpToPty(port);
    ending.push(() => converter.close());
    const peer = await startAt(kind, converter.theirs, 4242);
    const device = modbusDeviceOf('modbus-rtu-over-tcp', { port }, PLANT_POINTS);
    const connection = await open(modbusRtuOverTcp, device);
    const samples = samplesOf(await connection.read(device.points, NEVER));
    expect(samples).toEqual(expectedOf(await peer.registers()));
    expect(samples.energy_export).toBe(4242);
  });
});

test('RTU frames over TCP, as pymodbus serves them', async () => {
  const port = await freePort();
  const peer = await startAt('pymodbus', `rtu:${port}`, 999_999);
  const device = modbusDeviceOf('modbus-rtu-over-tcp', { port }, PLANT_POINTS);
  const connection = await open(modbusRtuOverTcp, device);
  for (let poll = 0; poll < 3; poll += 1) {
    expect(samplesOf(await connection.read(device.points, NEVER))).toEqual(expectedOf(await peer.registers()));
  }
});

test('two devices of one port share it, and a third program is told who has it', async () => {
  const pty = await startPtyPair();
  ending.push(() => pty.close());
  await startAt('libmodbus', pty.theirs, 5);
  const shared = new Shared();
  const settings = { path: pty.ours, timeout: '5s', ...SERIAL };
  const first = modbusDeviceOf('modbus-rtu', settings, PLANT_POINTS);
  const connection = await open(modbusRtu, first, shared);
  const absent = modbusDeviceOf('modbus-rtu', { ...settings, timeout: '300ms', unitId: 9 }, PLANT_POINTS);
  const other = await open(modbusRtu, absent, shared);
  const [good, silent] = await Promise.all([connection.read(first.points, NEVER), other.read(absent.points, NEVER)]);
  expect(samplesOf(good).energy_export).toBe(5);
  expect(silent.every((outcome) => outcome.kind === 'miss' && outcome.fault.policy !== 'reconnect')).toBe(true);
  // libmodbus takes the next request for the absent unit's answer, and so may lose one.
  const readAgain = async () => (await connection.read(first.points, NEVER)).map(({ kind }) => kind);
  await expect.poll(readAgain, { timeout: 60_000 }).not.toContain('miss');
  const otherFormat = modbusDeviceOf('modbus-rtu', { ...settings, baudRate: 9600 }, PLANT_POINTS);
  expect(await connect(modbusRtu, otherFormat, shared)).toMatchObject({
    fault: { code: 'DRV_MODBUS_LINE_FORMAT', policy: 'misconfigured' },
  });
  const stranger = await connect(modbusRtu, first, new Shared());
  expect(stranger).toMatchObject({ kind: 'fault', fault: { code: 'DRV_MODBUS_PORT_BUSY' } });
  if (stranger.kind === 'fault') expect(stranger.fault.message).toContain('in use by this program');
});

test('mbpoll sees on the same line what the driver sees', async () => {
  const pty = await startPtyPair();
  ending.push(() => pty.close());
  const peer = await startAt('libmodbus', pty.theirs, 31_337);
  const options = ['-m', 'rtu', '-a', '1', '-b', '19200', '-P', 'even', '-t', '4', '-r', '3007', '-c', '2', '-1', '-q'];
  const { stdout } = await promisify(execFile)('mbpoll', [...options, pty.ours]);
  const [high, low] = [...stdout.matchAll(/\[\d+\]:\s+(\d+)/g)].map(([, digits]) => Number(digits));
  expect((high ?? 0) * 65_536 + (low ?? 0)).toBe(31_337);
  const device = modbusDeviceOf('modbus-rtu', { path: pty.ours, ...SERIAL }, PLANT_POINTS);
  const connection = await open(modbusRtu, device);
  expect(samplesOf(await connection.read(device.points, NEVER))).toEqual(expectedOf(await peer.registers()));
});
