import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BATCH, LOCAL_TOKEN, startTestApi, type TestApi } from '../../tests/fixtures/api.ts';
import { listOperations, type Operation } from '../../tests/fixtures/openapi-operations.ts';
import { problemSchema } from './schema/problem.ts';

let api: TestApi;
let operations: Operation[];
beforeAll(async () => {
  api = await startTestApi({ isSealed: true });
  operations = listOperations(await (await api.call('/openapi.json', { as: 'viewer' })).json());
});
afterAll(() => api.stop());

const pathOf = ({ path }: Operation): string =>
  path
    .replace('{index}', path.includes('/batches/') ? String(BATCH) : '5')
    .replace('{id}', 'plc1')
    .replace('{month}', '2026-10');

/** The answer's status and, where it is a problem, its code. */
async function outcome(response: Response): Promise<string> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') !== true) {
    await response.body?.cancel();
    return String(response.status);
  }
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(problem.requestId).toBe(response.headers.get('x-request-id'));
  expect(problem.type).toBe(`urn:forebay:error:${problem.code}`);
  return `${response.status} ${problem.code}`;
}

/** Fewer than are taken of one sender in a minute. */
const CALLS_WITHOUT_KEY = 20;

test('no call works without a key, except those that the document calls open', async () => {
  const open = operations.filter(({ isOpen }) => isOpen).map(({ method, path }) => `${method} ${path}`);
  expect(open.sort()).toEqual(['GET /health', 'GET /sign-in', 'POST /api/v1/session']);
  let checked = 0;
  for (const headers of [{}, { 'x-api-key': 'fbk_0123' }, { cookie: 'forebay_session=x' }]) {
    let asked = await startTestApi();
    for (const [index, operation] of operations.filter(({ isOpen }) => !isOpen).entries()) {
      // Whoever asks so often without a key is slowed down.
      if (index > 0 && index % CALLS_WITHOUT_KEY === 0) {
        await asked.stop();
        asked = await startTestApi();
      }
      const answer = await asked.call(pathOf(operation), { method: operation.method, headers });
      expect(await outcome(answer), `${operation.method} ${operation.path}`).toBe('401 API_UNAUTHORIZED');
      checked += 1;
    }
    await asked.stop();
  }
  for (const path of ['/openapi.json', '/docs/', '/docs/json', '/docs/static/swagger-initializer.js']) {
    expect(await outcome(await api.call(path)), path).toBe('401 API_UNAUTHORIZED');
    checked += 1;
  }
  expect(checked).toBe((operations.length - 3) * 3 + 4);
  expect(operations.length).toBe(54);
});

test('wrong keys are slowed down, right ones are not', async () => {
  const other = await startTestApi();
  const seen = new Set<string>();
  for (let attempt = 0; attempt < 40; attempt += 1) {
    seen.add(await outcome(await other.call('/ready', { headers: { authorization: `Bearer wrong-${attempt}` } })));
  }
  expect([...seen]).toEqual(['401 API_UNAUTHORIZED', '429 API_TOO_MANY_REQUESTS']);
  expect(await outcome(await other.call('/ready', { as: 'viewer' }))).toBe('200');
  await other.stop();
});

test('a viewer reads everything, only an admin makes sign-in links, an engineer trusts, an ingest key reads nothing', async () => {
  let checked = 0;
  for (const operation of operations.filter(
    ({ isOpen, method, path }) => !isOpen && method === 'GET' && !path.endsWith('/session'),
  )) {
    const path = `${pathOf(operation)}${operation.sampleQuery}`;
    expect(await outcome(await api.call(path, { as: 'viewer' })), path).toBe('200');
    expect(await outcome(await api.call(path, { as: 'ingest' })), path).toBe('403 API_FORBIDDEN');
    checked += 1;
  }
  expect(checked).toBe(29);
  const makeLink = { method: 'POST' } as const;
  for (const as of ['viewer', 'operator', 'engineer', 'ingest'] as const) {
    expect(await outcome(await api.call('/api/v1/sign-in-links', { ...makeLink, as })), as).toBe('403 API_FORBIDDEN');
  }
  expect(await outcome(await api.call('/api/v1/sign-in-links', { ...makeLink, as: 'admin' }))).toBe('201');
  const local = await api.call('/api/v1/sign-in-links', {
    ...makeLink,
    headers: { authorization: `Bearer ${LOCAL_TOKEN}` },
  });
  expect(await outcome(local)).toBe('201');
  const confirm = { method: 'POST', body: { account: '0.0.1001' } } as const;
  for (const as of ['viewer', 'operator', 'engineer', 'ingest'] as const) {
    expect(await outcome(await api.call('/api/v1/sync/mainnet', { ...confirm, as })), as).toBe('403 API_FORBIDDEN');
  }
  const confirmed = await api.call('/api/v1/sync/mainnet', { ...confirm, as: 'admin' });
  expect(await confirmed.json()).toMatchObject({ confirmed: { by: 'a admin' } });
  const trust = { method: 'POST', body: { thumbprint: 'A1'.repeat(20) } } as const;
  for (const as of ['viewer', 'operator', 'ingest'] as const) {
    expect(await outcome(await api.call('/api/v1/devices/plc1/trust', { ...trust, as })), as).toBe('403 API_FORBIDDEN');
  }
  const trusted = await api.call('/api/v1/devices/plc1/trust', { ...trust, as: 'engineer' });
  expect(trusted.status).toBe(200);
  expect(await trusted.json()).toMatchObject({ device: 'plc1', trusted: { by: 'a engineer' }, isShownTrusted: true });
});

test('only an admin changes the device key, and never without a reason', async () => {
  const rotate = { method: 'POST', body: { reason: 'two years have passed' } } as const;
  for (const as of ['viewer', 'operator', 'engineer', 'ingest'] as const) {
    expect(await outcome(await api.call('/api/v1/keys/rotate', { ...rotate, as })), as).toBe('403 API_FORBIDDEN');
  }
  expect(await outcome(await api.call('/api/v1/keys/rotate', { ...rotate, as: 'admin', body: { reason: ' ' } }))).toBe(
    '400 API_BAD_REQUEST',
  );
  expect(await outcome(await api.call('/api/v1/keys/rotate', { ...rotate, as: 'admin' }))).toBe('200');
});

test('a revoked key and the session opened with it answer no call from then on', async () => {
  const other = await startTestApi();
  const signedIn = await other.call('/api/v1/session', { method: 'POST', body: { apiKey: other.keys.engineer.key } });
  const cookie = cookieOf(signedIn);
  expect(await outcome(await other.call('/api/v1/status', { as: 'engineer' }))).toBe('200');
  expect(await outcome(await other.call('/api/v1/status', { headers: { cookie } }))).toBe('200');
  other.revoke('engineer');
  expect(await outcome(await other.call('/api/v1/status', { as: 'engineer' }))).toBe('401 API_UNAUTHORIZED');
  expect(await outcome(await other.call('/api/v1/status', { headers: { cookie } }))).toBe('401 API_UNAUTHORIZED');
  await other.stop();
});

test('a sign-in link works once, and not after 15 minutes', async () => {
  const link = new URL(api.createSignInLink());
  expect(link.origin).toBe(api.url);
  const first = await api.call(`${link.pathname}${link.search}`);
  expect([first.status, first.headers.get('location')]).toEqual([302, '/']);
  expect(first.headers.get('set-cookie')).toMatch(
    /^forebay_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  const session = await (await api.call('/api/v1/session', { headers: { cookie: cookieOf(first) } })).json();
  expect(session).toEqual({
    name: 'local',
    role: 'admin',
    expiresAt: new Date(api.clock.wallMs() + 43_200_000).toISOString(),
  });
  const second = await api.call(`${link.pathname}${link.search}`);
  expect([second.status, second.headers.get('content-type'), second.headers.get('set-cookie')]).toEqual([
    410,
    'text/html; charset=utf-8',
    null,
  ]);
  expect(await second.text()).toContain('works once');
  const late = new URL(api.createSignInLink());
  api.clock.advance(15 * 60_000);
  expect((await api.call(`${late.pathname}${late.search}`)).status).toBe(410);
  expect((await api.call('/sign-in')).status).toBe(410);
});

test('failed sign-ins are limited', async () => {
  const other = await startTestApi();
  const seen: string[] = [];
  for (let attempt = 0; attempt < 12; attempt += 1) {
    seen.push(
      await outcome(await other.call('/api/v1/session', { method: 'POST', body: { apiKey: `no ${attempt}` } })),
    );
  }
  expect(seen).toEqual([...Array(10).fill('401 API_UNAUTHORIZED'), ...Array(2).fill('429 API_TOO_MANY_REQUESTS')]);
  await other.stop();
});

test('a session ends with sign-out and after 12 hours, whatever the wall clock says', async () => {
  const signIn = async (): Promise<string> =>
    cookieOf(await api.call('/api/v1/session', { method: 'POST', body: { apiKey: api.keys.operator.key } }));
  const first = await signIn();
  const origin = api.url;
  const out = await api.call('/api/v1/session', { method: 'DELETE', headers: { cookie: first, origin } });
  expect(out.status).toBe(204);
  expect(await outcome(await api.call('/api/v1/session', { headers: { cookie: first } }))).toBe('401 API_UNAUTHORIZED');
  const second = await signIn();
  api.clock.advance(43_199_999);
  expect(await outcome(await api.call('/api/v1/session', { headers: { cookie: second } }))).toBe('200');
  api.clock.advance(1);
  expect(await outcome(await api.call('/api/v1/session', { headers: { cookie: second } }))).toBe(
    '401 API_UNAUTHORIZED',
  );
});

test('an unsafe call by cookie needs the origin of the console', async () => {
  const link = new URL(api.createSignInLink());
  const cookie = cookieOf(await api.call(`${link.pathname}${link.search}`));
  const post = async (headers: Record<string, string>): Promise<string> =>
    outcome(await api.call('/api/v1/sign-in-links', { method: 'POST', headers: { cookie, ...headers } }));
  expect(await post({})).toBe('403 API_CROSS_ORIGIN');
  expect(await post({ origin: 'http://127.0.0.1:1' })).toBe('403 API_CROSS_ORIGIN');
  expect(await post({ origin: 'null' })).toBe('403 API_CROSS_ORIGIN');
  expect(await post({ origin: 'https://plant.example' })).toBe('403 API_CROSS_ORIGIN');
  expect(await post({ origin: api.url })).toBe('201');
  const foreign = {
    method: 'POST',
    headers: { origin: 'https://plant.example' },
    body: { apiKey: api.keys.viewer.key },
  };
  expect(await outcome(await api.call('/api/v1/session', foreign))).toBe('403 API_CROSS_ORIGIN');
  const ingest = { method: 'POST', body: { apiKey: api.keys.ingest.key } };
  expect(await outcome(await api.call('/api/v1/session', ingest))).toBe('403 API_FORBIDDEN');
});

test('only names of this computer are answered', async () => {
  const { port } = new URL(api.url);
  const statuses: Record<string, number> = {};
  for (const host of [
    'plant.example',
    `plant.example:${port}`,
    '127.0.0.1.plant.example',
    '10.0.0.1',
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
  ]) {
    statuses[host] = await statusWithHost(Number(port), host);
  }
  expect(statuses).toEqual({
    'plant.example': 421,
    [`plant.example:${port}`]: 421,
    '127.0.0.1.plant.example': 421,
    '10.0.0.1': 421,
    [`localhost:${port}`]: 200,
    [`127.0.0.1:${port}`]: 200,
    [`[::1]:${port}`]: 200,
  });
});

/** fetch does not let its caller choose the Host header. */
function statusWithHost(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path: '/health', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}

function cookieOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}
