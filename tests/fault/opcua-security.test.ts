import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TakenTrust } from '../../core/acquisition/driver.ts';
import { Failure } from '../../core/model/failure.ts';
import { RENEW_BEFORE_MS } from '../../drivers/opcua/own-certificate.ts';
import { thumbprintsOf } from '../../drivers/opcua/thumbprint.ts';
import { TrustBook } from '../../drivers/opcua/trust-book.ts';
import { deviceOf, NEVER, OpcUaRig, summaryOf } from './opcua-rig.ts';
import { PLANT_NAMESPACE, serverCertificate } from './opcua-server.ts';

const DAY_MS = 86_400_000;
const NODES = { Flow: { type: 'Double', value: 3.5 } } as const;

let rig: OpcUaRig;
beforeEach(() => {
  rig = new OpcUaRig();
});
afterEach(() => rig.close());

test('all three policies, signed and signed and encrypted, and none at all', async () => {
  const server = await rig.serve({ nodes: NODES });
  let ways = 0;
  for (const securityPolicy of ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss']) {
    for (const securityMode of ['Sign', 'SignAndEncrypt']) {
      const device = deviceOf(server.endpoint, ['Flow'], { securityMode, securityPolicy });
      const connection = await rig.connected(device);
      expect(summaryOf(await connection.read(device.points, NEVER))).toEqual({ Flow: 3.5 });
      await connection.close();
      ways += 1;
    }
  }
  const plain = deviceOf(server.endpoint, ['Flow'], { securityMode: 'None', trust: 'prompt' });
  expect(summaryOf(await (await rig.connected(plain)).read(plain.points, NEVER))).toEqual({ Flow: 3.5 });
  expect(ways).toBe(6);
});

test('nothing is read from a server that nobody has trusted, and everything once somebody has', async () => {
  const certificate = await serverCertificate();
  const server = await rig.serve({ nodes: NODES, certificate });
  const device = deviceOf(server.endpoint, ['Flow'], { trust: 'prompt' });
  const { sha1, sha256 } = thumbprintsOf(certificate.certificate);
  const fault = await rig.refused(device);
  expect(fault.code).toBe('DRV_OPCUA_UNTRUSTED');
  for (const part of [sha1.match(/../g)?.join(':') ?? '', 'CN=Test server', 'valid from'])
    expect(fault.message).toContain(part);
  expect(server.requests.Read).toBeUndefined();
  expect(server.requests.CreateSession).toBeUndefined();

  const book = new TrustBook(rig.folder);
  expect(book.of(server.endpoint).seen?.sha256).toBe(sha256);
  book.trust(server.endpoint, { thumbprint: sha1, atMs: 1, by: 'test' });
  const connection = await rig.connected(device);
  expect(summaryOf(await connection.read(device.points, NEVER))).toEqual({ Flow: 3.5 });
});

test.each([['prompt'], ['accept-first'], ['the thumbprint']])(
  'a changed certificate is never taken silently, with trust: %s',
  async (way) => {
    const first = await serverCertificate();
    const before = thumbprintsOf(first.certificate);
    const server = await rig.serve({ nodes: NODES, certificate: first });
    const trust = way === 'the thumbprint' ? before.sha1 : way;
    const device = deviceOf(server.endpoint, ['Flow'], { trust });
    const book = new TrustBook(rig.folder);
    if (trust === 'prompt') book.trust(server.endpoint, { thumbprint: before.sha256, atMs: 1, by: 'test' });
    const connection = await rig.connected(device);
    expect(summaryOf(await connection.read(device.points, NEVER))).toEqual({ Flow: 3.5 });
    await connection.close();
    await server.stop();

    const second = await serverCertificate();
    const other = await rig.serve({ nodes: NODES, certificate: second, port: server.port });
    const fault = await rig.refused(device);
    expect(fault.code).toBe('DRV_OPCUA_CERTIFICATE_CHANGED');
    expect(other.requests.CreateSession).toBeUndefined();
    const after = thumbprintsOf(second.certificate);
    expect(fault.message.replaceAll(':', '')).toContain(after.sha1);
    if (way === 'the thumbprint') return;
    book.trust(server.endpoint, { thumbprint: after.sha1, atMs: 2, by: 'test' });
    expect(summaryOf(await (await rig.connected(device)).read(device.points, NEVER))).toEqual({ Flow: 3.5 });
  },
);

describe('a damaged list of trusted servers', () => {
  const damages = ['', '{"v":1,"servers":{"opc.tcp://10.0.0.9:4840":{"tru', '{"v":2,"servers":{}}'];

  test.each(damages)('lets no other certificate in, and stays as it is: %j', async (text) => {
    const server = await rig.serve({ nodes: NODES });
    const device = deviceOf(server.endpoint, ['Flow']);
    await (await rig.connected(device)).close();
    const path = join(rig.folder, 'trust.json');
    writeFileSync(path, text);
    for (const trust of ['accept-first', 'prompt']) {
      const fault = await rig.refused(deviceOf(server.endpoint, ['Flow'], { trust }));
      expect(fault.code).toBe('DRV_OPCUA_TRUST_DAMAGED');
      expect(fault.message).toContain(path);
    }
    const book = new TrustBook(rig.folder);
    expect(() => book.trust(server.endpoint, { thumbprint: 'ab', atMs: 3, by: 'test' })).toThrow('damaged');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('is no matter where plant.yaml itself names the certificate', async () => {
    const certificate = await serverCertificate();
    const server = await rig.serve({ nodes: NODES, certificate });
    writeFileSync(join(rig.folder, 'trust.json'), '{');
    const trust = thumbprintsOf(certificate.certificate).sha1;
    const device = deviceOf(server.endpoint, ['Flow'], { trust });
    expect(summaryOf(await (await rig.connected(device)).read(device.points, NEVER))).toEqual({ Flow: 3.5 });
  });
});

test('accept-first trusts nobody before a session stands, and says that no person did', async () => {
  const server = await rig.serve({ nodes: NODES, users: { reader: 'right secret' } });
  const book = new TrustBook(rig.folder);
  await rig.refused(deviceOf(server.endpoint, ['Flow']));
  rig.secrets['plc.password'] = 'wrong secret';
  const device = deviceOf(server.endpoint, ['Flow'], { username: 'reader', passwordFile: 'plc.password' });
  expect((await rig.refused(device)).code).toBe('DRV_OPCUA_USER_REFUSED');
  expect(book.of(server.endpoint).seen).toBeDefined();
  expect(book.of(server.endpoint).trusted).toBeUndefined();
  rig.secrets['plc.password'] = 'right secret';
  await rig.connected(device);
  const { seen, trusted } = book.of(server.endpoint);
  expect(trusted).toMatchObject({ thumbprint: seen?.sha256, by: 'accept-first' });
});

test('accept-first trusts nobody whose trust is not recorded, and records whom it trusts', async () => {
  const server = await rig.serve({ nodes: NODES });
  const device = deviceOf(server.endpoint, ['Flow']);
  const book = new TrustBook(rig.folder);
  const recorded: TakenTrust[] = [];
  const full = new Failure('STORE_DISK_FULL', 'The disk is full.');
  rig.recordTrust = () => {
    throw full;
  };
  expect((await rig.refused(device)).code).toBe('DRV_OPCUA_TRUST_UNRECORDED');
  expect(book.of(server.endpoint).trusted).toBeUndefined();
  rig.recordTrust = (taken) => void recorded.push(taken);
  await rig.connected(device);
  const { seen } = book.of(server.endpoint);
  expect(recorded).toEqual([
    expect.objectContaining({ endpoint: server.endpoint, thumbprint: seen?.sha256, by: 'accept-first' }),
  ]);
});

describe('what is wrong with a certificate has its own name', () => {
  test.each([
    [
      'DRV_OPCUA_CERTIFICATE_EXPIRED',
      { validFromMs: Date.now() - 9 * DAY_MS, validToMs: Date.now() - DAY_MS },
      'expired',
    ],
    ['DRV_OPCUA_CERTIFICATE_NOT_YET_VALID', { validFromMs: Date.now() + DAY_MS }, 'not-yet-valid'],
    ['DRV_OPCUA_CERTIFICATE_HOST', { hosts: ['plc7.example', '10.1.2.3'] }, 'host-name'],
    ['DRV_OPCUA_CERTIFICATE_URI', { applicationUri: 'urn:other:server' }, 'application-uri'],
  ])('%s', async (code, change, tolerated) => {
    const server = await rig.serve({ nodes: NODES, certificate: await serverCertificate(change) });
    const strict = deviceOf(server.endpoint, ['Flow']);
    const fault = await rig.refused(strict);
    expect(fault.code).toBe(code);
    expect(fault.hint).toContain(code === 'DRV_OPCUA_CERTIFICATE_NOT_YET_VALID' ? 'clocks' : tolerated);
    expect(new TrustBook(rig.folder).of(server.endpoint).trusted).toBeUndefined();
    const lenient = deviceOf(server.endpoint, ['Flow'], { tolerate: [tolerated] });
    expect(summaryOf(await (await rig.connected(lenient)).read(lenient.points, NEVER))).toEqual({ Flow: 3.5 });
  });

  test('one that ends soon is used, with a warning', async () => {
    const certificate = await serverCertificate({ validToMs: Date.now() + 12.5 * DAY_MS });
    const server = await rig.serve({ nodes: NODES, certificate });
    await rig.connected(deviceOf(server.endpoint, ['Flow']));
    expect(rig.said.find((message) => message.includes('expires in 12 days'))).toBeDefined();
  });
});

test('security that the server does not offer is named with what it does offer, and nothing weaker is taken', async () => {
  const server = await rig.serve({ nodes: NODES, modes: ['Sign'] });
  const fault = await rig.refused(deviceOf(server.endpoint, ['Flow']));
  expect(fault.code).toBe('DRV_OPCUA_POLICY');
  expect(fault.message).toContain('Sign with Aes256_Sha256_RsaPss');
  expect(server.requests.CreateSession).toBeUndefined();
});

test('a user with a password; a wrong one is not tried over and over, a mended file at once', async () => {
  const server = await rig.serve({ nodes: NODES, users: { reader: 'right secret' } });
  const nobody = await rig.refused(deviceOf(server.endpoint, ['Flow']));
  expect(nobody.code).toBe('DRV_OPCUA_USER_NEEDED');
  const device = deviceOf(server.endpoint, ['Flow'], { username: 'reader', passwordFile: 'plc.password' });
  expect((await rig.refused(device)).code).toBe('ACQ_SECRET_MISSING');
  rig.secrets['plc.password'] = 'wrong secret';
  const fault = await rig.refused(device);
  expect(fault.code).toBe('DRV_OPCUA_USER_REFUSED');
  expect(JSON.stringify([fault, rig.said])).not.toContain('secret');
  const tries = server.requests.ActivateSession;
  for (let attempt = 0; attempt < 5; attempt += 1)
    expect((await rig.refused(device)).code).toBe('DRV_OPCUA_USER_REFUSED');
  expect(server.requests.ActivateSession).toBe(tries);
  rig.secrets['plc.password'] = 'right secret';
  expect(summaryOf(await (await rig.connected(device)).read(device.points, NEVER))).toEqual({ Flow: 3.5 });
  expect(server.sessions).toBe(1);
});

test('one key and certificate of our own, made once, for its owner only, renewed without a restart', async () => {
  const server = await rig.serve({ nodes: NODES });
  const device = deviceOf(server.endpoint, ['Flow'], { tolerate: ['expired'] });
  const files = ['forebay.key', 'forebay.crt'].map((name) => join(rig.folder, name));
  const contents = () => files.map((path) => readFileSync(path, 'utf8'));
  await (await rig.connected(device)).close();
  const [key = '', certificate = ''] = contents();
  expect(statSync(files[0] ?? '').mode & 0o777).toBe(0o600);
  const { subjectAltName, validTo } = new X509Certificate(certificate);
  expect(subjectAltName).toMatch(/URI:urn:forebay:[0-9a-f]{16}/);
  await (await rig.connected(device)).close();
  expect(contents()).toEqual([key, certificate]);

  rig.setWall(Date.parse(validTo) - RENEW_BEFORE_MS - Date.now() + DAY_MS);
  // Whether this server, for which it is still today, takes the new one is its own affair.
  await rig.connect(device);
  const [keyAfter, renewed = ''] = contents();
  expect(keyAfter).toBe(key);
  expect(Date.parse(new X509Certificate(renewed).validTo)).toBeGreaterThan(Date.parse(validTo));
  expect(new X509Certificate(renewed).subjectAltName).toBe(subjectAltName);
});

test('two devices of one endpoint share one session, and must agree about security', async () => {
  const server = await rig.serve({ nodes: NODES });
  const first = deviceOf(server.endpoint, ['Flow'], {}, 'plc1');
  const second = deviceOf(server.endpoint, ['Flow'], { acquire: 'subscribe', timeout: '4s' }, 'plc2');
  const odd = deviceOf(
    server.endpoint,
    [{ id: 'x', nodeId: `nsu=${PLANT_NAMESPACE};s=Flow`, unit: 'm' }],
    { securityMode: 'Sign' },
    'plc3',
  );
  const connections = await Promise.all([rig.connected(first), rig.connected(second)]);
  for (const [index, device] of [first, second].entries()) {
    expect(summaryOf((await connections[index]?.read(device.points, NEVER)) ?? [])).toEqual({ Flow: 3.5 });
  }
  expect(server.sessions).toBe(1);
  expect((await rig.refused(odd)).code).toBe('DRV_OPCUA_SETTINGS_DIFFER');
  await connections[0]?.close();
  expect(server.sessions).toBe(1);
  expect(summaryOf((await connections[1]?.read(second.points, NEVER)) ?? [])).toEqual({ Flow: 3.5 });
  await connections[1]?.close();
  expect(server.sessions).toBe(0);
  expect(server.sessionsMax).toBe(1);
});
