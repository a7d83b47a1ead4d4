import { afterEach, describe, expect, test } from 'vitest';
import type { Connection, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { toText } from '../../core/model/decimal.ts';
import { mqtt } from '../../drivers/mqtt/mqtt.ts';
import { driverHost } from '../contract/driver-host.ts';
import { mqttDevice } from '../contract/mqtt-device.ts';
import { type MqttProxy, startMqttProxy } from '../fault/mqtt-proxy.ts';
import { lastWillPublisher, type Mosquitto, type MosquittoOptions, mosquittoPub, startMosquitto } from './mosquitto.ts';
import { until } from './until.ts';

const NEVER = new AbortController().signal;
const POINTS = [
  { id: 'flow', topic: 'plant/unit1', path: '$.flow', unit: 'm3/s' },
  { id: 'energy', topic: 'plant/unit1', path: '$.energy', unit: 'kWh', kind: 'counter' as const },
  { id: 'dated', topic: 'plant/unit1', path: '$.flow', unit: 'm3/s', timePath: '$.at', timeFormat: 'iso' },
];

describe('publishers at a mosquitto', () => {
  const undo: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function broker(options: MosquittoOptions = {}): Promise<{ mosquitto: Mosquitto; proxy: MqttProxy }> {
    const mosquitto = await startMosquitto(options);
    const proxy = await startMqttProxy(mosquitto.port);
    undo.push(
      () => mosquitto.stop(),
      () => proxy.close(),
    );
    return { mosquitto, proxy };
  }

  async function connect(device: DeviceConfig, host: DriverHost = driverHost(11)): Promise<Connection> {
    const { connection } = await until(
      async () => {
        const outcome = await mqtt.connect(device, host, NEVER);
        return outcome.kind === 'connected' ? { connection: outcome.connection } : { fault: outcome.fault };
      },
      (outcome) => 'connection' in outcome,
    );
    if (connection === undefined) throw new Error('a connection is there');
    undo.push(() => connection.close());
    return connection;
  }

  test('what mosquitto_pub sends is read to the last digit, and its time is the time of its arrival', async () => {
    const { mosquitto, proxy } = await broker();
    const device = deviceAt(proxy.port);
    const connection = await connect(device);
    const before = Date.now();
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(2.5, '18446744073709551615.125'));
    const first = await until(() => read(connection, device), allSamples);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await read(connection, device);
    expect(valuesOf(first)).toEqual([2.5, 18446744073709552000, 2.5]);
    const [, energy] = first;
    expect(energy?.kind === 'sample' && energy.register !== undefined ? toText(energy.register) : '').toBe(
      '18446744073709551615.125',
    );
    expect(energy?.kind === 'sample' ? energy.readAtMs : 0).toBeGreaterThanOrEqual(before);
    // The same message is the same sample, however often it is asked for.
    for (const [index, outcome] of second.entries()) expect(outcome).toBe(first[index]);
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(2.5, '18446744073709551615.125'));
    const third = await until(
      () => read(connection, device),
      ([flow]) => flow !== first[0],
    );
    expect(valuesOf(third).slice(0, 2)).toEqual(valuesOf(first).slice(0, 2));
    expect(proxy.publishes).toBe(0);
  });

  test('a kept message is no value without a time of its own', async () => {
    const { mosquitto, proxy } = await broker();
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(3.5, '7'), ['-r']);
    const device = deviceAt(proxy.port);
    const connection = await connect(device);
    const kept = await until(
      () => read(connection, device),
      ([flow]) => codeOf(flow) !== 'DRV_MQTT_WAITING',
    );
    expect(kept.map(codeOf)).toEqual(['DRV_MQTT_RETAINED', 'DRV_MQTT_RETAINED', '3.5']);
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(4.5, '8'));
    expect(valuesOf(await until(() => read(connection, device), allSamples))).toEqual([4.5, 8, 4.5]);
  });

  test('a kept message with an old time of its own is no value either', async () => {
    const { mosquitto, proxy } = await broker();
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(3.5, '7', Date.now() - 3_600_000), ['-r']);
    const device = deviceAt(proxy.port);
    const connection = await connect(device);
    const kept = await until(
      () => read(connection, device),
      ([flow]) => codeOf(flow) !== 'DRV_MQTT_WAITING',
    );
    expect(kept.map(codeOf)).toEqual(['DRV_MQTT_RETAINED', 'DRV_MQTT_RETAINED', 'DRV_MQTT_OLD_VALUE']);
  });

  test('the last will of a publisher ends its values at once, and the next message begins them anew', async () => {
    const { mosquitto, proxy } = await broker();
    const device = deviceAt(proxy.port, { willTopic: 'plant/state', offlinePayload: 'gone' });
    const connection = await connect(device);
    const publisher = lastWillPublisher(mosquitto.port, 'plant/state', 'gone');
    await until(
      () => mosquitto.log(),
      (log) => log.includes('nothing/here'),
    );
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(5.5, '9'));
    await until(() => read(connection, device), allSamples);
    publisher.kill('SIGKILL');
    const gone = await until(
      () => read(connection, device),
      ([flow]) => flow?.kind === 'miss',
    );
    expect(gone.map(codeOf)).toEqual(POINTS.map(() => 'DRV_MQTT_PUBLISHER_OFFLINE'));
    await mosquittoPub(mosquitto.port, 'plant/state', 'here', ['-r']);
    await until(
      () => read(connection, device),
      ([flow]) => codeOf(flow) === 'DRV_MQTT_PUBLISHER_BACK',
    );
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(6.5, '10'));
    expect(valuesOf(await until(() => read(connection, device), allSamples))).toEqual([6.5, 10, 6.5]);
  });

  test('what waited at the broker over a cut is known as such, and nothing is lost', async () => {
    const { mosquitto, proxy } = await broker();
    const device = deviceAt(proxy.port);
    const host = driverHost(12, { shared: new Shared() });
    const first = await connect(device, host);
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(7.5, '11'));
    await until(() => read(first, device), allSamples);
    proxy.isOpen = false;
    proxy.cut();
    const lost = await until(
      () => read(first, device),
      ([flow]) => flow?.kind === 'miss',
    );
    expect(lost.map(codeOf)).toEqual(POINTS.map(() => 'DRV_MQTT_BROKER_GONE'));
    await first.close();
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(8.5, '12'));
    proxy.isOpen = true;
    const second = await connect(device, host);
    const waited = await until(
      () => read(second, device),
      ([flow]) => codeOf(flow) !== 'DRV_MQTT_WAITING',
    );
    expect(waited.map(codeOf)).toEqual(['DRV_MQTT_WAITED', 'DRV_MQTT_WAITED', '8.5']);
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(9.5, '13'));
    const live = await until(() => read(second, device), allSamples);
    expect(valuesOf(live).slice(0, 2)).toEqual([9.5, 13]);
  });

  test('a broker that is killed and comes back is found again, with one connection', async () => {
    const { mosquitto, proxy } = await broker({ lines: ['persistence true', 'persistence_location FOLDER/'] });
    const device = deviceAt(proxy.port);
    const host = driverHost(13, { shared: new Shared() });
    const first = await connect(device, host);
    await mosquitto.kill();
    const gone = await until(
      () => read(first, device),
      ([flow]) => codeOf(flow) === 'DRV_MQTT_BROKER_GONE',
    );
    expect(gone).toHaveLength(POINTS.length);
    await first.close();
    await mosquitto.restart();
    const second = await connect(device, host);
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(1.5, '14'));
    expect(valuesOf(await until(() => read(second, device), allSamples))).toEqual([1.5, 14, 1.5]);
    expect(proxy.standing).toBe(1);
  });

  test('several devices share one connection, and each ends for itself', async () => {
    const { mosquitto, proxy } = await broker();
    const host = driverHost(14, { shared: new Shared() });
    const device = deviceAt(proxy.port);
    const other: DeviceConfig = { ...deviceAt(proxy.port), id: 'plc2' };
    const [one, two] = await Promise.all([connect(device, host), connect(other, host)]);
    expect(proxy.accepted).toBe(1);
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(1.25, '15'));
    for (const connection of [one, two]) await until(() => read(connection, device), allSamples);
    await one.close();
    await mosquittoPub(mosquitto.port, 'plant/unit1', payloadOf(2.25, '16'));
    await until(
      () => read(two, other),
      ([flow]) => codeOf(flow) === '2.25',
    );
    await two.close();
    await until(
      () => proxy.standing,
      (standing) => standing === 0,
    );
    expect([proxy.accepted, proxy.publishes]).toEqual([1, 0]);
  });
});

function deviceAt(port: number, more: Record<string, unknown> = {}): DeviceConfig {
  return mqttDevice({ url: `mqtt://127.0.0.1:${port}`, ...more }, POINTS, 60_000);
}

function payloadOf(flow: number, energy: string, atMs = Date.now()): string {
  return `{"at":"${new Date(atMs).toISOString()}","flow":${flow},"energy":${energy}}`;
}

function read(connection: Connection, device: DeviceConfig): Promise<readonly Outcome[]> {
  return connection.read(device.points, NEVER);
}

function allSamples(outcomes: readonly Outcome[]): boolean {
  return outcomes.every(({ kind }) => kind === 'sample');
}

/** The value of a sample, or the code of a miss. */
function codeOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'nothing';
  return outcome.kind === 'sample' ? String(outcome.value) : outcome.fault.code;
}

function valuesOf(outcomes: readonly Outcome[]): unknown[] {
  return outcomes.map((outcome) => (outcome.kind === 'sample' ? outcome.value : outcome.fault.code));
}
