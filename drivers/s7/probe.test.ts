import { afterEach, expect, test } from 'vitest';
import type { ProbeOutcome, ProbeReport } from '../../core/acquisition/probe.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { s7Point } from '../../tests/contract/s7-device.ts';
import { type S7Server, type S7ServerOptions, startS7Server } from '../../tests/fault/s7-server.ts';
import { s7 } from './s7.ts';

const servers: S7Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: Partial<S7ServerOptions> = {}): Promise<S7Server> {
  const server = await startS7Server({ byte: ({ db }, at) => (db === 3 && at < 10 ? at + 1 : -0x0a), ...options });
  servers.push(server);
  return server;
}

async function probe(
  url: string,
  places: string[] = [],
  points = [] as ReturnType<typeof s7Point>[],
): Promise<ProbeOutcome> {
  const request = { url: new URL(url), places, points, reads: 2, everyMs: 1 };
  const outcome = await s7.probe?.(request, driverHost(1), new AbortController().signal);
  if (outcome === undefined) throw new Error('the driver can probe');
  return outcome;
}

function reportOf(outcome: ProbeOutcome): ProbeReport {
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  return outcome.report;
}

test('without a place it finds the blocks that can be read, and how far', async () => {
  const server = await start();
  const { places, notes, sent } = reportOf(await probe(`s7://127.0.0.1:${server.port}/0/1`));
  expect(notes.join(' ')).toContain('Data blocks that can be read: DB3 (of DB1 to DB64)');
  // 8 bytes is the longest of the tried lengths that a block of 10 holds.
  expect(places.map(({ place }) => place)).toEqual(['DB3 byte 0', 'DB3 byte 2', 'DB3 byte 4', 'DB3 byte 6']);
  expect(places[2]?.rawHex).toEqual(['05060708', '05060708']);
  expect(places[2]?.decodings.map(({ label }) => label)).toEqual(['REAL', 'DINT', 'DWORD', 'INT', 'WORD', 'BYTE']);
  expect(places[2]?.decodings[1]).toEqual({
    label: 'DINT',
    settings: { address: 'DB3,DINT4' },
    values: [0x05060708, 0x05060708],
  });
  expect(server.asked.flatMap(({ items }) => items).length).toBeGreaterThanOrEqual(64);
  expect(Object.values(sent).reduce((sum, count) => sum + count, 0)).toBe(server.asked.length);
});

test('places are read as they are named, those of points too, and one that is not there says why', async () => {
  const server = await start();
  const url = `s7://127.0.0.1:${server.port}/0/1`;
  const point = s7Point({ id: 'gate', address: 'DB3,INT2' });
  const { places } = reportOf(await probe(url, ['DB3,X1.1', 'DB9,REAL0'], [point]));
  expect(places.map(({ place }) => place)).toEqual(['DB3,X1.1', 'DB9,REAL0', 'DB3,INT2']);
  expect(places[0]?.decodings).toEqual([{ label: 'X', settings: { address: 'DB3,X1.1' }, values: [1, 1] }]);
  expect(places[1]).toMatchObject({ rawHex: ['', ''], decodings: [], fault: { code: 'DRV_S7_NO_SUCH_BLOCK' } });
  expect(places[2]?.rawHex).toEqual(['0304', '0304']);
});

test('a place that was read once shows what was read, although a later read found nothing', async () => {
  let reads = 0;
  const server = await start({
    script: ({ kind }) => {
      if (kind === 'read') reads += 1;
      return { kind: kind === 'read' && reads > 1 ? 'end' : 'none' };
    },
  });
  const { places } = reportOf(await probe(`s7://127.0.0.1:${server.port}/0/1`, ['DB3,INT2']));
  expect(places[0]).toMatchObject({ place: 'DB3,INT2', rawHex: ['0304', ''] });
  expect(places[0]?.fault).toBeUndefined();
  expect(places[0]?.decodings.find(({ label }) => label === 'INT')?.values).toEqual([0x0304, null]);
});

test('a PLC that forbids reading is shown with the way out', async () => {
  const server = await start({ byte: () => -3, mode: () => undefined });
  const { notes } = reportOf(await probe(`s7://127.0.0.1:${server.port}/0/1`));
  expect(notes.join(' ')).toContain('None of DB1 to DB64');
  expect(notes.join(' ')).toContain('PUT/GET');
  expect(notes.join(' ')).toContain('does not tell whether it runs');
});

test.each([
  ['s7://127.0.0.1:1', [], 'DRV_S7_PROBE'],
  ['s7://127.0.0.1:1/0/99', [], 'DRV_S7_PROBE'],
  ['s7://127.0.0.1:1/0/1', ['DB1.DBD0'], 'DRV_S7_PROBE'],
  ['s7://127.0.0.1:1/0/1', [], 'DRV_S7_REFUSED'],
] as [string, string[], string][])('%s with %j is %s', async (url, places, code) => {
  expect(await probe(url, places)).toMatchObject({ kind: 'fault', fault: { code } });
});
