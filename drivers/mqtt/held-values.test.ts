import { expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import type { Sample } from '../../core/acquisition/sample.ts';
import type { Lease } from '../../core/acquisition/shared.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { mqttDevice, sparkplugDevice } from '../../tests/contract/mqtt-device.ts';
import { type MetricText, SparkplugNode } from '../../tests/fault/sparkplug-node.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import type { Broker, Listener } from './broker.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { SparkplugConnection } from './sparkplug-connection.ts';

const NEVER = new AbortController().signal;
const START_MS = Date.UTC(2026, 10, 26, 12);

/** A broker that is only there: messages are handed to the connection by the test. */
function leaseOf(): Lease<Broker> {
  const resource = { sent: {}, requestRebirth: () => false, reborn: () => undefined, leave: () => undefined };
  return { resource: resource as unknown as Broker, release: () => Promise.resolve() };
}

function deliver(listener: Listener, clock: ManualClock, topic: string, payload: Uint8Array): void {
  listener.take({ topic, payload, age: 'live', atMs: clock.wallMs(), atMonotonicMs: clock.monotonicMs() });
}

async function outcomesOf(connection: Connection, device: DeviceConfig): Promise<Record<string, unknown>> {
  const outcomes = await connection.read(device.points, NEVER);
  return Object.fromEntries(
    outcomes.map((outcome) => [outcome.point, outcome.kind === 'sample' ? outcome.value : outcome.fault.code]),
  );
}

/** An edge node whose metrics are all read by one connection. */
function sparkplug(clock: ManualClock, metrics: readonly MetricText[], kind: 'counter' | 'gauge') {
  const device = sparkplugDevice(
    { url: 'mqtt://127.0.0.1:1', group: 'river', node: 'edge1', staleAfter: '8h' },
    metrics.map(({ name }) => ({ id: name ?? '', metric: name ?? '', unit: kind === 'counter' ? 'Wh' : 'W', kind })),
  );
  const connection = new SparkplugConnection(device, driverHost(5, { clock }), leaseOf());
  const publish = (topic: string, payload: Uint8Array): void => deliver(connection, clock, topic, payload);
  new SparkplugNode({ group: 'river', node: 'edge1', publish }).birth(metrics, clock.wallMs());
  return { device, connection };
}

const WIDTHS: readonly MetricText[] = [
  { name: 'coarse', type: 'Float', value: 1_000_000_000 },
  { name: 'minus', type: 'Float', value: -(2 ** 24) },
  { name: 'fine', type: 'Float', value: 2 ** 24 - 1 },
  { name: 'wide', type: 'Double', value: 1_000_000_064 },
  { name: 'whole', type: 'UInt32', value: 1_000_000_001 },
];

test('a counter that comes as a 32-bit float too large to be exact is no counter; a gauge is a gauge', async () => {
  const clock = new ManualClock(START_MS);
  const counters = sparkplug(clock, WIDTHS, 'counter');
  expect(await outcomesOf(counters.connection, counters.device)).toEqual({
    'plc1/coarse': 'ACQ_COUNTER_COARSE',
    'plc1/minus': 'ACQ_COUNTER_COARSE',
    'plc1/fine': 16_777_215,
    'plc1/wide': 1_000_000_064,
    'plc1/whole': 1_000_000_001,
  });
  const gauges = sparkplug(clock, WIDTHS, 'gauge');
  expect(await outcomesOf(gauges.connection, gauges.device)).toMatchObject({ 'plc1/coarse': 1_000_000_000 });
});

async function sampleOf(connection: Connection, device: DeviceConfig): Promise<Sample> {
  const [outcome] = await connection.read(device.points, NEVER);
  if (outcome?.kind !== 'sample') throw new Error(outcome?.fault.code ?? 'no outcome');
  return outcome;
}

function mqtt(clock: ManualClock) {
  const device = mqttDevice({ url: 'mqtt://127.0.0.1:1', staleAfter: '1h' }, [
    { id: 'energy', topic: 'plant/energy', unit: 'kWh', kind: 'counter' },
  ]);
  const connection = new MqttConnection(device, driverHost(6, { clock }), leaseOf());
  deliver(connection, clock, 'plant/energy', Buffer.from('4711.5'));
  return { device, connection };
}

const HELD = {
  mqtt,
  'sparkplug-b': (clock: ManualClock) =>
    sparkplug(clock, [{ name: 'energy', type: 'Double', value: 4711.5 }], 'counter'),
};

test.each([
  ['mqtt', -3_600_000],
  ['mqtt', 3_600_000],
  ['sparkplug-b', -3_600_000],
  ['sparkplug-b', 3_600_000],
] as const)('a value of %s that is held over a step of %i ms came as long ago as before', async (driver, stepMs) => {
  const clock = new ManualClock(START_MS);
  const { device, connection } = HELD[driver](clock);
  clock.stall(10_000);
  const before = await sampleOf(connection, device);
  expect(before).toMatchObject({ value: 4711.5, readAtMs: START_MS });
  // What clocks drift apart by is no step: the sample stays the very same.
  clock.step(1999);
  expect(await sampleOf(connection, device)).toBe(before);
  clock.step(stepMs - 1999);
  clock.stall(5000);
  const after = await sampleOf(connection, device);
  expect(after).toEqual({ ...before, readAtMs: START_MS + stepMs });
  expect(clock.wallMs() - after.readAtMs).toBe(15_000);
  expect(await sampleOf(connection, device)).toBe(after);
  clock.step(-stepMs);
  expect((await sampleOf(connection, device)).readAtMs).toBe(START_MS);
});
