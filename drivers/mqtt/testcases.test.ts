import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Connection, Driver } from '../../core/acquisition/driver.ts';
import type { Outcome, Sample } from '../../core/acquisition/sample.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { toText } from '../../core/model/decimal.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { type MqttPointText, mqttDevice, sparkplugDevice } from '../../tests/contract/mqtt-device.ts';
import { type FaultBroker, startFaultBroker } from '../../tests/fault/mqtt-broker.ts';
import { text, varint } from '../../tests/fault/mqtt-wire.ts';
import { until } from '../../tests/peers/until.ts';
import { decode } from './decode.ts';
import { mqtt } from './mqtt.ts';
import { asMqttRecipe } from './recipe.ts';
import { sparkplugB } from './sparkplug-b.ts';
import { asSparkplugRecipe, decodeSparkplug } from './sparkplug-decode.ts';
import { typeName } from './sparkplug-type.ts';

interface Case {
  readonly driver?: 'sparkplug-b';
  readonly points: readonly MqttPointText[];
  readonly messages: readonly CaseMessage[];
}

interface CaseMessage {
  readonly payload?: string;
  readonly hex?: string;
  readonly repeat?: string;
  readonly times?: number;
  /** Of a Sparkplug metric. */
  readonly type?: string;
  readonly expected: Readonly<Record<string, number | string | Expected>>;
}

interface Expected {
  readonly value?: number | string;
  readonly register?: string;
  readonly quality?: string;
  readonly deviceAt?: string;
  readonly fault?: string;
}

const FOLDER = join(import.meta.dirname, 'testcases');
const NEVER = new AbortController().signal;
const TOPIC = 'plant/unit1';
const NODE = 'spBv1.0/river/NBIRTH/edge1';

let broker: FaultBroker;

beforeAll(async () => {
  broker = await startFaultBroker();
});

afterAll(() => broker.close());

test('every folder of testcases gives what it says', async () => {
  let cases = 0;
  let values = 0;
  for (const name of readdirSync(FOLDER)) {
    values += await run(name, parse(readFileSync(join(FOLDER, name, 'case.yaml'), 'utf8')) as Case);
    cases += 1;
  }
  process.stdout.write(`mqtt test cases: ${cases} folders, ${values} values\n`);
  expect(cases).toBeGreaterThanOrEqual(11);
  expect(values).toBeGreaterThanOrEqual(220);
});

async function run(name: string, { driver, points, messages }: Case): Promise<number> {
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const device =
    driver === undefined
      ? mqttDevice(
          { url },
          points.map((point) => ({ topic: TOPIC, ...point })),
          60_000,
        )
      : sparkplugDevice({ url, group: 'river', node: 'edge1', rebirth: false }, points);
  const connection = await connect(driver === undefined ? mqtt : sparkplugB, device);
  let values = 0;
  let before = await connection.read(device.points, NEVER);
  for (const [index, message] of messages.entries()) {
    const nowMs = Date.now();
    if (driver === undefined) broker.publish(TOPIC, payloadOf(message, nowMs));
    else broker.publish(NODE, birthOf(message));
    const seen = await until(
      () => connection.read(device.points, NEVER),
      (outcomes) => outcomes.some((outcome, at) => isNew(outcome, before[at])),
    );
    before = seen;
    for (const [at, point] of device.points.entries()) {
      const wanted = present(message.expected[point.id], `${name} ${index}: what ${point.id} should be`);
      const full = typeof wanted === 'object' ? wanted : { value: wanted };
      const shown = show(present(seen[at], 'an outcome'), full, nowMs);
      expect(shown, `${name}, message ${index + 1}, ${point.id}`).toEqual(full);
      values += 1;
    }
    expect(Object.keys(message.expected)).toHaveLength(points.length);
  }
  await connection.close();
  return values;
}

async function connect(driver: Driver, device: DeviceConfig): Promise<Connection> {
  const outcome = await driver.connect(device, driverHost(1), NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  return outcome.connection;
}

/** A message makes a new sample, or a new reason: the very object tells. */
function isNew(outcome: Outcome, earlier: Outcome | undefined): boolean {
  if (outcome.kind === 'sample') return outcome !== earlier;
  return earlier === undefined || earlier.kind === 'sample' || earlier.fault !== outcome.fault;
}

/** What an outcome shows of the things that the case speaks of; a sample is decoded again from its bytes, too. */
function show(outcome: Outcome, wanted: Expected, nowMs: number): Expected {
  if (outcome.kind === 'miss') return { fault: outcome.fault.code };
  expect(decodeAgain(outcome)).toEqual({ value: outcome.value, register: outcome.register });
  return {
    value: outcome.value,
    ...(outcome.register === undefined ? {} : { register: toText(outcome.register) }),
    ...(wanted.quality === undefined ? {} : { quality: outcome.quality }),
    ...(wanted.deviceAt === undefined ? {} : { deviceAt: outcome.deviceAtMs === nowMs ? 'NOW' : 'another time' }),
  };
}

function decodeAgain({ recipe, raw }: Sample): { value: unknown; register: unknown } {
  const stored = JSON.parse(JSON.stringify(recipe)) as typeof recipe;
  const decoded =
    recipe.driver === 'mqtt' ? decode(asMqttRecipe(stored), raw) : decodeSparkplug(asSparkplugRecipe(stored), raw);
  if (decoded.kind === 'fault') throw new Error(decoded.fault.message);
  return { value: decoded.value, register: decoded.register };
}

function payloadOf({ payload = '', hex, repeat, times = 0 }: CaseMessage, nowMs: number): Uint8Array {
  if (hex !== undefined) return Buffer.from(hex, 'hex');
  if (repeat !== undefined) return Buffer.from(repeat.repeat(times));
  const written = payload
    .replaceAll('NOW_ISO', new Date(nowMs).toISOString())
    .replaceAll('NOW_MS', String(nowMs))
    .replaceAll('NOW_S', (nowMs / 1000).toFixed(3));
  return Buffer.from(written, 'utf8');
}

/** A birth with the metric `m`: name (field 1), type (field 4), and the bytes of the case. */
function birthOf({ type = '', hex = '' }: CaseMessage): Uint8Array {
  const number = Array.from({ length: 20 }, (_, each) => typeName(each)).indexOf(type);
  expect(number, type).toBeGreaterThan(0);
  const metric = Buffer.concat([
    Buffer.of(0x0a, 1),
    text('m').subarray(2),
    Buffer.of(0x20, number),
    Buffer.from(hex.replaceAll(' ', ''), 'hex'),
  ]);
  return Buffer.concat([Buffer.of(0x12, ...varint(metric.length)), metric, Buffer.of(0x18, 0)]);
}
