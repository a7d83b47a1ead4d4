import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { DeviceHealth } from '../../core/acquisition/device-health.ts';
import type { Connection, DriverHost } from '../../core/acquisition/driver.ts';
import { type Poller, startPoller } from '../../core/acquisition/poller.ts';
import type { Cycle, Outcome } from '../../core/acquisition/sample.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import type { Clock } from '../../core/model/clock.ts';
import { mqtt } from '../../drivers/mqtt/mqtt.ts';
import { sparkplugB } from '../../drivers/mqtt/sparkplug-b.ts';
import { driverHost, machineClock } from '../contract/driver-host.ts';
import { mqttDevice, sparkplugDevice } from '../contract/mqtt-device.ts';
import { SkippingClock } from '../fixtures/skipping-clock.ts';
import { until } from '../peers/until.ts';
import { type FaultBroker, startFaultBroker } from './mqtt-broker.ts';
import { binary, packet } from './mqtt-wire.ts';

const NEVER = new AbortController().signal;
const undo: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function startBroker(): Promise<FaultBroker> {
  const broker = await startFaultBroker();
  undo.push(() => broker.close());
  return broker;
}

function deviceAt(port: number, more: Record<string, unknown> = {}): DeviceConfig {
  return mqttDevice(
    { url: `mqtt://127.0.0.1:${port}`, ...more },
    [
      { id: 'flow', topic: 'plant/flow', unit: 'm3/s' },
      { id: 'head', topic: 'plant/head', unit: 'm' },
    ],
    60_000,
  );
}

async function connect(device: DeviceConfig, host: DriverHost): Promise<Connection> {
  const outcome = await mqtt.connect(device, host, NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  undo.push(() => outcome.connection.close());
  return outcome.connection;
}

async function faultOf(device: DeviceConfig, clock: Clock = machineClock): Promise<string> {
  const outcome = await mqtt.connect(device, driverHost(31, { clock }), NEVER);
  if (outcome.kind === 'connected') {
    await outcome.connection.close();
    return 'connected';
  }
  expect(outcome.fault.policy).toBe('reconnect');
  return outcome.fault.code;
}

function show(outcomes: readonly Outcome[]): (number | string)[] {
  return outcomes.map((outcome) => (outcome.kind === 'sample' ? outcome.value : outcome.fault.code));
}

const REFUSALS = [
  ['3.1.1', 1, 'DRV_MQTT_VERSION_REFUSED'],
  ['3.1.1', 2, 'DRV_MQTT_CLIENT_ID_REFUSED'],
  ['3.1.1', 3, 'DRV_MQTT_BROKER_BUSY'],
  ['3.1.1', 4, 'DRV_MQTT_LOGIN_REFUSED'],
  ['3.1.1', 5, 'DRV_MQTT_NOT_AUTHORISED'],
  ['5', 132, 'DRV_MQTT_VERSION_REFUSED'],
  ['5', 133, 'DRV_MQTT_CLIENT_ID_REFUSED'],
  ['5', 134, 'DRV_MQTT_LOGIN_REFUSED'],
  ['5', 135, 'DRV_MQTT_NOT_AUTHORISED'],
  ['5', 136, 'DRV_MQTT_BROKER_BUSY'],
  ['5', 138, 'DRV_MQTT_NOT_AUTHORISED'],
  ['5', 149, 'DRV_MQTT_CONNECT_REFUSED'],
  ['5', 0, 'connected'],
] as const;

test.each(REFUSALS)('MQTT %s with reason %i: %s', async (version, reason, code) => {
  const broker = await startBroker();
  broker.answers.connack = reason;
  expect(await faultOf(deviceAt(broker.port, { version }))).toBe(code);
});

test('a broker that takes the connection and says nothing is given up in time, at each step', async () => {
  const broker = await startBroker();
  for (const [mode, asked, code] of [
    ['silent', 'CONNECT', 'DRV_MQTT_CONNECT_TIMEOUT'],
    ['mute after login', 'SUBSCRIBE', 'DRV_MQTT_SUBSCRIBE_TIMEOUT'],
  ] as const) {
    broker.answers.mode = mode;
    const clock = new SkippingClock();
    const fault = faultOf(deviceAt(broker.port, { timeout: '7s' }), clock);
    // What is not answered has come; the time for its answer passes at once.
    await until(
      () => broker.received.some(({ kind }) => kind === asked),
      (hasCome) => hasCome,
    );
    clock.skip(7000);
    expect(await fault).toBe(code);
  }
  await until(
    () => broker.standing,
    (standing) => standing === 0,
  );
});

test.each([
  ['another program', 'SSH-2.0-OpenSSH_9.2\r\n', 'DRV_MQTT_NOT_MQTT'],
  ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'DRV_MQTT_NOT_MQTT'],
  ['a TLS alert', '\u0015\u0003\u0003\u0000\u0002\u0002\u0046', 'DRV_MQTT_TLS_EXPECTED'],
  ['a hang-up', '', 'DRV_MQTT_NO_ANSWER'],
])('%s in place of a broker', async (_, answer, code) => {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  undo.push(() => new Promise((resolve) => server.close(() => resolve())));
  const address = server.address();
  expect(await faultOf(deviceAt(typeof address === 'object' && address !== null ? address.port : 0))).toBe(code);
});

test('a topic that the broker refuses costs the others nothing, and is asked for again', async () => {
  const broker = await startBroker();
  let aheadMs = 0;
  const clock: Clock = { ...machineClock, monotonicMs: () => machineClock.monotonicMs() + aheadMs };
  broker.answers.suback = (topic) => (topic === 'plant/head' ? 0x87 : 1);
  const device = deviceAt(broker.port, { staleAfter: '1h' });
  const connection = await connect(device, driverHost(32, { clock }));
  broker.publish('plant/flow', '2.5');
  const outcomes = await until(
    () => connection.read(device.points, NEVER),
    ([flow]) => flow?.kind === 'sample',
  );
  expect(show(outcomes)).toEqual([2.5, 'DRV_MQTT_SUBSCRIPTION_REFUSED']);
  expect(outcomes[1]).toMatchObject({ fault: { policy: 'isolate' } });
  broker.answers.suback = () => 1;
  aheadMs += 5 * 60_000;
  const later = await until(
    () => connection.read(device.points, NEVER),
    (all) => show(all)[1] === 'DRV_MQTT_WAITING',
  );
  expect(later).toHaveLength(2);
  broker.publish('plant/head', '93.5');
  await until(
    () => connection.read(device.points, NEVER),
    (all) => show(all)[1] === 93.5,
  );
  expect(broker.accepted).toBe(1);
});

test('another client with our id is named as such', async () => {
  const broker = await startBroker();
  const device = deviceAt(broker.port);
  const connection = await connect(device, driverHost(33));
  broker.send(packet(14, 0, binary([142, 0])));
  const outcomes = await until(
    () => connection.read(device.points, NEVER),
    ([flow]) => show(flow === undefined ? [] : [flow])[0] !== 'DRV_MQTT_WAITING',
  );
  expect(show(outcomes)).toEqual(['DRV_MQTT_CLIENT_ID_TAKEN', 'DRV_MQTT_CLIENT_ID_TAKEN']);
});

test('many devices of a broker that comes and goes make one connection, and no more attempts than one would', async () => {
  const broker = await startBroker();
  const shared = new Shared();
  const devices = Array.from({ length: 6 }, (_, index) => ({
    ...deviceAt(broker.port),
    id: `plc${index}`,
    periodMs: 100,
  }));
  const health = new Map<string, DeviceHealth>();
  const cycles: Cycle[] = [];
  const pollers: Poller[] = devices.map((device, index) =>
    startPoller({
      device,
      driver: mqtt,
      host: driverHost(index, { shared }),
      onCycle: (cycle) => cycles.push(cycle),
      onHealth: (each) => health.set(each.deviceId, each),
    }),
  );
  undo.push(async () => {
    for (const poller of pollers) await poller.stop();
  });
  for (let round = 1; round <= 4; round += 1) {
    await until(
      () => broker.standing,
      (standing) => standing === 1,
    );
    await until(
      () => {
        broker.publish('plant/flow', String(round));
        broker.publish('plant/head', '7');
        return [...health.values()].filter(({ state }) => state === 'up').length;
      },
      (up) => up === devices.length,
    );
    expect(broker.standing).toBe(1);
    expect(broker.accepted).toBe(round);
    if (round === 4) break;
    broker.drop('reset');
    await until(
      () => [...health.values()].filter(({ state }) => state !== 'up').length,
      (down) => down === devices.length,
    );
  }
  expect(cycles.length).toBeGreaterThan(devices.length);
  expect(broker.received.filter(({ kind }) => kind === 'PUBLISH')).toEqual([]);
});

test('a node that does not answer is asked more and more rarely, over every connection', async () => {
  const broker = await startBroker();
  let aheadMs = 0;
  const clock: Clock = { ...machineClock, monotonicMs: () => machineClock.monotonicMs() + aheadMs };
  const shared = new Shared();
  const device = sparkplugDevice({ url: `mqtt://127.0.0.1:${broker.port}`, group: 'river', node: 'edge1' }, [
    { id: 'flow', metric: 'Flow', unit: 'm3/s' },
  ]);
  const asked = (): number => broker.received.filter(({ kind }) => kind === 'PUBLISH').length;
  const host = driverHost(34, { shared, clock });
  for (let round = 0; round < 3; round += 1) {
    const outcome = await sparkplugB.connect(device, host, NEVER);
    if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
    for (let poll = 0; poll < 20; poll += 1) await outcome.connection.read(device.points, NEVER);
    await outcome.connection.close();
  }
  await until(asked, (count) => count === 1);
  const outcome = await sparkplugB.connect(device, host, NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  undo.push(() => outcome.connection.close());
  // Half an hour, polled each second: after 10, 20, 40, 80, 160, and then every 300 s.
  for (let second = 0; second < 1800; second += 1) {
    aheadMs += 1000;
    await outcome.connection.read(device.points, NEVER);
  }
  await until(asked, (count) => count >= 10);
  expect(asked()).toBeLessThanOrEqual(11);
  const topics = broker.received.filter(({ kind }) => kind === 'PUBLISH').flatMap(({ topics: each }) => each);
  expect(new Set(topics)).toEqual(new Set(['spBv1.0/river/NCMD/edge1']));
});
