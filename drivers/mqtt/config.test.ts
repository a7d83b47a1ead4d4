import { describe, expect, test } from 'vitest';
import { formatConfigIssue } from '../../core/config/config-issue.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import { mqtt } from './mqtt.ts';
import { sparkplugB } from './sparkplug-b.ts';

const DRIVERS = new Map([mqtt, sparkplugB].map((driver) => [driver.name, driver]));

function issuesOf(driver: string, connection: string, point: string): string[] {
  const text = `version: 1
plant: { id: HP-1, name: Test, timezone: Asia/Kolkata, ratedPowerKw: 2000 }
interval: 5m
units:
  - { id: unit1, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, signals: { power: d/p } }
devices:
  - id: d
    driver: ${driver}
    connection: ${connection}
    period: 1s
    points:
      - ${point}
`;
  const result = parseConfig(text, { drivers: DRIVERS, file: 'plant.yaml' });
  return result.kind === 'invalid' ? result.issues.map(formatConfigIssue) : [];
}

const BROKER = '{ url: mqtt://10.0.0.5 }';
const POINT = '{ id: p, unit: kW, topic: plant/p }';
const NODE = '{ url: mqtt://10.0.0.5, group: g, node: n }';

const MISTAKES: readonly (readonly [string, string, string, string, number])[] = [
  ['mqtt', '{}', POINT, 'an address such as mqtt://192.168.1.20', 9],
  ['mqtt', '{ url: 10.0.0.5 }', POINT, 'expected an address such as mqtt://192.168.1.20, found "10.0.0.5"', 9],
  ['mqtt', '{ url: "ws://10.0.0.5" }', POINT, 'websockets and other ways are not supported', 9],
  ['mqtt', '{ url: "mqtt://10.0.0.5/plant" }', POINT, 'topics belong to the points', 9],
  ['mqtt', '{ url: mqtt://10.0.0.5, passwordFile: p }', POINT, 'a password goes with a user name', 9],
  ['mqtt', '{ url: mqtt://10.0.0.5, caFile: p }', POINT, 'caFile goes with mqtts://', 9],
  ['mqtt', '{ url: mqtts://10.0.0.5, certFile: p }', POINT, 'certFile and keyFile go together', 9],
  ['mqtt', '{ url: mqtt://10.0.0.5, qos: 2 }', POINT, 'a quality of service, 0 or 1', 9],
  ['mqtt', '{ url: mqtt://10.0.0.5, staleAfter: 100ms }', POINT, 'a duration such as 5s or 2m', 9],
  ['mqtt', '{ url: mqtt://10.0.0.5, willTopic: a }', POINT, 'willTopic and offlinePayload go together', 9],
  ['mqtt', '{ url: mqtt://10.0.0.5, usrname: a }', POINT, 'usrname', 9],
  ['mqtt', BROKER, '{ id: p, unit: kW }', 'a topic such as plant/unit1', 12],
  ['mqtt', BROKER, '{ id: p, unit: kW, topic: plant/+/p }', 'has a wildcard', 12],
  ['mqtt', BROKER, '{ id: p, unit: kW, topic: t, path: "$..p" }', 'may lead to several values', 12],
  [
    'mqtt',
    BROKER,
    '{ id: p, unit: kW, topic: t, path: "$.p", timePath: "$.t" }',
    'how a time is meant is not guessed',
    12,
  ],
  ['mqtt', BROKER, '{ id: p, unit: kW, topic: t, qualityPath: "$.q" }', 'needs a JSON message', 12],
  ['mqtt', BROKER, '{ id: p, unit: kW, topic: t, path: "$.p", qualityMap: { 0: fine } }', 'qualityMap', 12],
  ['mqtt', BROKER, '{ id: p, topic: t, map: { 1: RUN }, scale: 2 }', 'a map goes by what is sent', 12],
  ['mqtt', BROKER, '{ id: p, unit: kWh, topic: t, kind: counter, scale: -1 }', 'would count down', 12],
  ['mqtt', BROKER, '{ id: p, unit: kW, topic: t, min: 5, max: 4 }', 'min 5 lies above max 4', 12],
  ['sparkplug-b', '{ url: mqtt://10.0.0.5, group: g }', '{ id: p, unit: kW, metric: m }', 'has no edge node', 12],
  [
    'sparkplug-b',
    '{ url: mqtt://10.0.0.5, group: a/b, node: n }',
    '{ id: p, unit: kW, metric: m }',
    'without "+", "/" and "#"',
    9,
  ],
  ['sparkplug-b', NODE, '{ id: p, unit: kW }', 'the name of a metric', 12],
  ['sparkplug-b', NODE, '{ id: p, unit: kW, metric: m, topic: t }', 'topic', 12],
  ['sparkplug-b', NODE, '{ id: p, unit: kWh, metric: m, kind: counter, scale: -0.1 }', 'would count down', 12],
];

describe('mistakes in plant.yaml', () => {
  test.each(MISTAKES)('%s %s %s', (driver, connection, point, sentence, line) => {
    const issues = issuesOf(driver, connection, point);
    expect(issues.join('\n')).toContain(sentence);
    expect(issues.join('\n')).toContain(`plant.yaml:${line}`);
  });

  test('a login in the address is not repeated', () => {
    const issues = issuesOf('mqtt', '{ url: "mqtt://forebay:hunter2@10.0.0.5" }', POINT);
    expect(issues.length).toBeGreaterThan(0);
    expect(issues.join('\n')).not.toContain('hunter2');
  });
});

test.each([
  ['mqtt', BROKER, POINT],
  [
    'mqtt',
    '{ url: "mqtts://[fe80::1]:8884", version: "3.1.1", qos: 0 }',
    '{ id: p, unit: W, topic: "a b/c", path: "$[\'x y\'][0]" }',
  ],
  ['sparkplug-b', '{ url: mqtt://broker }', '{ id: p, unit: kW, metric: "A/B c", group: g, node: "n 1", device: "" }'],
])('nothing is wrong with %s %s %s', (driver, connection, point) => {
  expect(issuesOf(driver, connection, point)).toEqual([]);
});
