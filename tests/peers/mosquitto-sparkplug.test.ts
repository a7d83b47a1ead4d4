import { connect as connectMqtt, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { sparkplugB } from '../../drivers/mqtt/sparkplug-b.ts';
import { readPayload } from '../../drivers/mqtt/sparkplug-payload.ts';
import { driverHost } from '../contract/driver-host.ts';
import { sparkplugDevice } from '../contract/mqtt-device.ts';
import { type MqttProxy, startMqttProxy } from '../fault/mqtt-proxy.ts';
import { encode, type MetricText, SparkplugNode } from '../fault/sparkplug-node.ts';
import { startMosquitto } from './mosquitto.ts';
import { until } from './until.ts';

const NEVER = new AbortController().signal;
const COMMANDS = 'spBv1.0/river/NCMD/edge1';

describe('an edge node at a mosquitto', () => {
  const undo: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function broker(): Promise<{ port: number; proxy: MqttProxy }> {
    const mosquitto = await startMosquitto();
    const proxy = await startMqttProxy(mosquitto.port);
    undo.push(
      () => mosquitto.stop(),
      () => proxy.close(),
    );
    return { port: mosquitto.port, proxy };
  }

  /** A node that connects with its death as last will and answers to the one command that it may get. */
  async function startNode(port: number, answers: () => void, bdSeq = 0) {
    const payload = Buffer.from(encode({ metrics: [{ name: 'bdSeq', type: 'UInt64', value: bdSeq }] }));
    const client = connectMqtt({
      host: '127.0.0.1',
      port,
      reconnectPeriod: 0,
      will: { topic: 'spBv1.0/river/NDEATH/edge1', payload, qos: 1, retain: false },
    });
    const commands: string[] = [];
    client.on('message', (_topic, bytes) => {
      const read = readPayload(bytes);
      commands.push(...(read.kind === 'payload' ? read.payload.metrics.map(({ name = '?' }) => name) : ['?']));
      answers();
    });
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    await client.subscribeAsync(COMMANDS);
    undo.push(() => client.endAsync(true));
    const node = new SparkplugNode({
      group: 'river',
      node: 'edge1',
      publish: (topic, bytes) => client.publish(topic, Buffer.from(bytes)),
    });
    node.bdSeq = bdSeq;
    return { client, node, commands };
  }

  async function connect(device: DeviceConfig): Promise<Connection> {
    const outcome = await sparkplugB.connect(device, driverHost(21), NEVER);
    if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
    undo.push(() => outcome.connection.close());
    return outcome.connection;
  }

  test('is asked for its birth once, and its values are read from the births and what follows', async () => {
    const { port, proxy } = await broker();
    const births = (): void => {
      running.node.birth([metric('Flow', 1, 'Float', 2.5), metric('Energy', 2, 'UInt32', 4_294_967_295)]);
      running.node.deviceBirth('gates', [metric('Opening', 7, 'Int16', -5)]);
    };
    const running = await startNode(port, births);
    const device = deviceAt(proxy.port);
    const connection = await connect(device);
    expect(show(await until(() => read(connection, device), allSamples))).toEqual([2.5, 4_294_967_295, -5]);
    running.node.data([{ alias: 1, type: 'Float', value: 3.5 } as MetricText]);
    await until(
      () => read(connection, device),
      (outcomes) => show(outcomes)[0] === 3.5,
    );
    expect(running.commands).toEqual(['Node Control/Rebirth']);
    expect(proxy.publishes).toBe(1);
    expect(connection.counts()).toMatchObject({ writes: 0, strangers: 0 });
  });

  test('is asked nothing where that is switched off, and waits for its birth', async () => {
    const { port, proxy } = await broker();
    const running = await startNode(port, () => undefined);
    const device = deviceAt(proxy.port, { rebirth: false });
    const connection = await connect(device);
    running.node.data([{ alias: 1, type: 'Float', value: 3.5 } as MetricText]);
    await until(
      () => connection.counts().strangers,
      (strangers) => strangers === 1,
    );
    expect(show(await read(connection, device))).toEqual(Array.from({ length: 3 }, () => 'DRV_SPARKPLUG_NO_BIRTH'));
    expect([running.commands.length, proxy.publishes]).toEqual([0, 0]);
  });

  test('ends with its last will at once, and a will of the session before does not end it', async () => {
    const { port, proxy } = await broker();
    const first = await startNode(port, () => undefined, 4);
    const device = deviceAt(proxy.port, { rebirth: false });
    const connection = await connect(device);
    const births = ({ node }: { node: SparkplugNode }, flow: number): void => {
      node.birth([metric('Flow', 1, 'Float', flow), metric('Energy', 2, 'UInt32', 70)]);
      node.deviceBirth('gates', [metric('Opening', 7, 'Int16', 8)]);
    };
    births(first, 2.5);
    await until(() => read(connection, device), allSamples);
    const second = await startNode(port, () => undefined, 5);
    births(second, 4.5);
    await until(
      () => read(connection, device),
      (outcomes) => show(outcomes)[0] === 4.5 && allSamples(outcomes),
    );
    cutOff(first.client);
    await until(
      () => connection.counts().strangers,
      (strangers) => strangers === 1,
    );
    expect(show(await read(connection, device))).toEqual([4.5, 70, 8]);
    cutOff(second.client);
    const gone = await until(
      () => read(connection, device),
      ([flow]) => flow?.kind === 'miss',
    );
    expect(show(gone)).toEqual(Array.from({ length: 3 }, () => 'DRV_SPARKPLUG_NODE_OFFLINE'));
  });

  test('that loses a device, or a message, loses their values until the birth', async () => {
    const { port, proxy } = await broker();
    const births = (): void => {
      running.node.birth([metric('Energy', 1, 'UInt32', 71), metric('Flow', 2, 'Float', 5.5)]);
      running.node.deviceBirth('gates', [metric('Opening', 7, 'Int16', 9)]);
    };
    const running = await startNode(port, () => undefined);
    const device = deviceAt(proxy.port);
    const connection = await connect(device);
    running.node.birth([metric('Flow', 1, 'Float', 2.5), metric('Energy', 2, 'UInt32', 70)]);
    running.node.deviceBirth('gates', [metric('Opening', 7, 'Int16', 8)]);
    await until(() => read(connection, device), allSamples);
    running.node.deviceDeath('gates');
    await until(
      () => read(connection, device),
      (outcomes) => show(outcomes)[2] === 'DRV_SPARKPLUG_DEVICE_OFFLINE',
    );
    expect(show(await read(connection, device)).slice(0, 2)).toEqual([2.5, 70]);
    // What is not sent is lost: the next number has a gap before it, and its alias may mean something else by now.
    running.node.numbered([]);
    running.node.data([{ alias: 1, type: 'UInt32', value: 99 } as MetricText]);
    await until(
      () => read(connection, device),
      (outcomes) => show(outcomes)[0] === 'DRV_SPARKPLUG_OUT_OF_STEP',
    );
    births();
    expect(show(await until(() => read(connection, device), allSamples))).toEqual([5.5, 71, 9]);
  });
});

function metric(name: string, alias: number, type: MetricText['type'], value: number): MetricText {
  return { name, alias, type, value, timestamp: Date.now() };
}

/** Ends a client as a power cut would: the broker publishes its last will. */
function cutOff(client: MqttClient): void {
  client.stream.destroy();
}

function deviceAt(port: number, more: Record<string, unknown> = {}): DeviceConfig {
  return sparkplugDevice({ url: `mqtt://127.0.0.1:${port}`, group: 'river', node: 'edge1', ...more }, [
    { id: 'flow', metric: 'Flow', unit: 'm3/s' },
    { id: 'energy', metric: 'Energy', unit: 'kWh', kind: 'counter' },
    { id: 'gate', metric: 'Opening', device: 'gates', unit: '%' },
  ]);
}

function read(connection: Connection, device: DeviceConfig): Promise<readonly Outcome[]> {
  return connection.read(device.points, NEVER);
}

function allSamples(outcomes: readonly Outcome[]): boolean {
  return outcomes.every(({ kind }) => kind === 'sample');
}

function show(outcomes: readonly Outcome[]): (number | string)[] {
  return outcomes.map((outcome) => (outcome.kind === 'sample' ? outcome.value : outcome.fault.code));
}
