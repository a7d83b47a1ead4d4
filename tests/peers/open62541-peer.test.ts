import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { thumbprintsOf } from '../../drivers/opcua/thumbprint.ts';
import type { OpcUaPointText } from '../contract/opcua-device.ts';
import { deviceOf, NEVER, OpcUaRig, readUntil, summaryOf } from '../fault/opcua-rig.ts';
import { freePort } from '../fixtures/free-port.ts';
import { makeIdentity, type Open62541, type ServerIdentity, startOpen62541 } from './open62541/start-open62541.ts';

/** OPC 10000-6, annex A. */
const BAD_SENSOR_FAILURE = 0x8041_0000;
const UNCERTAIN_LAST_USABLE = 0x4090_0000;
const BEYOND_DOUBLE = 9_007_199_254_740_993n;

const folder = mkdtempSync(join(tmpdir(), 'forebay-open62541-'));
let identity: ServerIdentity;
let peer: Open62541;
let rig: OpcUaRig;

beforeAll(async () => {
  identity = makeIdentity(folder, 'Plant server');
  peer = await startOpen62541(await freePort(), identity);
}, 300_000);

beforeEach(async () => {
  rig = new OpcUaRig();
  await peer.set('Flow', 'Double', 2.375);
  await peer.set('Head', 'Float', 94.5);
  await peer.set('Power', 'Double', 1800.25);
  await peer.set('Energy', 'UInt64', BEYOND_DOUBLE);
  await peer.set('State', 'Int16', -7);
});

afterEach(() => rig.close());

afterAll(async () => {
  await peer.stop();
  rmSync(folder, { recursive: true });
});

const VALUES = { Flow: 2.375, Head: 94.5, Power: 1800.25, State: -7 };

function deviceAt(connection: Record<string, unknown> = {}): DeviceConfig {
  const points: (string | OpcUaPointText)[] = Object.keys(VALUES);
  return deviceOf(peer.endpoint, points, connection);
}

test.each(['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'])(
  'reads over %s, signed and signed and encrypted, alone and with a user',
  async (securityPolicy) => {
    rig.secrets['plc.password'] = 'only reading';
    for (const securityMode of ['Sign', 'SignAndEncrypt']) {
      for (const user of [{}, { username: 'forebay', passwordFile: 'plc.password' }]) {
        const device = deviceAt({ securityMode, securityPolicy, ...user });
        const connection = await rig.connected(device);
        expect(summaryOf(await connection.read(device.points, NEVER))).toEqual(VALUES);
        await connection.close();
      }
    }
  },
);

test('reads without security only where that is written, and a counter beyond 2^53 to its last digit', async () => {
  const energy = { id: 'Energy', nodeId: 'nsu=urn:test:plant;s=Energy', unit: 'kWh', scale: 0.001, kind: 'counter' };
  const device = deviceOf(peer.endpoint, [energy as OpcUaPointText], { securityMode: 'None', trust: 'prompt' });
  const connection = await rig.connected(device);
  const [outcome] = await connection.read(device.points, NEVER);
  expect(outcome).toMatchObject({ kind: 'sample', register: { digits: BEYOND_DOUBLE, places: 3 } });
});

test('nothing is read from it before a person has seen and trusted its certificate', async () => {
  const { sha1 } = thumbprintsOf(readFileSync(identity.certificate));
  const fault = await rig.refused(deviceAt({ trust: 'prompt' }));
  expect(fault.code).toBe('DRV_OPCUA_UNTRUSTED');
  expect(fault.message.replaceAll(':', '')).toContain(sha1);
  const device = deviceAt({ trust: sha1 });
  expect(summaryOf(await (await rig.connected(device)).read(device.points, NEVER))).toEqual(VALUES);
});

test('a wrong password has its own name', async () => {
  rig.secrets['plc.password'] = 'guessed';
  const fault = await rig.refused(deviceAt({ username: 'forebay', passwordFile: 'plc.password' }));
  expect(fault).toMatchObject({ code: 'DRV_OPCUA_USER_REFUSED' });
});

test.each(['read', 'subscribe'])('follows values and their quality, by %s', async (acquire) => {
  const device = deviceAt({ acquire });
  const connection = await rig.connected(device);
  const before = Date.now();
  await peer.set('Flow', 'Double', 3.125);
  await peer.set('Head', 'Float', 90.25, BAD_SENSOR_FAILURE);
  await peer.set('Power', 'Double', 1900, UNCERTAIN_LAST_USABLE);
  const isThere = (outcomes: Awaited<ReturnType<typeof connection.read>>): boolean =>
    summaryOf(outcomes).Flow === 3.125 && summaryOf(outcomes).Power !== 1800.25;
  const outcomes = await readUntil(connection, device, isThere);
  const [flow, head, power] = outcomes;
  expect(flow).toMatchObject({ kind: 'sample', value: 3.125, quality: 'good' });
  expect(head).toMatchObject({ kind: 'miss' });
  expect(power).toMatchObject({ kind: 'sample', value: 1900, quality: 'uncertain' });
  const readAtMs = flow?.kind === 'sample' ? flow.deviceAtMs : undefined;
  expect(Math.abs((readAtMs ?? 0) - before)).toBeLessThan(60_000);
});

test.each(['read', 'subscribe'])(
  'is back with fresh values after the server was killed and started again, by %s',
  async (acquire) => {
    const device = deviceAt({ acquire });
    const first = await rig.connected(device);
    await readUntil(first, device, (outcomes) => summaryOf(outcomes).Flow === 2.375);
    await peer.kill();
    const lost = await readUntil(first, device, ([flow]) => flow?.kind === 'miss');
    expect(lost.map(({ kind }) => kind)).toEqual(['miss', 'miss', 'miss', 'miss']);
    await first.close();
    peer = await startOpen62541(peer.port, identity);
    await peer.set('Flow', 'Double', 1.5);
    await peer.set('Head', 'Float', 93);
    await peer.set('Power', 'Double', 1200);
    await peer.set('State', 'Int16', 5);
    const again = await rig.connected(device);
    const outcomes = await readUntil(again, device, (found) => summaryOf(found).Flow === 1.5);
    expect(summaryOf(outcomes)).toEqual({ Flow: 1.5, Head: 93, Power: 1200, State: 5 });
    expect(again.counts().writes).toBe(0);
  },
);
