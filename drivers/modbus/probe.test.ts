import { afterEach, expect, test } from 'vitest';
import type { Decoding, ProbeReport, ProbeRequest } from '../../core/acquisition/probe.ts';
import type { Json } from '../../core/model/json.ts';
import { seededRandom } from '../../core/model/random.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { modbusPoint } from '../../tests/contract/modbus-device.ts';
import { type AskedFor, type FaultServer, type Mischief, startFaultServer } from '../../tests/fault/modbus-server.ts';
import { modbusTcp } from './modbus-tcp.ts';

const NEVER = new AbortController().signal;
const servers: FaultServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

interface Device {
  cells: Readonly<Record<number, number>>;
  script?: (request: AskedFor) => Mischief;
  identity?: readonly string[];
}

async function start({ cells, script = () => ({ kind: 'none' }), identity }: Device): Promise<FaultServer> {
  const server = await startFaultServer({
    random: seededRandom(1),
    script,
    cell: ({ functionCode }, address) => (functionCode === 3 ? cells[address] : undefined),
    ...(identity === undefined ? {} : { identity }),
  });
  servers.push(server);
  return server;
}

function probe(server: FaultServer, request: Partial<ProbeRequest> = {}, path = '/7?timeout=200ms') {
  const url = new URL(`modbus-tcp://127.0.0.1:${server.port}${path}`);
  if (modbusTcp.probe === undefined) throw new Error('the driver probes');
  const asked = { url, places: [], points: [], reads: 1, everyMs: 1, ...request };
  return modbusTcp.probe(asked, driverHost(5), NEVER);
}

async function report(server: FaultServer, request: Partial<ProbeRequest> = {}): Promise<ProbeReport> {
  const outcome = await probe(server, request);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  return outcome.report;
}

function decodingOf(found: ProbeReport, place: string, label: string): Decoding | undefined {
  return found.places.find((candidate) => candidate.place === place)?.decodings.find((one) => one.label === label);
}

/** 49.98 as a float32 with its low word first at 3000, and 1234567890 as a uint64 at 3002. */
const METER = { 3000: 0xeb85, 3001: 0x4247, 3002: 0, 3003: 0, 3004: 0x4996, 3005: 0x02d2 };

test('a place is given in every type and word order, with the settings for plant.yaml', async () => {
  const found = await report(await start({ cells: METER }), { places: ['holding 3000-3005'], reads: 2 });
  expect(found.driver).toBe('modbus-tcp');
  expect(found.places.map(({ place }) => place)).toEqual(
    [3000, 3001, 3002, 3003, 3004, 3005].map((a) => `holding ${a}`),
  );
  expect(found.places[0]?.rawHex).toEqual(['eb85424700000000', 'eb85424700000000']);
  const hertz = decodingOf(found, 'holding 3000', 'float32 CDAB');
  expect(hertz?.values).toEqual([Math.fround(49.98), Math.fround(49.98)]);
  expect(hertz?.settings).toEqual({ register: 'holding', address: 3000, type: 'float32', order: 'CDAB' });
  expect(decodingOf(found, 'holding 3002', 'uint64 ABCD')?.values).toEqual([1_234_567_890, 1_234_567_890]);
  // Six types with four orders, two with two; less where the run of registers ends.
  expect(found.places.map(({ decodings }) => decodings.length)).toEqual([28, 28, 28, 16, 16, 4]);
  expect(modbusPoint({ id: 'p', ...(hertz?.settings as Record<string, Json>) }).id).toBe('p');
});

test('bytes that are no number are null, and whole numbers stay exact', async () => {
  const cells = { 10: 0x7fc0, 11: 0, 20: 0xffff, 21: 0xffff, 22: 0xffff, 23: 0xfffe };
  const found = await report(await start({ cells }), { places: ['holding 10-11', 'holding 20-23'] });
  expect(decodingOf(found, 'holding 10', 'float32 ABCD')?.values).toEqual([null]);
  expect(decodingOf(found, 'holding 20', 'uint64 ABCD')?.values).toEqual(['18446744073709551614']);
});

test('what is refused is said, and its neighbours are shown', async () => {
  const found = await report(await start({ cells: METER }), { places: ['holding 2998-3007'] });
  const refused = found.places.filter(({ fault }) => fault !== undefined);
  expect(refused.map(({ place, fault }) => `${place} ${fault?.code}`)).toEqual([
    'holding 2998-2999 DRV_MODBUS_ILLEGAL_ADDRESS',
    'holding 3006-3007 DRV_MODBUS_ILLEGAL_ADDRESS',
  ]);
  expect(found.places.filter(({ fault }) => fault === undefined)).toHaveLength(6);
});

test('the largest request is learnt, and no value is torn by it', async () => {
  const cells = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [at, at * 257]));
  const script = ({ count }: AskedFor): Mischief =>
    count > 11 ? { kind: 'exception', exception: 3 } : { kind: 'none' };
  const found = await report(await start({ cells, script }), { places: ['holding 0-59'] });
  expect(found.connection).toMatchObject({ maxRegisters: 11, unitId: 7 });
  const uint32 = Array.from({ length: 59 }, (_, at) => decodingOf(found, `holding ${at}`, 'uint32 ABCD')?.values);
  expect(uint32).toEqual(Array.from({ length: 59 }, (_, at) => [at * 257 * 65_536 + (at + 1) * 257]));
});

test('without places it looks around, within bounds, and finds the usual blocks', async () => {
  const server = await start({ cells: METER, identity: ['Acme', 'PM-7', 'V2.1'] });
  const found = await report(server);
  expect(found.places.map(({ place }) => place)).toContain('holding 3000');
  expect(decodingOf(found, 'holding 3000', 'float32 CDAB')?.values).toEqual([Math.fround(49.98)]);
  expect(found.identity).toEqual([
    { name: 'vendor', value: 'Acme' },
    { name: 'product code', value: 'PM-7' },
    { name: 'revision', value: 'V2.1' },
  ]);
  expect(server.asked.length).toBeLessThan(200);
});

test('nothing is sent that could write, and what was sent is counted', async () => {
  const server = await start({ cells: METER });
  const found = await report(server, { places: ['holding 3000-3007', 'input 0-3', 'coil 0-7'] });
  const arrived = Object.fromEntries([...server.functionCodes].map(([code, count]) => [String(code), count]));
  expect(found.sent).toEqual(arrived);
  expect(Object.keys(found.sent).sort()).toEqual(['1', '3', '4', '43']);
  expect(found.counts).toMatchObject({ writes: 0, requests: server.asked.length });
});

test('unit ids of a range are found, with what they say of themselves', async () => {
  const script = ({ unitId }: AskedFor): Mischief => {
    if (unitId === 4) return { kind: 'drop' };
    return unitId === 3 || unitId === 7 ? { kind: 'none' } : { kind: 'exception', exception: 11 };
  };
  const server = await start({ cells: METER, script, identity: ['Acme', 'PM-7'] });
  const found = await report(server, { places: ['units 1-8'] });
  expect(found.notes).toEqual([
    'Unit 3 answers: vendor Acme, product code PM-7.',
    'Unit 7 answers: vendor Acme, product code PM-7.',
  ]);
  expect([...new Set(server.asked.map(({ unitId }) => unitId))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('points that are described already are read as they are described', async () => {
  const text = { id: 'hertz', register: 'holding', address: 3000, type: 'float32', order: 'CDAB', unit: 'Hz' };
  const found = await report(await start({ cells: METER }), { points: [modbusPoint(text)] });
  expect(found.places).toHaveLength(1);
  expect(found.places[0]).toMatchObject({
    place: 'holding 3000',
    name: 'hertz',
    unit: 'Hz',
    rawHex: ['eb854247'],
    decodings: [{ label: 'as described', values: [Math.fround(49.98)] }],
  });
});

test('a device that does not answer is a fault, and so is what nobody understands', async () => {
  const silent = await start({ cells: METER, script: () => ({ kind: 'drop' }) });
  expect(await probe(silent)).toMatchObject({ kind: 'fault', fault: { code: 'DRV_MODBUS_TIMEOUT' } });
  const server = await start({ cells: METER });
  const wrong = { kind: 'fault', fault: { code: 'DRV_MODBUS_PROBE_REQUEST' } };
  expect(await probe(server, { places: ['holdings 3'] })).toMatchObject(wrong);
  expect(await probe(server, { places: ['holding 9-3'] })).toMatchObject(wrong);
  expect(await probe(server, { places: ['holding 0-9000'] })).toMatchObject(wrong);
  expect(await probe(server, {}, '/300')).toMatchObject(wrong);
  expect(await probe(server, {}, '/1?speed=3')).toMatchObject(wrong);
});

test('a place in the notation of a maker is looked at as it stands, and the likely one is said', async () => {
  const found = await report(await start({ cells: { ...METER, 40257: 7, 40258: 4712 } }), {
    places: ['holding 40258'],
  });
  expect(found.places.map(({ place }) => place)).toEqual(['holding 40258']);
  expect(found.notes.join(' ')).toContain('if the list means 40001 as the first one, try "holding 257"');
  const plain = await report(await start({ cells: METER }), { places: ['holding 3000-3001'] });
  expect(plain.notes.join(' ')).not.toContain('Modicon');
});

test('a wrong unit id and a scan that finds nothing say what to try, and how far they are', async () => {
  const server = await start({ cells: METER, script: () => ({ kind: 'exception', exception: 0x0b }) });
  const wrong = await probe(server, {}, '/9?timeout=200ms');
  expect(wrong).toMatchObject({ kind: 'fault', fault: { code: 'DRV_MODBUS_GATEWAY_TARGET' } });
  expect(wrong.kind === 'fault' && wrong.fault.hint).toMatch(/--scan-units 1-20/);
  const heard: string[] = [];
  const empty = await probe(server, { places: ['units 3-5'], onProgress: (words) => heard.push(words) });
  expect(empty).toMatchObject({
    kind: 'fault',
    fault: { code: 'DRV_MODBUS_NO_UNIT', message: expect.stringContaining('any unit id from 3 to 5') },
  });
  expect(heard).toEqual([3, 4, 5].map((unit) => `unit id ${unit} of 3 to 5, 0 found`));
});

test('a device without a register at the usual places is no success', async () => {
  const outcome = await probe(await start({ cells: {} }));
  expect(outcome).toMatchObject({ kind: 'fault', fault: { code: 'DRV_MODBUS_NO_REGISTER', policy: 'isolate' } });
});
