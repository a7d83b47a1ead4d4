import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCAL_TOKEN, startTestApi } from '../../tests/fixtures/api.ts';

test('refuses to listen beyond this computer', async () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'plant.example']) {
    await expect(startTestApi({ host }), host).rejects.toMatchObject({ code: 'API_TLS_REQUIRED', exitCode: 2 });
  }
});

test('says which port is taken', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  await expect(startTestApi({ port })).rejects.toMatchObject({
    code: 'API_PORT_TAKEN',
    exitCode: 2,
    message: `Another program already listens on 127.0.0.1:${port}.`,
  });
  other.close();
});

test('without a built console a page says how to build it', async () => {
  const api = await startTestApi();
  const page = await api.call('/', { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
  expect(await page.text()).toContain('npm run build:console');
  await api.stop();
});

test('serves the console without a key, and its views at their own addresses', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-console-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<title>console</title>');
  writeFileSync(join(folder, 'assets', 'app-1a2b.js'), 'let a = 1;');
  const api = await startTestApi({ consoleFolder: folder });
  const html = { accept: 'text/html,*/*' };
  for (const path of ['/', '/index.html', '/readings/7', '/devices?all=1']) {
    const page = await api.call(path, { headers: html });
    expect([page.status, await page.text()], path).toEqual([200, '<title>console</title>']);
    expect(page.headers.get('cache-control'), path).toBe('no-cache');
    expect(page.headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
  }
  const script = await api.call('/assets/app-1a2b.js');
  expect([script.status, script.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  for (const [path, headers] of [
    ['/api/v1/nothing', html],
    ['/assets/gone.js', {}],
    ['/..%2f..%2fpackage.json', {}],
    ['/%2e%2e/package.json', {}],
  ] as const) {
    const answer = await api.call(path, { headers });
    expect(answer.status, path).toBe(404);
    expect(await answer.json(), path).toMatchObject({ code: 'API_NOT_FOUND' });
  }
  await api.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the interactive page works under the content security policy', async () => {
  const api = await startTestApi();
  const page = await api.call('/docs/', { as: 'viewer' });
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(html).not.toMatch(/<script(?![^>]*src=)[^>]*>/);
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    (match) => new URL(match[1] ?? '', `${api.url}/docs/`),
  );
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    expect(file.origin).toBe(api.url);
    expect((await api.call(file.pathname, { as: 'viewer' })).status, file.pathname).toBe(200);
  }
  await api.stop();
});

test('no secret that a request brings along reaches the log', async () => {
  const api = await startTestApi();
  const link = new URL(api.createSignInLink());
  const token = link.searchParams.get('token') ?? '';
  const signedIn = await api.call(`${link.pathname}${link.search}`);
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  await api.call('/api/v1/status', { headers: { cookie } });
  await api.call('/api/v1/status', { as: 'admin' });
  await api.call('/api/v1/status', { headers: { authorization: `Bearer ${LOCAL_TOKEN}` } });
  await api.call(`/api/v1/nothing?token=${token}&key=${api.keys.admin.key}`);
  await api.call('/api/v1/session', { method: 'POST', body: { apiKey: api.keys.viewer.key } });
  await api.call('/api/v1/session', { method: 'POST', body: { apiKey: `${api.keys.viewer.key}x` } });
  const log = await api.stop();
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const answered = lines.filter(({ msg, level }) => msg === 'Answered a request.' && level === 'info');
  // What only reads and succeeds is a line for debugging only: neither the three looks at the status nor a console that asks on and on.
  expect(answered.map(({ method, path, status }) => [method, path, status])).toEqual([
    ['GET', '/sign-in', 302],
    ['GET', '/api/v1/nothing', 404],
    ['POST', '/api/v1/session', 200],
    ['POST', '/api/v1/session', 401],
  ]);
  expect(lines.find(({ path }) => path === '/sign-in')).toMatchObject({ status: 302, method: 'GET', level: 'info' });
  const secrets = [token, cookie.split('=')[1], LOCAL_TOKEN, api.keys.admin.key, api.keys.viewer.key];
  for (const secret of secrets) {
    expect(secret?.length).toBeGreaterThan(30);
    expect(log + api.errorOutput.join('')).not.toContain(secret);
  }
});
