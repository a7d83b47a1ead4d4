import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProxy } from '../../appliance/web/proxy-settings.ts';
import { openWebClient } from '../../appliance/web/web-client.ts';
import type { ProxyConfig } from '../../core/config/plant.ts';
import type { WebOutcome } from '../../core/sync/web.ts';
import { freePort } from '../fixtures/free-port.ts';
import { TestAuthority } from './certificates.ts';
import { until } from './until.ts';

const PROGRAM = '/usr/bin/tinyproxy';
const authority = new TestAuthority();
const { cert, key } = authority.sign('hub', 'IP:127.0.0.1');
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, reply) => reply.end('hub'));
const folder = mkdtempSync(join(tmpdir(), 'forebay-tinyproxy-'));
let proxy: ChildProcess;
let proxyUrl: string;
let serverUrl: string;

beforeAll(async () => {
  if (!existsSync(PROGRAM)) throw new Error('This test talks to tinyproxy: apt-get install -y tinyproxy');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: serverPort } = server.address() as AddressInfo;
  const port = await freePort();
  const lines = [
    'Listen 127.0.0.1',
    `Port ${port}`,
    'Allow 127.0.0.1',
    'BasicAuth asha plant7secret',
    `ConnectPort ${serverPort}`,
  ];
  writeFileSync(join(folder, 'tinyproxy.conf'), `${lines.join('\n')}\n`);
  proxy = spawn(PROGRAM, ['-d', '-c', join(folder, 'tinyproxy.conf')], { stdio: 'ignore' });
  proxyUrl = `http://127.0.0.1:${port}`;
  serverUrl = `https://127.0.0.1:${serverPort}/`;
  await until(
    async () => codeOf(await ask({ url: proxyUrl })),
    (code) => code !== 'SYN_WEB_PROXY_ABSENT',
  );
});

afterAll(async () => {
  const ended = new Promise((resolve) => proxy.once('exit', resolve));
  proxy.kill();
  await ended;
  server.close();
  rmSync(folder, { recursive: true });
});

async function ask(config: ProxyConfig, password = '', url = serverUrl): Promise<WebOutcome> {
  const found = findProxy(config, {}, { read: () => ({ kind: 'secret', text: password }) });
  if (found.kind === 'failed') throw new Error(found.fault.message);
  const opened = openWebClient({ tls: { ca: authority.text(authority.ca) }, proxy: found.proxy });
  if (opened.kind === 'failed') throw new Error(opened.fault.message);
  try {
    return await opened.client.request({ method: 'GET', url });
  } finally {
    opened.client.close();
  }
}

function codeOf(outcome: WebOutcome): string {
  return outcome.kind === 'failed' ? outcome.fault.code : `status ${outcome.reply.status}`;
}

test('goes through tinyproxy with the right user and password, and says what is wrong with others', async () => {
  const config = { url: proxyUrl, username: 'asha', passwordFile: 'proxy.password' };
  expect(codeOf(await ask(config, 'plant7secret'))).toBe('status 200');
  expect(codeOf(await ask({ url: proxyUrl }))).toBe('SYN_WEB_PROXY_PASSWORD');
  // It may end the connection before its answer has gone out.
  const wrong = await until(
    async () => codeOf(await ask(config, 'wrong')),
    (code) => code !== 'SYN_WEB_PROXY_NO_TUNNEL',
  );
  expect(['SYN_WEB_PROXY_PASSWORD', 'SYN_WEB_PROXY_REFUSED']).toContain(wrong);
  expect(codeOf(await ask(config, 'plant7secret', 'https://127.0.0.1:9/'))).toBe('SYN_WEB_PROXY_REFUSED');
});
