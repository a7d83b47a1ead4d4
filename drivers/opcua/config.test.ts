import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../core/config/parse-config.ts';
import { hostOf, normalEndpoint, opcuaConnectionSchema } from './connection-schema.ts';
import { type NodeAddress, namespaceIndex, parseNodeAddress, writeNodeAddress } from './node-address.ts';
import { opcua } from './opcua.ts';
import { opcuaPointSchema } from './point-schema.ts';

const PAGE = readFileSync(new URL('../../docs/drivers/opcua.md', import.meta.url), 'utf8');
const EXAMPLE = /```yaml plant\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? '';
const drivers = new Map([[opcua.name, opcua]]);

function parsed(change: [from: string, to: string]) {
  expect(EXAMPLE).toContain(change[0]);
  const text = EXAMPLE.replace(change[0], change[1]);
  const result = parseConfig(text, { drivers, file: 'plant.yaml' });
  const line = text.slice(0, text.indexOf(change[1])).split('\n').length;
  return { result, line };
}

describe('endpoints have one way to be written', () => {
  test.each([
    ['opc.tcp://PLC.example', 'opc.tcp://plc.example:4840', 'plc.example'],
    ['opc.tcp://10.0.0.5:04841/', 'opc.tcp://10.0.0.5:4841', '10.0.0.5'],
    ['OPC.TCP://10.0.0.5/Path/To', 'opc.tcp://10.0.0.5:4840/Path/To', '10.0.0.5'],
    ['opc.tcp://[fe80::1]:62541', 'opc.tcp://[fe80::1]:62541', 'fe80::1'],
  ])('%s', (text, endpoint, host) => {
    expect(normalEndpoint(text)).toBe(endpoint);
    expect(hostOf(endpoint)).toBe(host);
  });
  test.each([['http://a'], ['opc.tcp://'], ['opc.tcp://a:0'], ['opc.tcp://a:70000'], ['opc.tcp://u:p@a'], ['a:4840']])(
    'not %s',
    (text) => expect(normalEndpoint(text)).toBeUndefined(),
  );
});

describe('node ids', () => {
  test.each([
    ['nsu=urn:plant;s=Unit1.Flow'],
    ['nsu=urn:a%3Bb%25;s=x;y=z'],
    ['ns=3;i=4294967295'],
    ['i=2258'],
    ['nsu=http://plc/;g=09087E75-8E5E-499B-954F-F2A9603DB28A'],
    ['ns=1;b=M/RbKBsRVkePCePcx24oRA=='],
  ])('%s', (text) => expect(writeNodeAddress(parseNodeAddress(text) as NodeAddress)).toBe(text));
  test.each([
    [''],
    ['s='],
    ['ns=70000;s=a'],
    ['i=4294967296'],
    ['i=-1'],
    ['g=123'],
    ['b=abc'],
    ['Unit1.Flow'],
    ['ns=a;s=b'],
  ])('not "%s"', (text) => expect(parseNodeAddress(text)).toBeUndefined());
  test('a namespace is found by its URI, wherever it stands, and never when it stands twice', () => {
    const flow = parseNodeAddress('nsu=urn:a%3Bb;s=Flow') as NodeAddress;
    expect(namespaceIndex(flow, ['http://opcfoundation.org/UA/', 'urn:x', 'urn:a;b'])).toBe(2);
    expect(namespaceIndex(flow, ['http://opcfoundation.org/UA/', 'urn:a;b'])).toBe(1);
    expect(namespaceIndex(flow, ['http://opcfoundation.org/UA/', 'urn:a%3Bb'])).toBeUndefined();
    expect(namespaceIndex(flow, ['urn:a;b', 'urn:a;b'])).toBeUndefined();
    expect(namespaceIndex(parseNodeAddress('ns=2;s=Flow') as NodeAddress, ['a', 'b'])).toBeUndefined();
  });
});

describe('mistakes are named where they stand', () => {
  test.each<[string, string, string, string]>([
    ['securityMode: SignAndEncrypt', 'securityMode: Encrypt', 'CFG_VALUE', 'connection.securityMode'],
    ['securityPolicy: Basic256Sha256', 'securityPolicy: Basic128Rsa15', 'CFG_VALUE', 'connection.securityPolicy'],
    ['      passwordFile: plc1.password\n', '', 'CFG_VALUE', 'connection'],
    ['acquire: subscribe', 'acquire: often', 'CFG_VALUE', 'connection.acquire'],
    ['acquire: subscribe', 'publishInterval: 1s', 'CFG_VALUE', 'connection.publishInterval'],
    ['acquire: subscribe', 'trust: yes-please', 'CFG_VALUE', 'connection.trust'],
    ['acquire: subscribe', 'tolerate: [everything]', 'CFG_VALUE', 'connection.tolerate'],
    ['acquire: subscribe', 'aquire: subscribe', 'CFG_UNKNOWN_KEY', 'connection.aquire'],
    ['"nsu=urn:plant;s=Unit1.Flow"', '"Unit1.Flow"', 'CFG_VALUE', 'points[0].nodeId'],
    ['unit: m, min: 0, max: 200', 'unit: m, min: 201, max: 200', 'CFG_VALUE', 'points[1].min'],
    ['type: UInt64, scale: 0.001', 'type: uint64', 'CFG_VALUE', 'points[3].type'],
    ['type: UInt64, scale: 0.001', 'type: UInt64, scale: 0', 'CFG_VALUE', 'points[3].scale'],
  ])('%s -> %s', (from, to, code, path) => {
    const { result } = parsed([from, to]);
    if (result.kind !== 'invalid') throw new Error('valid');
    expect(result.issues.map((issue) => issue.code)).toContain(code);
    expect(result.issues.some((issue) => issue.path.startsWith(`devices[0].${path}`))).toBe(true);
  });
});

test('the example of the page is valid, and a counter of a named type wraps at its width', () => {
  const { result } = parsed(['acquire: subscribe', 'acquire: subscribe']);
  if (result.kind !== 'valid') throw new Error(JSON.stringify(result.issues));
  expect(result.warnings).toEqual([]);
  const [device] = result.config.devices;
  expect(device?.points.find(({ id }) => id === 'energy')?.modulus).toBe(1n << 64n);
});

test('what is valid and a risk is a warning with its line', () => {
  const none = parsed(['securityMode: SignAndEncrypt\n      securityPolicy: Basic256Sha256', 'securityMode: None']);
  const risks: [ReturnType<typeof parsed>, string, RegExp][] = [
    [none, 'devices[0].connection.securityMode', /read and forge the values, and the password/],
    [parsed(['acquire: subscribe', 'trust: accept-first']), 'devices[0].connection.trust', /answers first/],
    [parsed(['acquire: subscribe', 'tolerate: [expired]']), 'devices[0].connection.tolerate', /expired/],
    [parsed(['nsu=urn:plant;s=Unit1.Head', 'ns=3;s=Unit1.Head']), 'devices[0].points[1].nodeId', /number 3/],
  ];
  for (const [{ result, line }, path, message] of risks) {
    if (result.kind !== 'valid') throw new Error(JSON.stringify(result.issues));
    expect(result.warnings).toEqual([expect.objectContaining({ code: 'CFG_DEVICE_RISK', path, line })]);
    expect(result.warnings[0]?.message).toMatch(message);
  }
  expect(risks).toHaveLength(4);
});

test('security is on unless somebody writes that it is off', () => {
  const plain = opcuaConnectionSchema.parse({ endpoint: 'opc.tcp://a' });
  expect(plain).toMatchObject({ securityMode: 'SignAndEncrypt', securityPolicy: 'Basic256Sha256', trust: 'prompt' });
  const pinned = opcuaConnectionSchema.parse({ endpoint: 'opc.tcp://a', trust: `a1:${'b2:'.repeat(18)}c3` });
  expect(pinned.trust).toBe(`A1${'B2'.repeat(18)}C3`);
  expect(opcuaPointSchema.parse({ nodeId: ' i=7 ' })).toMatchObject({ nodeId: 'i=7', scale: 1, offset: 0 });
});
