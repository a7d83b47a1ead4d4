import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProxyConfig } from '../../core/config/plant.ts';
import type { WebOutcome } from '../../core/sync/web.ts';
import { TestAuthority } from '../../tests/peers/certificates.ts';
import { ConnectProxy, type ProxyMood } from '../../tests/peers/connect-proxy.ts';
import { findProxy, type ProxySettings } from './proxy-settings.ts';
import { openWebClient } from './web-client.ts';

const authority = new TestAuthority();
const { cert, key } = authority.sign('hub', 'DNS:hub.plant.example,IP:127.0.0.1');
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, reply) => reply.end('hub'));
const NO_SECRETS = { read: () => ({ kind: 'secret', text: 'p:a@s s' }) as const };
let port: number;
let proxy: ConnectProxy;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => server.close());

beforeEach(async () => {
  proxy = await ConnectProxy.start();
  proxy.names.set('hub.plant.example', { host: '127.0.0.1', port });
});

afterEach(() => proxy.stop());

function settingsOf(config: ProxyConfig | undefined, environment: NodeJS.ProcessEnv = {}): ProxySettings {
  const found = findProxy(config, environment, NO_SECRETS);
  if (found.kind === 'failed') throw new Error(found.fault.message);
  return found.proxy;
}

async function ask(url: string, settings: ProxySettings, silenceMs = 5000): Promise<WebOutcome> {
  const opened = openWebClient({ tls: { ca: authority.text(authority.ca) }, proxy: settings });
  if (opened.kind === 'failed') return { ...opened, mayHaveArrived: false };
  try {
    return await opened.client.request({ method: 'GET', url, silenceMs });
  } finally {
    opened.client.close();
  }
}

test('reaches a name that only the proxy can resolve, with the user and password of plant.yaml', async () => {
  proxy.wanted = 'asha:p:a@s s';
  const settings = settingsOf({ url: proxy.url, username: 'asha', passwordFile: 'proxy.password' });
  expect(await ask('https://hub.plant.example/', settings)).toMatchObject({ kind: 'answered', reply: { status: 200 } });
  expect(proxy.asked).toEqual(['hub.plant.example:443']);
  expect(settings.shown).toBe(`127.0.0.1:${proxy.port}`);
});

test.each(['HTTPS_PROXY', 'https_proxy'])('takes %s of the environment where plant.yaml has no proxy', async (name) => {
  proxy.wanted = 'asha:secret';
  const environment = { [name]: proxy.url.replace('//', '//asha:secret@') };
  const settings = settingsOf(undefined, environment);
  expect(await ask('https://hub.plant.example/', settings)).toMatchObject({ kind: 'answered' });
  expect(settings.shown).not.toContain('secret');
});

test('knows that what goes through the proxy may have arrived, once the server was reached', async () => {
  const hangUp = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request) =>
    request.socket.destroy(),
  );
  await new Promise<void>((resolve) => hangUp.listen(0, '127.0.0.1', resolve));
  proxy.names.set('hub.plant.example', { host: '127.0.0.1', port: (hangUp.address() as AddressInfo).port });
  const outcome = await ask('https://hub.plant.example/', settingsOf({ url: proxy.url }));
  expect(outcome).toMatchObject({ kind: 'failed', fault: { code: 'SYN_WEB_BROKEN' }, mayHaveArrived: true });
  hangUp.close();
});

test('leaves the proxy out for the hosts that are excepted', async () => {
  for (const settings of [
    settingsOf({ url: proxy.url, except: ['127.0.0.1'] }, { HTTPS_PROXY: 'http://192.0.2.1:1' }),
    settingsOf(undefined, { HTTPS_PROXY: proxy.url, NO_PROXY: 'a.example, 127.0.0.1' }),
  ]) {
    expect(await ask(`https://127.0.0.1:${port}/`, settings)).toMatchObject({ kind: 'answered' });
  }
  expect(proxy.asked).toEqual([]);
});

test.each<[ProxyMood, string]>([
  ['password', 'SYN_WEB_PROXY_PASSWORD'],
  ['forbidden', 'SYN_WEB_PROXY_REFUSED'],
  ['page', 'SYN_WEB_PROXY_NO_TUNNEL'],
  ['garbage', 'SYN_WEB_PROXY_NO_TUNNEL'],
  ['hang-up', 'SYN_WEB_PROXY_NO_TUNNEL'],
  ['reset', 'SYN_WEB_PROXY_NO_TUNNEL'],
])('says so when the proxy answers with "%s"', async (mood, code) => {
  proxy.mood = mood;
  const outcome = await ask('https://hub.plant.example/', settingsOf({ url: proxy.url }));
  expect(outcome).toMatchObject({ kind: 'failed', fault: { code }, mayHaveArrived: false });
  expect(outcome.kind === 'failed' && outcome.fault.message).toContain(`127.0.0.1:${proxy.port}`);
});

test('says so when the proxy is silent, absent, or leads to no server', async () => {
  const codeOf = (outcome: WebOutcome) => outcome.kind === 'failed' && outcome.fault.code;
  const settings = settingsOf({ url: proxy.url });
  expect(codeOf(await ask('https://127.0.0.1:1/', settings))).toBe('SYN_WEB_PROXY_REFUSED');
  proxy.mood = 'silent';
  expect(codeOf(await ask('https://hub.plant.example/', settings, 100))).toBe('SYN_WEB_TIMEOUT');
  const { url } = proxy;
  await proxy.stop();
  proxy = await ConnectProxy.start();
  expect(codeOf(await ask('https://hub.plant.example/', settingsOf({ url })))).toBe('SYN_WEB_PROXY_ABSENT');
  const nameless = settingsOf({ url: 'http://proxy.invalid:3128' });
  expect(codeOf(await ask('https://hub.plant.example/', nameless))).toBe('SYN_WEB_PROXY_ABSENT');
});

test.each(['no address', 'socks5://192.0.2.1:1080', 'http://'])(
  'goes past no proxy that "%s" was meant to be',
  (value) => {
    for (const name of ['HTTPS_PROXY', 'http_proxy']) {
      const fault = { code: 'SYN_WEB_PROXY_SETTING' };
      expect(findProxy(undefined, { [name]: value }, NO_SECRETS)).toMatchObject({ kind: 'failed', fault });
    }
  },
);

test('takes an address without http:// as other programs do', () => {
  expect(settingsOf(undefined, { HTTPS_PROXY: 'proxy.plant.example:3128' }).shown).toBe('proxy.plant.example:3128');
});

test('says why the password of the proxy cannot be read', () => {
  const fault = { code: 'ACQ_SECRET_MISSING', message: 'It is not there.', policy: 'reconnect' } as const;
  const config = { url: proxy.url, username: 'asha', passwordFile: 'gone' };
  expect(findProxy(config, {}, { read: () => ({ kind: 'fault', fault }) })).toMatchObject({
    kind: 'failed',
    fault: { code: 'ACQ_SECRET_MISSING' },
  });
});
