import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProbeReport } from '../../core/acquisition/probe.ts';
import { deviceOf, NEVER, OpcUaRig } from '../../tests/fault/opcua-rig.ts';
import { PLANT_NAMESPACE, SERVER_URI, serverCertificate } from '../../tests/fault/opcua-server.ts';
import { opcua } from './opcua.ts';
import { SERVICES } from './reading-client.ts';
import { shownThumbprint, thumbprintsOf } from './thumbprint.ts';
import { TrustBook } from './trust-book.ts';

let rig: OpcUaRig;
beforeEach(() => {
  rig = new OpcUaRig();
});
afterEach(() => rig.close());

const NODES = {
  Flow: { type: 'Float', value: 2.5, unit: 'm3/s' },
  Energy: { type: 'UInt64', value: [0, 123456], unit: 'kWh' },
  Name: { type: 'String', value: 'Unit 1' },
  List: { type: 'Double', value: [1, 2], isList: true },
  Running: { type: 'Boolean', value: true },
  Bad: { type: 'Double', value: 5, status: 'BadSensorFailure' },
} as const;

async function look(
  endpoint: string,
  change: Partial<Parameters<NonNullable<typeof opcua.probe>>[0]> = {},
): Promise<ProbeReport> {
  const request = { url: new URL(endpoint), places: [], points: [], reads: 1, everyMs: 10, ...change };
  const outcome = await opcua.probe?.(request, rig.host, NEVER);
  if (outcome?.kind !== 'answered') throw new Error(JSON.stringify(outcome));
  return outcome.report;
}

test('an unknown server is looked through: ways in, certificate, who it is, and its numbers with units', async () => {
  const certificate = await serverCertificate();
  const server = await rig.serve({ nodes: NODES, certificate });
  const report = await look(server.endpoint, { reads: 3 });
  expect(report.driver).toBe('opcua');
  expect(report.connection).toEqual({
    endpoint: server.endpoint,
    securityMode: 'SignAndEncrypt',
    securityPolicy: 'Basic256Sha256',
  });
  const { sha1 } = thumbprintsOf(certificate.certificate);
  expect(report.notes.join('\n')).toContain(shownThumbprint(sha1));
  expect(report.notes[0]).toContain('Sign with Aes128_Sha256_RsaOaep');
  expect(report.identity).toContainEqual({ name: 'application', value: SERVER_URI });
  expect(report.identity).toContainEqual({ name: 'namespace 2', value: PLANT_NAMESPACE });
  const places = new Map(report.places.map((place) => [place.place, place]));
  expect([...places.keys()].sort()).toEqual(
    ['Bad', 'Energy', 'Flow', 'Running'].map((name) => `nsu=${PLANT_NAMESPACE};s=${name}`),
  );
  expect(places.get(`nsu=${PLANT_NAMESPACE};s=Flow`)).toMatchObject({
    name: 'Plant / Flow',
    unit: 'm3/s',
    decodings: [
      { label: 'Float', settings: { nodeId: `nsu=${PLANT_NAMESPACE};s=Flow`, type: 'Float' }, values: [2.5, 2.5, 2.5] },
    ],
  });
  expect(places.get(`nsu=${PLANT_NAMESPACE};s=Energy`)).toMatchObject({
    unit: 'kWh',
    decodings: [{ values: [123456, 123456, 123456] }],
  });
  expect(report.places.every(({ rawHex }) => rawHex.length === 3)).toBe(true);
  expect(places.get(`nsu=${PLANT_NAMESPACE};s=Flow`)?.rawHex[0]).toMatch(/^0d0a00002040/);
  expect(places.get(`nsu=${PLANT_NAMESPACE};s=Bad`)?.fault?.code).toBe('DRV_OPCUA_SOURCE_DOWN');
  // What was seen is not trusted by having been looked at.
  expect(new TrustBook(rig.folder).of(server.endpoint)).toEqual({});
  expect(server.sessions).toBe(0);
});

test('only what reads is sent, and it is counted', async () => {
  const server = await rig.serve({ nodes: NODES });
  const report = await look(server.endpoint);
  const known = new Set<string>(SERVICES);
  expect(Object.keys(report.sent).filter((service) => !known.has(service))).toEqual([]);
  expect(report.sent).toMatchObject({ GetEndpoints: server.requests.GetEndpoints, Read: server.requests.Read });
  expect(report.counts).toMatchObject({ writes: 0, strangers: 0 });
  expect(report.counts.requests).toBe(Object.values(report.sent).reduce((sum, count) => sum + count, 0));
});

test('places and points that are named, with the fault of what gives none', async () => {
  const server = await rig.serve({ nodes: NODES });
  const { points } = deviceOf(server.endpoint, [
    { id: 'energy', nodeId: `nsu=${PLANT_NAMESPACE};s=Energy`, unit: 'MWh', scale: 0.001, kind: 'counter' },
  ]);
  const places = ['ns=2;s=Flow', `nsu=${PLANT_NAMESPACE};s=Bad`, 'nsu=urn:nowhere;i=1'];
  const report = await look(server.endpoint, { places, points });
  expect(report.places.map(({ place, decodings, fault }) => [place, decodings[0]?.values[0], fault?.code])).toEqual([
    [`nsu=${PLANT_NAMESPACE};s=Flow`, 2.5, undefined],
    [`nsu=${PLANT_NAMESPACE};s=Bad`, undefined, 'DRV_OPCUA_SOURCE_DOWN'],
    ['nsu=urn:nowhere;i=1', undefined, 'DRV_OPCUA_NAMESPACE_UNKNOWN'],
    [`nsu=${PLANT_NAMESPACE};s=Energy`, 123.456, undefined],
  ]);
});

test('a server that lets no stranger in still says who it is', async () => {
  const server = await rig.serve({ nodes: NODES, users: { reader: 'x' }, modes: ['SignAndEncrypt'] });
  const report = await look(server.endpoint);
  expect(report.places).toEqual([]);
  expect(report.notes.at(-1)).toMatch(/^No values could be read/);
  expect(report.identity).toContainEqual({ name: 'application', value: SERVER_URI });
});

test('a wrong address, a node id that is none, and nothing that answers are faults', async () => {
  const probing = async (url: string, places: readonly string[]) =>
    opcua.probe?.({ url: new URL(url), places, points: [], reads: 1, everyMs: 1 }, rig.host, NEVER);
  const faults = [
    await probing('http://127.0.0.1:4840', []),
    await probing('opc.tcp://127.0.0.1:4840', ['Flow']),
    await probing('opc.tcp://127.0.0.1:1', []),
  ];
  expect(faults.map((outcome) => (outcome?.kind === 'fault' ? outcome.fault.code : 'none'))).toEqual([
    'DRV_OPCUA_PROBE',
    'DRV_OPCUA_PROBE',
    'DRV_OPCUA_REFUSED',
  ]);
});
