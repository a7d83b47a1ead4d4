import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { type ApplianceProcess, forebay, startApplianceProcess } from './forebay-process.ts';

const SERVE = fileURLToPath(new URL('./node-opcua/serve.ts', import.meta.url));
const WAIT_MS_MAX = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'forebay-opcua-peer-'));
const ending: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ending.reverse()) await end();
  rmSync(folder, { recursive: true });
});

/**
 * The whole way of a new OPC UA device, as a person goes it: a server in another process that nobody has trusted, the
 * refusal, the thumbprint, the trust with and without a running appliance, and the record of it.
 */
test('a server is trusted by a person before anything is read, again after its certificate changed, and it is on record', {
  timeout: 900_000,
}, async () => {
  let server = await serve('0');
  const data = join(folder, 'data');
  const config = writePlant(server.port);
  mkdirSync(join(data, 'secrets'), { recursive: true, mode: 0o700 });
  writeFileSync(join(data, 'secrets', 'plc.password'), 'only reading\n', { mode: 0o600 });
  const keys = await makeKeys(data, ['viewer', 'engineer']);
  let appliance = await startApplianceProcess(config, data);
  ending.push(() => appliance.kill());
  const call = (path: string, role: 'viewer' | 'engineer', body?: object) => request(appliance, path, keys[role], body);

  const down = await until(async () => {
    const [device] = ((await call('/api/v1/status', 'viewer')).body as Status).devices;
    return device?.fault?.code === 'DRV_OPCUA_UNTRUSTED' ? device : undefined;
  });
  expect(down.fault?.message).toMatch(/thumbprint ([0-9A-F]{2}:){19}[0-9A-F]{2}/);
  const points = async () =>
    ((await call('/api/v1/points', 'viewer')).body as { items: { point: string; value?: unknown }[] }).items;
  expect((await points()).every(({ value }) => value === undefined)).toBe(true);

  // The person looks at what is shown, and a viewer may not decide.
  const shown = JSON.parse((await forebay('trust', '--data', data, '--device', 'plc1', '--json')).out) as Trust;
  expect(shown).toMatchObject({ mode: 'prompt', trusted: null, isShownTrusted: false });
  const thumbprint = shown.shown?.sha1 ?? '';
  expect((await call('/api/v1/devices/plc1/trust', 'viewer', { thumbprint })).status).toBe(403);
  const wrong = await call('/api/v1/devices/plc1/trust', 'engineer', { thumbprint: 'AB'.repeat(20) });
  expect([wrong.status, (wrong.body as { code: string }).code]).toEqual([409, 'APP_OTHER_CERTIFICATE']);
  const trusted = await call('/api/v1/devices/plc1/trust', 'engineer', { thumbprint: thumbprint.toLowerCase() });
  expect(trusted.body).toMatchObject({ isShownTrusted: true, trusted: { by: 'an engineer' } });

  const expected = { flow: 2.375, head: 94.5, power: 1800, state: 'generating' };
  const values = await until(async () => {
    const found = Object.fromEntries((await points()).map(({ point, value }) => [point.slice('plc1/'.length), value]));
    return found.energy === undefined ? undefined : found;
  });
  expect(values).toMatchObject(expected);
  expect(Number(values.energy)).toBeGreaterThanOrEqual(5_000_000);

  // The server comes back with another certificate: somebody must look again. This time while no appliance runs.
  await server.stop();
  server = await serve(String(server.port));
  await until(async () => {
    const [device] = ((await call('/api/v1/status', 'viewer')).body as Status).devices;
    return device?.fault?.code === 'DRV_OPCUA_CERTIFICATE_CHANGED' ? true : undefined;
  });
  expect((await appliance.stop()).code).toBe(0);
  const changed = JSON.parse((await forebay('trust', '--data', data, '--device', 'plc1', '--json')).out) as Trust;
  expect(changed.shown?.sha1).not.toBe(thumbprint);
  const second = changed.shown?.sha256 ?? '';
  const act = await forebay('trust', '--data', data, '--device', 'plc1', '--thumbprint', second);
  expect(act).toMatchObject({ code: 0 });
  appliance = await startApplianceProcess(config, data);
  await until(async () =>
    (await points()).find(({ point }) => point === 'plc1/energy')?.value === undefined ? undefined : true,
  );
  expect((await appliance.stop()).code).toBe(0);

  const fsck = await forebay('ledger', 'fsck', '--data', data);
  expect(fsck, fsck.err).toMatchObject({ code: 0 });
  const acts = await trustEntries(data);
  expect(acts.map(({ thumbprint: digits, by, device }) => [device, digits, by !== ''])).toEqual([
    ['plc1', thumbprint, true],
    ['plc1', second, true],
  ]);
  expect(acts[0]).toMatchObject({ by: 'an engineer', subject: 'O=Plant, CN=Test server' });
});

interface Status {
  devices: { id: string; state: string; fault?: { code: string; message: string } }[];
}

interface Trust {
  mode: string;
  shown: { sha1: string; sha256: string } | null;
  trusted: { thumbprint: string; by: string } | null;
  isShownTrusted: boolean;
}

interface TrustAct {
  device: string;
  thumbprint: string;
  subject: string;
  by: string;
}

async function serve(port: string): Promise<{ port: number; stop(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, [SERVE, port], { stdio: ['pipe', 'pipe', 'inherit'] });
  ending.push(() => child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('the server has an output');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    port: Number(line),
    stop: async () => {
      const ended = once(child, 'close');
      child.stdin?.write('stop\n');
      await ended;
    },
  };
}

function writePlant(port: number): string {
  const path = join(folder, 'plant.yaml');
  const node = (name: string): string => `nodeId: "nsu=urn:test:plant;s=Unit1.${name}"`;
  const text = [
    'version: 1',
    'plant: { id: HP-OPC, name: OPC UA plant, timezone: Europe/Vienna, ratedPowerKw: 2000 }',
    'interval: 1m',
    'units:',
    '  - { id: unit1, name: Unit 1, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95,',
    '      signals: { flow: plc1/flow, head: plc1/head, power: plc1/power, energyExport: plc1/energy, status: plc1/state } }',
    'devices:',
    '  - id: plc1',
    '    driver: opcua',
    `    connection: { endpoint: "opc.tcp://127.0.0.1:${port}", username: forebay, passwordFile: plc.password, acquire: subscribe }`,
    '    period: 1s',
    '    points:',
    `      - { id: flow, ${node('Flow')}, unit: m3/s }`,
    `      - { id: head, ${node('Head')}, unit: m }`,
    `      - { id: power, ${node('Power')}, unit: kW }`,
    `      - { id: energy, ${node('Energy')}, unit: kWh, kind: counter, type: UInt64, scale: 0.001 }`,
    `      - { id: state, ${node('State')}, map: { 0: stopped, 1: starting, 2: generating } }`,
  ];
  writeFileSync(path, text.join('\n'));
  return path;
}

async function makeKeys<Role extends string>(data: string, roles: readonly Role[]): Promise<Record<Role, string>> {
  const keys: Partial<Record<Role, string>> = {};
  for (const role of roles) {
    const made = await forebay('apikey', 'create', '--data', data, '--role', role, '--name', `an ${role}`);
    keys[role] = made.out.trim();
  }
  return keys as Record<Role, string>;
}

async function request({ url }: ApplianceProcess, path: string, key: string, body?: object) {
  const headers = { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const answer = await fetch(`${url}${path}`, {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as unknown };
}

async function trustEntries(data: string): Promise<TrustAct[]> {
  const { openStore } = await import('../../core/store/open-store.ts');
  const store = openStore(join(data, 'ledger.db'), { access: 'read' });
  const rows = store.all<{ bytes: Uint8Array }>("SELECT bytes FROM entries WHERE kind = 'trust' ORDER BY idx");
  const acts = rows.map(({ bytes }) => (JSON.parse(Buffer.from(bytes).toString('utf8')) as { body: TrustAct }).body);
  store.close();
  return acts;
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
