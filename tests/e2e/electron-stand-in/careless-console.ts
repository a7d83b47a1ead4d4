/**
 * A real HTTP server in the place of an appliance whose console is careless or was tampered with: no content policy,
 * links and redirects that lead away. The window has to hold on its own. Announces itself as the appliance does.
 *
 * Arguments: data folder, address of another site.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const [dataFolder = '', elsewhere = ''] = process.argv.slice(2);
const LOCAL_TOKEN = 'careless-local-token';
const LINK_TOKEN = 'once-7';

const PAGE = `<!doctype html><title>Careless console</title>
<h1>Careless console</h1>
<a id="inside" href="/inside">inside</a>
<a id="away" href="${elsewhere}/away">away</a>
<a id="redirected" href="/redirect-away">redirected away</a>
<a id="public" href="https://hashscan.io/testnet/topic/0.0.5005">public</a>
<script>document.title = 'inline script ran'</script>`;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/health') return response.end('{"status":"ok"}');
  if (url.pathname === '/api/v1/sign-in-links') {
    const isAllowed = request.method === 'POST' && request.headers.authorization === `Bearer ${LOCAL_TOKEN}`;
    response.writeHead(isAllowed ? 201 : 401, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ url: `${origin()}/sign-in?token=${LINK_TOKEN}` }));
  }
  if (url.pathname === '/sign-in') {
    const isRight = url.searchParams.get('token') === LINK_TOKEN;
    response.writeHead(isRight ? 302 : 403, { location: '/', 'set-cookie': 'session=right; HttpOnly' });
    return response.end();
  }
  if (url.pathname === '/redirect-away') {
    response.writeHead(302, { location: `${elsewhere}/redirected` });
    return response.end();
  }
  const isSignedIn = request.headers.cookie?.includes('session=right') === true;
  response.writeHead(isSignedIn ? 200 : 401, { 'content-type': 'text/html' });
  return response.end(PAGE);
});

function origin(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

server.listen(0, '127.0.0.1', () => {
  mkdirSync(join(dataFolder, 'run'), { recursive: true });
  const announcement = { pid: process.pid, url: origin(), localToken: LOCAL_TOKEN };
  writeFileSync(join(dataFolder, 'run', 'appliance.json'), JSON.stringify(announcement), { mode: 0o600 });
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: origin() })}\n`);
});

process.on('SIGTERM', () => {
  rmSync(join(dataFolder, 'run', 'appliance.json'), { force: true });
  process.exit(0);
});
