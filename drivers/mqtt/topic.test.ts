import { expect, test } from 'vitest';
import { coversTopic, topicSchema } from './topic.ts';

/** Filter, topic, and whether it is covered: the examples of MQTT 5, clause 4.7, and some of our own. */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
  ['sport/tennis/player1/#', 'sport/tennis/player10', false],
  ['#', 'a/b', true],
  ['#', '$SYS/broker/version', false],
  ['+/monitor/Clients', '$SYS/monitor/Clients', false],
  ['$SYS/#', '$SYS/broker/version', true],
  ['sport/+', 'sport/', true],
  ['sport/+', 'sport', false],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['+/+', '/finance', true],
  ['/+', '/finance', true],
  ['+', '/finance', false],
  ['a/b', 'A/b', false],
  ['a/b', 'a/b/c', false],
  ['spBv1.0/g/+/n', 'spBv1.0/g/NDATA/n', true],
  ['spBv1.0/g/+/n', 'spBv1.0/g/DDATA/n/d', false],
  ['spBv1.0/g/+/n/+', 'spBv1.0/g/DDATA/n/d', true],
];

test.each(CASES)('%s covers %s: %s', (filter, topic, isCovered) => {
  expect(coversTopic(filter, topic)).toBe(isCovered);
});

test('a point has one topic of its own', () => {
  for (const topic of ['plant/unit1', 'Anlage/Ärger 1', '$SYS/broker/load', '/'])
    expect(topicSchema.parse(topic)).toBe(topic);
  for (const topic of ['', 'a/+/b', 'a/#', '$share/group/a', 'a\u0000b', 'x'.repeat(1001), 7]) {
    expect(topicSchema.safeParse(topic).success, String(topic)).toBe(false);
  }
});
