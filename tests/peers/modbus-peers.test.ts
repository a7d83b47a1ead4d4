import { afterEach, describe, expect, test } from 'vitest';
import type { Connection, ConnectOutcome } from '../../core/acquisition/driver.ts';
import type { Outcome, Sample } from '../../core/acquisition/sample.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { toText } from '../../core/model/decimal.ts';
import { modbusTcp } from '../../drivers/modbus/modbus-tcp.ts';
import { driverHost } from '../contract/driver-host.ts';
import { modbusDevice } from '../contract/modbus-device.ts';
import { freePort } from '../fixtures/free-port.ts';
import { expectedOf } from './expected-plant.ts';
import { PLANT_POINTS } from './plant-points.ts';
import { PEER_KINDS, type Peer, type PeerOptions, startPeer } from './start-peer.ts';

const NEVER = new AbortController().signal;

describe.each(PEER_KINDS)('a plant behind %s', (kind) => {
  const opened: { peers: Peer[]; connections: Connection[] } = { peers: [], connections: [] };

  afterEach(async () => {
    for (const connection of opened.connections.splice(0)) await connection.close();
    for (const peer of opened.peers.splice(0)) await peer.stop();
  });

  async function start(options: Partial<PeerOptions> = {}): Promise<Peer> {
    const port = options.port ?? (await freePort());
    const peer = await startPeer({ kind, port, epochMs: 0, exportStart: 1_234_567, ...options });
    opened.peers.push(peer);
    return peer;
  }

  async function connect(device: DeviceConfig): Promise<Connection> {
    const outcome = await tryConnect(device);
    if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
    opened.connections.push(outcome.connection);
    return outcome.connection;
  }

  test('every point of the contract reads what the server holds', async () => {
    const peer = await start();
    const device = deviceAt(peer.port);
    const connection = await connect(device);
    const samples = samplesOf(await connection.read(device.points, NEVER));
    expect(Object.fromEntries(samples)).toEqual(expectedOf(await peer.registers()));
    const sent = { '3': 1 };
    expect(connection.counts()).toEqual({ requests: 1, timeouts: 0, strangers: 0, writes: 0, sent });
    expect(samples.get('status')).toBe('generating');
    expect(samples.get('energy_export')).toBe(1_234_567);
  });

  test('raw bytes are the bytes of the registers', async () => {
    const peer = await start();
    const device = deviceAt(peer.port);
    const outcomes = await (await connect(device)).read(device.points, NEVER);
    const registers = await peer.registers();
    const wire = Buffer.alloc(registers.length * 2);
    for (const [index, register] of registers.entries()) wire.writeUInt16BE(register, index * 2);
    expect(Buffer.concat(outcomes.map((outcome) => (outcome as Sample).raw)).toString('hex')).toBe(
      wire.toString('hex'),
    );
  });

  test('values that move are followed, and the counter wraps at 2^32 without losing a count', async () => {
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    const peer = await start({ epochMs: nowMs - 2000, exportStart: 2 ** 32 - 4 });
    const device = deviceAt(peer.port);
    const connection = await connect(device);
    const counts: string[] = [];
    let checked = 0;
    const hasWrapped = (): boolean => BigInt(counts.at(-1) ?? 0) < BigInt(counts[0] ?? 0);
    // The counter begins some seconds before it wraps, in which a busy computer starts the server.
    while (checked < 6 || (!hasWrapped() && checked < 60)) {
      // A poll on the second, as far as it can be from the changes at the half second.
      await new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)));
      const askedMs = Date.now();
      const tickMs = Math.floor(askedMs / 1000) * 1000 - 500;
      const standing = peer.ticks.get(tickMs);
      const heardMs = peer.heardAtMs.get(tickMs) ?? askedMs;
      const outcomes = await connection.read(device.points, NEVER);
      // A busy computer, or a server on one, may have come too late.
      if (standing === undefined || heardMs > askedMs || Date.now() > tickMs + 900) continue;
      expect(Object.fromEntries(samplesOf(outcomes))).toEqual(expectedOf(standing));
      const energy = outcomes.find((outcome) => outcome.point === 'plc1/energy_export') as Sample;
      counts.push(toText(energy.register ?? { digits: -1n, places: 0 }));
      checked += 1;
    }
    const gained = BigInt(counts.at(-1) ?? 0) - BigInt(counts[0] ?? 0);
    const modulus = device.points.find((point) => point.id === 'energy_export')?.modulus;
    expect(modulus).toBe(2n ** 32n);
    expect(hasWrapped()).toBe(true);
    expect((gained + 2n ** 32n) % 2n ** 32n).toBeGreaterThanOrEqual(2n);
    expect((gained + 2n ** 32n) % 2n ** 32n).toBeLessThan(100n);
  });

  test('a register that the server does not have costs no neighbour', async () => {
    const peer = await start();
    const device = modbusDevice({ port: peer.port, timeout: '3s' }, [
      { id: 'last', register: 'holding', address: 3999, type: 'uint16' },
      { id: 'beyond', register: 'holding', address: 4000, type: 'uint16' },
      { id: 'low', register: 'holding', address: 10, type: 'uint16' },
      { id: 'wide', register: 'holding', address: 998, type: 'uint32' },
    ]);
    const connection = await connect(device);
    for (let round = 0; round < 2; round += 1) {
      const outcomes = await connection.read(device.points, NEVER);
      expect(outcomes[1]).toMatchObject({ kind: 'miss', fault: { code: 'DRV_MODBUS_ILLEGAL_ADDRESS' } });
      expect(outcomes[0]).toMatchObject({ kind: 'sample', value: 0 });
      expect(outcomes[2]).toMatchObject({ kind: 'sample', value: 71 });
      expect(outcomes[3]).toMatchObject({ kind: 'sample', value: 6987 * 65_536 + 6994 });
    }
  });

  test('a server that is killed and comes back: faults, then values again, none of them old', async () => {
    const peer = await start();
    const device = deviceAt(peer.port);
    const connection = await connect(device);
    samplesOf(await connection.read(device.points, NEVER));
    await peer.kill();
    const lost = await connection.read(device.points, NEVER);
    for (const outcome of lost) {
      expect(outcome).toMatchObject({ kind: 'miss', fault: { policy: 'reconnect' } });
      if (outcome.kind === 'miss') expect(outcome.fault.code).toMatch(/^DRV_MODBUS_(RESET|CLOSED|REFUSED)$/);
    }
    const refused = await tryConnect(device);
    expect(refused).toMatchObject({ kind: 'fault', fault: { code: 'DRV_MODBUS_REFUSED' } });
    const again = await start({ port: peer.port, exportStart: 7_654_321 });
    const samples = samplesOf(await (await connect(device)).read(device.points, NEVER));
    expect(Object.fromEntries(samples)).toEqual(expectedOf(await again.registers()));
    expect(samples.get('energy_export')).toBe(7_654_321);
  });
});

function deviceAt(port: number): DeviceConfig {
  return modbusDevice({ port, timeout: '2s' }, PLANT_POINTS);
}

function tryConnect(device: DeviceConfig): Promise<ConnectOutcome> {
  return modbusTcp.connect(device, driverHost(5), NEVER);
}

function samplesOf(outcomes: readonly Outcome[]): Map<string, number | string> {
  return new Map(
    outcomes.map((outcome) => {
      if (outcome.kind === 'miss') throw new Error(`${outcome.point}: ${outcome.fault.code} ${outcome.fault.message}`);
      return [outcome.point.slice('plc1/'.length), outcome.value];
    }),
  );
}
