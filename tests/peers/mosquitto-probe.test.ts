import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProbeReport, ProbeRequest } from '../../core/acquisition/probe.ts';
import { mqtt } from '../../drivers/mqtt/mqtt.ts';
import { mqttPointSchema } from '../../drivers/mqtt/point-schema.ts';
import { sparkplugB } from '../../drivers/mqtt/sparkplug-b.ts';
import { sparkplugPointSchema } from '../../drivers/mqtt/sparkplug-schema.ts';
import { driverHost } from '../contract/driver-host.ts';
import { encode } from '../fault/sparkplug-node.ts';
import { type Mosquitto, mosquittoPub, startMosquitto } from './mosquitto.ts';

const NEVER = new AbortController().signal;
const PASSWORD = 'correct horse 9';

let mosquitto: Mosquitto;
let isPublishing: boolean;
let publishing: Promise<void>;

beforeEach(async () => {
  mosquitto = await startMosquitto({ users: { forebay: PASSWORD } });
});

afterEach(async () => {
  isPublishing = false;
  await publishing;
  await mosquitto.stop();
});

/** Publishes again and again, as plants do, until the test is over. */
function publishAgain(publish: (round: number) => Promise<void>): void {
  isPublishing = true;
  publishing = (async () => {
    for (let round = 1; isPublishing; round += 1) await publish(round);
  })();
}

const LOGIN = ['-u', 'forebay', '-P', PASSWORD];

test('a probe lists every value of every topic with what plant.yaml needs', async () => {
  await mosquittoPub(mosquitto.port, 'plant/kept', '17', ['-r', ...LOGIN]);
  publishAgain(async (round) => {
    const at = new Date().toISOString();
    await mosquittoPub(
      mosquitto.port,
      'plant/unit1',
      `{"flow":${round},"list":[{"q":"2.5"}],"run":"RUN","at":"${at}"}`,
      LOGIN,
    );
    await mosquittoPub(mosquitto.port, 'plant/bad', '{"flow":', LOGIN);
  });
  const report = await probe(mqtt, { places: [], reads: 2 });
  const places = new Map(report.places.map((place) => [place.place, place]));
  expect([...places.keys()].sort()).toEqual([
    'plant/bad',
    'plant/kept',
    'plant/unit1 $.at',
    'plant/unit1 $.flow',
    'plant/unit1 $.list[0].q',
    'plant/unit1 $.run',
  ]);
  const flow = places.get('plant/unit1 $.flow');
  const [one, two] = (flow?.decodings[0]?.values ?? []) as number[];
  expect(flow?.decodings[0]).toMatchObject({ label: 'number', settings: { topic: 'plant/unit1', path: '$.flow' } });
  expect(two).toBe((one ?? 0) + 1);
  expect(flow?.rawHex).toEqual([one, two].map((value) => Buffer.from(String(value)).toString('hex')));
  expect(places.get('plant/unit1 $.list[0].q')?.decodings).toEqual([
    expect.objectContaining({ label: 'number in quotes', values: [2.5, 2.5] }),
    expect.objectContaining({ label: 'state', values: ['2.5', '2.5'] }),
  ]);
  expect(places.get('plant/unit1 $.run')?.decodings[0]).toMatchObject({ label: 'state', values: ['RUN', 'RUN'] });
  expect(places.get('plant/kept')?.decodings[0]).toMatchObject({ values: [17, null] });
  expect(places.get('plant/bad')?.fault?.code).toBe('DRV_MQTT_NEEDS_PATH');
  expect(report.notes.join(' ')).toContain('plant/kept had only a kept (retained) message');
  expect(report.notes.join(' ')).toContain('timePath: "$.at", timeFormat: iso');
  for (const { decodings } of report.places) {
    for (const { settings, label } of decodings) if (label !== 'state') mqttPointSchema.parse(settings);
  }
});

test('a probe of one value of one topic ends as soon as it has been read often enough', async () => {
  publishAgain((round) => mosquittoPub(mosquitto.port, 'plant/unit1', `{"flow":${round},"head":7}`, LOGIN));
  const report = await probe(mqtt, { places: ['plant/unit1 $.flow'], reads: 3, everyMs: 60_000 });
  expect(report.places.map(({ place }) => place)).toEqual(['plant/unit1 $.flow']);
  expect(report.places[0]?.decodings[0]?.values).toHaveLength(3);
});

test('a probe of Sparkplug lists the metrics of the births and sends nothing', async () => {
  publishAgain(async () => {
    const metrics = [
      { name: 'Flow', alias: 3, type: 'Float' as const, value: 2.5 },
      { name: 'Running', alias: 4, type: 'Boolean' as const, value: true },
      { name: 'Table', type: 'DataSet' as const, value: { numOfColumns: 0, columns: [], types: [], rows: [] } },
    ];
    const births = [
      ['spBv1.0/river/NBIRTH/edge1', encode({ timestamp: Date.now(), seq: 0, metrics })],
      [
        'spBv1.0/river/NDATA/edge1',
        encode({ timestamp: Date.now(), seq: 1, metrics: [{ alias: 3, type: 'Float', value: 3.5 }] }),
      ],
    ] as const;
    for (const [topic, payload] of births) await pubBytes(topic, payload);
  });
  const report = await probe(mqtt, { places: ['spBv1.0/#'], reads: 4 });
  expect(report.driver).toBe(sparkplugB.name);
  const places = new Map(report.places.map((place) => [place.place, place]));
  expect(new Set(places.get('river/edge1 Flow')?.decodings[0]?.values)).toEqual(new Set([2.5, 3.5]));
  expect(places.get('river/edge1 Flow')?.decodings[0]?.settings).toEqual({
    group: 'river',
    node: 'edge1',
    metric: 'Flow',
  });
  expect(places.get('river/edge1 Running')?.decodings[0]?.values[0]).toBe('true');
  expect(places.get('river/edge1 Table')?.fault?.code).toBe('DRV_SPARKPLUG_TYPE_UNSUPPORTED');
  for (const { decodings } of report.places) for (const { settings } of decodings) sparkplugPointSchema.parse(settings);
});

test('an address that cannot be used is a fault that does not repeat a password', async () => {
  const wrong = [
    `mqtt://forebay:${encodeURIComponent(PASSWORD)}@127.0.0.1`,
    'mqtt://127.0.0.1?pasword=x',
    'mqtt://127.0.0.1?certFile=a',
  ];
  for (const url of wrong) {
    const outcome = await mqtt.probe?.(
      { url: new URL(url), places: [], points: [], reads: 1, everyMs: 1 },
      driverHost(3),
      NEVER,
    );
    expect(outcome).toMatchObject({ kind: 'fault', fault: { code: 'DRV_MQTT_PROBE_URL' } });
    expect(JSON.stringify(outcome)).not.toContain('horse');
  }
  isPublishing = false;
  publishing = Promise.resolve();
});

async function probe(driver: typeof mqtt, request: Partial<ProbeRequest>): Promise<ProbeReport> {
  const url = new URL(`mqtt://127.0.0.1:${mosquitto.port}?username=forebay&passwordFile=mqtt.pwd`);
  const whole = { url, places: [], points: [], reads: 1, everyMs: 1000, ...request };
  const outcome = await driver.probe?.(whole, driverHost(5, { secrets: { 'mqtt.pwd': PASSWORD } }), NEVER);
  if (outcome?.kind !== 'answered') throw new Error(JSON.stringify(outcome));
  const { report } = outcome;
  expect(JSON.stringify(report)).not.toContain('horse');
  expect(report.sent.PUBLISH ?? 0).toBe(0);
  expect(report.sent).toMatchObject({ CONNECT: 1, SUBSCRIBE: 1, DISCONNECT: 1 });
  expect(report.counts.writes).toBe(0);
  expect(report.identity).toEqual([{ name: 'broker', value: expect.stringContaining('mosquitto') }]);
  return report;
}

/** Bytes that no command line takes go in by the standard input. */
function pubBytes(topic: string, payload: Uint8Array): Promise<void> {
  const child = spawn('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(mosquitto.port), '-t', topic, '-s', ...LOGIN], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(payload);
  return new Promise((resolve) => child.once('close', () => resolve()));
}
