import { expect, test } from 'vitest';
import { EventStreamParser } from './event-stream.ts';

const STREAM =
  ': ping\n\nevent: sample\ndata: {"a":1}\n\ndata: first\ndata: second\n\nevent: empty\n\nid: 7\ndata:x\n\n';
const EVENTS = [
  { name: 'sample', data: '{"a":1}' },
  { name: 'message', data: 'first\nsecond' },
  { name: 'message', data: 'x' },
];

test('events come out the same wherever the network cuts the text', () => {
  for (const text of [STREAM, STREAM.replaceAll('\n', '\r\n')]) {
    for (let size = 1; size <= text.length; size++) {
      const parser = new EventStreamParser();
      const events = [];
      for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
      expect(events).toEqual(EVENTS);
    }
  }
});

test('an event that never ended is none', () => {
  const parser = new EventStreamParser();
  expect(parser.push('event: reading\ndata: {"half":')).toEqual([]);
});
