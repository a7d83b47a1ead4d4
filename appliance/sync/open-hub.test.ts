import { expect, test } from 'vitest';
import { HubKey } from '../../tests/peers/hub/hub-key.ts';
import { systemClock } from '../system-clock.ts';
import { type OpenHubParts, openHub } from './open-hub.ts';

const PROXY = 'http://192.0.2.7:3128';

test.each<[string, string, NodeJS.ProcessEnv, boolean]>([
  ['straight', 'https://hub.example', {}, true],
  ['through a proxy', 'https://hub.example', { HTTPS_PROXY: PROXY }, false],
  ['past a proxy', 'https://hub.example', { HTTPS_PROXY: PROXY, NO_PROXY: '.example' }, true],
  ['without TLS, past the proxy for TLS', 'http://127.0.0.1:8750', { HTTPS_PROXY: PROXY }, true],
  ['without TLS through a proxy', 'http://127.0.0.1:8750', { http_proxy: PROXY }, false],
  ['through what is no proxy', 'https://hub.example', { HTTPS_PROXY: 'a proxy' }, false],
])('a hub %s can be asked whether it is there only where the answer is its own', (_, url, environment, isAsked) => {
  const target = openHub({
    hub: { url, publicKey: HubKey.create('hub.example/test').publicText },
    proxy: undefined,
    ledger: {} as OpenHubParts['ledger'],
    secrets: { read: () => ({ kind: 'secret', text: '' }) },
    environment,
    clock: systemClock,
  });
  expect(target.isReachable !== undefined).toBe(isAsked);
});
