import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { OpcUaConnection } from '../../drivers/opcua/opcua-connection.ts';
import { SERVICES } from '../../drivers/opcua/reading-client.ts';
import { until } from '../peers/until.ts';
import { deviceOf, NEVER, OpcUaRig, readUntil, summaryOf } from './opcua-rig.ts';
import { DECOY, type FaultyOpcUaServer, PLANT_NAMESPACE, serverCertificate } from './opcua-server.ts';

const NODES = {
  Flow: { type: 'Double', value: 3.5 },
  Head: { type: 'Double', value: 94.5 },
  Energy: { type: 'UInt64', value: [0, 1000] },
} as const;
const WAYS = [['read'], ['subscribe']] as const;
const QUICK = { publishInterval: '50ms' };

let rig: OpcUaRig;
beforeEach(() => {
  rig = new OpcUaRig();
});
afterEach(() => rig.close());

function device(endpoint: string, acquire: string, points: readonly string[] = ['Flow', 'Head']) {
  return deviceOf(endpoint, points, acquire === 'subscribe' ? { acquire, ...QUICK } : { acquire });
}

function isSpent(outcomes: readonly Outcome[]): boolean {
  return outcomes.every((outcome) => outcome.kind === 'miss' && outcome.fault.policy === 'reconnect');
}

describe.each(WAYS)('by %s', (acquire) => {
  test('a lost session is said, and a new one gives values; there is never more than one of ours', async () => {
    const server = await rig.serve({ nodes: NODES });
    const plc = device(server.endpoint, acquire);
    let connection = await rig.connected(plc);
    for (let round = 0; round < 3; round += 1) {
      await readUntil(connection, plc, (outcomes) => outcomes[0]?.kind === 'sample');
      server.dropSessions();
      rig.pass(10_000);
      const outcomes = await readUntil(connection, plc, isSpent);
      expect(isSpent(outcomes)).toBe(true);
      await connection.close();
      connection = await rig.connected(plc);
      expect(summaryOf(await connection.read(plc.points, NEVER))).toEqual({ Flow: 3.5, Head: 94.5 });
    }
    expect(server.sessionsMax).toBe(1);
  });

  test('an index shift never reads another node', async () => {
    const certificate = await serverCertificate();
    let server = await rig.serve({ nodes: NODES, namespaces: [PLANT_NAMESPACE], certificate });
    const plc = device(server.endpoint, acquire);
    const orders = [
      ['urn:a', PLANT_NAMESPACE],
      ['urn:a', 'urn:b', 'urn:c', PLANT_NAMESPACE],
      [PLANT_NAMESPACE],
      ['urn:b', PLANT_NAMESPACE],
    ];
    let values = 0;
    for (const namespaces of orders) {
      const connection = await rig.connected(plc);
      for (const outcome of await connection.read(plc.points, NEVER)) {
        expect(outcome.kind === 'sample' ? outcome.value : outcome.fault.code).not.toBe(DECOY);
        values += outcome.kind === 'sample' ? 1 : 0;
      }
      const { port } = server;
      await server.stop();
      server = await rig.serve({ nodes: NODES, namespaces, certificate, port });
      // The old connection must not carry over to the server that came back.
      const late = await readUntil(connection, plc, isSpent);
      expect(isSpent(late)).toBe(true);
      await connection.close();
    }
    expect(values).toBe(8);
    const last = await rig.connected(plc);
    expect(summaryOf(await last.read(plc.points, NEVER))).toEqual({ Flow: 3.5, Head: 94.5 });
  });

  test('a node that was deleted during an outage keeps no other from being read', async () => {
    const certificate = await serverCertificate();
    const before = await rig.serve({ nodes: NODES, certificate });
    const plc = device(before.endpoint, acquire, ['Flow', 'Head', 'Energy']);
    await (await rig.connected(plc)).close();
    await before.stop();
    const { Head: _, ...left } = NODES;
    await rig.serve({ nodes: left, certificate, port: before.port });
    const connection = await rig.connected(plc);
    const expected = { Flow: 3.5, Head: 'DRV_OPCUA_NODE_UNKNOWN isolate', Energy: 1000 };
    for (let round = 0; round < 3; round += 1) {
      expect(summaryOf(await connection.read(plc.points, NEVER))).toEqual(expected);
    }
  });

  test('a node that is deleted while it is read is said, and the others go on', async () => {
    const server = await rig.serve({ nodes: NODES });
    const plc = device(server.endpoint, acquire);
    const connection = await rig.connected(plc);
    await readUntil(connection, plc, (outcomes) => outcomes.every(({ kind }) => kind === 'sample'));
    server.removeNode('Head');
    const outcomes = await readUntil(connection, plc, ([, head]) => head?.kind === 'miss');
    expect(summaryOf(outcomes)).toEqual({ Flow: 3.5, Head: 'DRV_OPCUA_NODE_UNKNOWN isolate' });
  });

  test('a bad status of one item is a miss of that one, and a value again afterwards', async () => {
    const server = await rig.serve({ nodes: NODES });
    const plc = device(server.endpoint, acquire);
    const connection = await rig.connected(plc);
    await connection.read(plc.points, NEVER);
    server.set('Head', { type: 'Double', value: 1, status: 'BadSensorFailure' });
    const bad = await readUntil(connection, plc, ([, head]) => head?.kind === 'miss');
    expect(summaryOf(bad)).toEqual({ Flow: 3.5, Head: 'DRV_OPCUA_SOURCE_DOWN retry' });
    server.set('Head', { type: 'Double', value: 95.25 });
    const good = await readUntil(connection, plc, ([, head]) => head?.kind === 'sample');
    expect(summaryOf(good)).toEqual({ Flow: 3.5, Head: 95.25 });
  });

  test('a server clock of 2000-01-01 is told as it is, and its offset found', async () => {
    const server = await rig.serve({ nodes: NODES });
    const year2000 = Date.UTC(2000, 0, 1);
    server.clockOffsetMs = year2000 - Date.now();
    const plc = device(server.endpoint, acquire, ['Flow']);
    const connection = await rig.connected(plc);
    const before = Date.now();
    const [flow] = await connection.read(plc.points, NEVER);
    if (flow?.kind !== 'sample') throw new Error('no sample');
    expect(flow.readAtMs).toBeGreaterThanOrEqual(before);
    expect(Math.abs((flow.deviceAtMs ?? 0) - year2000)).toBeLessThan(3_600_000);
    const offset = (connection as OpcUaConnection).clockOffset;
    expect(Math.abs((offset?.offsetMs ?? 0) - server.clockOffsetMs)).toBeLessThan(60_000);
    expect(rig.said.some((message) => /clock of opc\.tcp.* behind ours/.test(message))).toBe(true);
  });

  test('slow answers end in time, and a late one never becomes a value of another poll', async () => {
    const server = await rig.serve({ nodes: NODES });
    const plc = deviceOf(server.endpoint, ['Flow'], { acquire: 'read', timeout: '2s' });
    const connection = await rig.connected(plc);
    await connection.read(plc.points, NEVER);
    server.answerAfterMs = 2500;
    const late = await connection.read(plc.points, NEVER);
    expect(summaryOf(late)).toEqual({ Flow: 'DRV_OPCUA_TIMEOUT reconnect' });
    expect(connection.counts().timeouts).toBe(1);
    server.set('Flow', { type: 'Double', value: 4.25 });
    server.answerAfterMs = 0;
    await connection.close();
    const next = await rig.connected(plc);
    expect(summaryOf(await next.read(plc.points, NEVER))).toEqual({ Flow: 4.25 });
  });

  test('nothing but reading services is ever asked for', async () => {
    const server = await rig.serve({ nodes: NODES });
    const plc = device(server.endpoint, acquire);
    const connection = await rig.connected(plc);
    for (let round = 0; round < 5; round += 1) await connection.read(plc.points, NEVER);
    await connection.close();
    const known = new Set<string>([...SERVICES, 'OpenSecureChannel', 'CloseSecureChannel']);
    expect(Object.keys(server.requests).filter((service) => !known.has(service))).toEqual([]);
    const { sent = {}, writes } = connection.counts();
    expect(writes).toBe(0);
    expect(Object.keys(sent)).toContain('Read');
    expect(sent.Read).toBe(server.requests.Read);
  });
});

test.each([['muted'], ['dead']] as const)(
  'a subscription that goes quiet (%s) while the line is green is made anew',
  async (how) => {
    const server = await rig.serve({ nodes: NODES });
    const plc = device(server.endpoint, 'subscribe');
    const connection = await rig.connected(plc);
    await confirmed(connection, plc, server);
    expect(server.silenceSubscriptions(how)).toBe(1);
    server.set('Flow', { type: 'Double', value: 8.125 });
    rig.pass(10_000);
    const outcomes = await readUntil(connection, plc, ([flow]) => flow?.kind === 'sample' && flow.value === 8.125);
    expect(summaryOf(outcomes)).toEqual({ Flow: 8.125, Head: 94.5 });
    expect(rig.said.some((message) => /has been quiet .* made anew/.test(message))).toBe(true);
    expect(server.requests.CreateSubscription).toBe(2);
    await confirmed(connection, plc, server);
    expect(server.sessions).toBe(1);
  },
);

test('a value that does not change stays fresh while the server confirms it, and only then', async () => {
  const server = await rig.serve({ nodes: NODES });
  const plc = device(server.endpoint, 'subscribe', ['Flow']);
  const connection = await rig.connected(plc);
  const first = await confirmed(connection, plc, server);
  const later = await readUntil(connection, plc, ([flow]) => flow?.kind === 'sample' && flow.readAtMs > first);
  expect(summaryOf(later)).toEqual({ Flow: 3.5 });
  server.silenceSubscriptions('muted');
  const readAt = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [sample] = await connection.read(plc.points, NEVER);
    return sample?.kind === 'sample' ? sample.readAtMs : 0;
  };
  // What was under way may still confirm it. Two clocks that tick apart give the same moment to a few milliseconds; a
  // value that is dated anew with each read would be 300 later every time.
  let before = await readAt();
  await until(
    async () => {
      const now = await readAt();
      const laterMs = now - before;
      before = now;
      return laterMs;
    },
    (laterMs) => Math.abs(laterMs) < 100,
  );
  expect(before).toBeGreaterThan(0);
});

test('a server with no session to spare is waited for', async () => {
  const server = await rig.serve({ nodes: NODES, maxSessions: 1 });
  const other = new OpcUaRig();
  const plc = device(server.endpoint, 'read');
  const theirs = await other.connected(plc);
  const fault = await rig.refused(plc);
  expect(fault).toMatchObject({ code: 'DRV_OPCUA_TOO_MANY_SESSIONS', policy: 'wait' });
  await theirs.close();
  expect(summaryOf(await (await rig.connected(plc)).read(plc.points, NEVER))).toEqual({ Flow: 3.5, Head: 94.5 });
  await other.close();
});

test('a server that reads less at once than it was asked for is asked for less', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`N${at}`, { type: 'Double', value: at + 0.5 } as const]),
  );
  const server = await rig.serve({ nodes: many, nodesPerRead: 7 });
  const plc = device(server.endpoint, 'read', Object.keys(many));
  const connection = await rig.connected(plc);
  const found = summaryOf(await connection.read(plc.points, NEVER));
  expect(found).toEqual(Object.fromEntries(Object.entries(many).map(([name, { value }]) => [name, value])));
  expect(connection.counts().requests).toBe(8);
});

test('attempts are few however many devices ask, and the server that comes back is found', async () => {
  let attempts = 0;
  const refusing = createServer((socket) => {
    attempts += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const { port } = refusing.address() as AddressInfo;
  const devices = Array.from({ length: 8 }, (_, at) =>
    deviceOf(`opc.tcp://127.0.0.1:${port}`, ['Flow'], {}, `plc${at}`),
  );
  let faults = 0;
  for (let second = 0; second < 60; second += 1) {
    for (const one of devices) faults += 'code' in (await rig.connect(one)) ? 1 : 0;
    rig.pass(1000);
  }
  expect(faults).toBe(480);
  expect(attempts).toBeGreaterThan(3);
  // Twelve in the minute, and the moments that the test itself takes beside the minute that it lets pass.
  expect(attempts).toBeLessThanOrEqual(16);
  await new Promise<void>((resolve) => refusing.close(() => resolve()));
  const back = await rig.serve({ nodes: NODES, port });
  const connections = [];
  for (const one of devices) connections.push(await rig.connected(one));
  expect(summaryOf((await connections[7]?.read(devices[7]?.points ?? [], NEVER)) ?? [])).toEqual({ Flow: 3.5 });
  expect(back.sessionsMax).toBe(1);
});

/** Reads until the server's clock has confirmed values through the subscription; when that was. */
async function confirmed(
  connection: Connection,
  plc: ReturnType<typeof device>,
  server: FaultyOpcUaServer,
): Promise<number> {
  const [first] = await connection.read(plc.points, NEVER);
  const sinceMs = first?.kind === 'sample' ? first.readAtMs : 0;
  const outcomes = await readUntil(connection, plc, ([flow]) => flow?.kind === 'sample' && flow.readAtMs > sinceMs);
  const [flow] = outcomes;
  if (flow?.kind !== 'sample' || flow.readAtMs <= sinceMs)
    throw new Error(`nothing confirmed: ${JSON.stringify(server.requests)}`);
  return flow.readAtMs;
}

test.each([-3_600_000, 3_600_000])(
  'what is held over a step of the clock by %i ms came as long ago as before',
  async (stepMs) => {
    const server = await rig.serve({ nodes: NODES });
    // No notification comes in the time of this test: what is given was read before the step.
    const plc = deviceOf(server.endpoint, ['Flow'], { acquire: 'subscribe', publishInterval: '60s' });
    const connection = await rig.connected(plc);
    const [before] = await connection.read(plc.points, NEVER);
    rig.setWall(stepMs);
    const requests = connection.counts().requests;
    const [after] = await connection.read(plc.points, NEVER);
    expect(connection.counts().requests).toBe(requests);
    if (before?.kind !== 'sample' || after?.kind !== 'sample') throw new Error('both reads give a value');
    const { clock } = rig.host;
    const ageMs = clock.wallMs() - after.readAtMs;
    expect(ageMs).toBeGreaterThanOrEqual(0);
    // An hour off would be the clock's step; a minute is more than this test can take.
    expect(after.readAtMs - before.readAtMs - stepMs).toBeGreaterThan(-60_000);
  },
);
