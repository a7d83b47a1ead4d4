import { readFileSync } from 'node:fs';
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { WebOutcome, WebRequest } from '../../core/sync/web.ts';
import { TestAuthority } from '../../tests/peers/certificates.ts';
import { openWebClient, type WebTls } from './web-client.ts';

const authority = new TestAuthority();
const others = new TestAuthority('Another authority');
const ca = authority.text(authority.ca);
const good = authority.sign('hub', 'IP:127.0.0.1');
const ours = authority.sign('plant', 'DNS:plant.example');
type Answer = (request: IncomingMessage, reply: ServerResponse) => void;
const running: Server[] = [];
let answer: Answer;
let host: string;

beforeAll(async () => {
  host = await serve(good);
});

afterEach(() => {
  for (const server of running.splice(1)) server.close();
});

afterAll(() => {
  for (const server of running) server.close();
});

/** A server with the certificate; gives its address. */
async function serve(
  { cert, key }: { cert: string; key: string },
  options: { ca?: string; maxVersion?: 'TLSv1.2' } = {},
): Promise<string> {
  const wants = options.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  const pem = { cert: readFileSync(cert), key: readFileSync(key) };
  return listen(createSecure({ ...pem, ...options, ...wants }, (request, reply) => answer(request, reply)));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(url: string, more: Partial<WebRequest> & { tls?: WebTls; signal?: AbortSignal } = {}) {
  const { tls = { ca }, signal, ...request } = more;
  const opened = openWebClient({ tls, proxy: { environment: {} } });
  if (opened.kind === 'failed') throw new Error(opened.fault.message);
  try {
    return await opened.client.request({ method: 'GET', url, ...request }, signal);
  } finally {
    opened.client.close();
  }
}

function codeOf(outcome: WebOutcome): string {
  return outcome.kind === 'failed' ? outcome.fault.code : `status ${outcome.reply.status}`;
}

test('brings method, headers and body there, and status, headers and body back', async () => {
  answer = (request, reply) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      reply.writeHead(409, { 'X-Mine': ['a', 'b'], 'content-type': 'application/json' });
      reply.end(
        JSON.stringify([request.method, request.url, request.headers['x-yours'], Buffer.concat(parts).toString()]),
      );
    });
  };
  const outcome = await ask(`https://${host}/a?b=c`, {
    method: 'PATCH',
    headers: { 'X-Yours': 'd' },
    body: Buffer.from('body'),
  });
  expect(outcome).toMatchObject({ kind: 'answered', reply: { status: 409, headers: { 'x-mine': 'a, b' } } });
  const text = outcome.kind === 'answered' ? Buffer.from(outcome.reply.body).toString() : '';
  expect(JSON.parse(text)).toEqual(['PATCH', '/a?b=c', 'd', 'body']);
});

test('shows its certificate where the server wants one', async () => {
  answer = (request, reply) =>
    reply.end(
      (request.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }).getPeerCertificate().subject
        .CN,
    );
  const mutual = await serve(good, { ca });
  const tls = { ca, certificate: authority.text(ours.cert), key: authority.text(ours.key) };
  const outcome = await ask(`https://${mutual}/`, { tls });
  expect(outcome.kind === 'answered' && Buffer.from(outcome.reply.body).toString()).toBe('plant');
  expect(codeOf(await ask(`https://${mutual}/`))).toBe('SYN_WEB_CLIENT_CERTIFICATE');
});

test('keeps a connection, and asks again over a new one where the server had ended it', async () => {
  const ports: (number | undefined)[] = [];
  answer = (request, reply) => {
    ports.push(request.socket.remotePort);
    reply.end();
  };
  const opened = openWebClient({ tls: { ca }, proxy: { environment: {} } });
  if (opened.kind === 'failed') throw new Error(opened.fault.message);
  const get = () => opened.client.request({ method: 'GET', url: `https://${host}/` });
  await get();
  await get();
  expect(ports[1]).toBe(ports[0]);
  let isFirst = true;
  answer = (request, reply) => {
    if (isFirst) request.socket.destroy();
    else reply.end();
    isFirst = false;
  };
  expect(codeOf(await get())).toBe('status 200');
  opened.client.close();
});

test('waits for a slow answer over a kept connection longer than its server keeps an idle one', async () => {
  const brief = createSecure({ cert: readFileSync(good.cert), key: readFileSync(good.key) }, (request, reply) => {
    if (request.url === '/slow') setTimeout(() => reply.end('slow'), 1500);
    else reply.end();
  });
  // Node's client ends an idle connection a second before the time that the server names.
  brief.keepAliveTimeout = 2000;
  const url = `https://${await listen(brief)}`;
  const opened = openWebClient({ tls: { ca }, proxy: { environment: {} } });
  if (opened.kind === 'failed') throw new Error(opened.fault.message);
  await opened.client.request({ method: 'GET', url });
  expect(codeOf(await opened.client.request({ method: 'GET', url: `${url}/slow` }))).toBe('status 200');
  opened.client.close();
});

test.each<[string, string, Answer, Partial<WebRequest>?]>([
  [
    'a redirect to another place',
    'SYN_WEB_REDIRECTED',
    (_, reply) => reply.writeHead(302, { location: 'https://b.example/' }).end(),
  ],
  [
    'a page in place of a protocol',
    'SYN_WEB_PORTAL',
    (_, reply) => reply.setHeader('content-type', 'text/html; charset=utf-8').end('<html>'),
  ],
  ['more than is wanted', 'SYN_WEB_REPLY_TOO_LARGE', (_, reply) => reply.end('x'.repeat(101)), { replyBytesMax: 100 }],
  [
    'half a reply',
    'SYN_WEB_BROKEN',
    (_, reply) => {
      reply.writeHead(200, { 'content-length': '9' }).write('half');
      setTimeout(() => reply.destroy(), 20);
    },
  ],
  ['no reply', 'SYN_WEB_BROKEN', (request) => request.socket.destroy()],
  ['what is no HTTP', 'SYN_WEB_BROKEN', (request) => request.socket.end('what is this\r\n\r\n')],
  ['silence', 'SYN_WEB_TIMEOUT', () => undefined, { silenceMs: 700 }],
  [
    'drop after drop for ever',
    'SYN_WEB_TIMEOUT',
    (_, reply) => {
      const timer = setInterval(() => reply.write('x'), 20);
      reply.on('close', () => clearInterval(timer));
    },
    { timeoutMs: 900 },
  ],
])('says that the server answers with %s', async (_what, code, misbehaving, more) => {
  answer = misbehaving;
  const outcome = await ask(`https://${host}/`, more);
  expect(outcome).toMatchObject({ kind: 'failed', fault: { code }, mayHaveArrived: true });
});

test('says that a network redirects plain HTTP to its log-in page', async () => {
  const plain = await listen(
    createPlain((_, reply) => reply.writeHead(302, { location: 'http://login.example/' }).end()),
  );
  expect(codeOf(await ask(`http://${plain}/`))).toBe('SYN_WEB_PORTAL');
});

test.each<[string, string, () => Promise<string>, WebTls?]>([
  ['an authority that is not trusted', 'SYN_WEB_ISSUER', () => serve(others.sign('hub', 'IP:127.0.0.1'))],
  ['a public authority that it should be', 'SYN_WEB_ISSUER', () => serve(good), {}],
  ['another name', 'SYN_WEB_HOSTNAME', () => serve(authority.sign('other', 'DNS:other.example'))],
  ['a time to come', 'SYN_WEB_CLOCK', () => serve(authority.signLater('early', 'IP:127.0.0.1'))],
  ['a time that is over', 'SYN_WEB_EXPIRED', () => serve(authority.sign('old', 'IP:127.0.0.1', -1))],
  ['no certificate at all', 'SYN_WEB_NO_TLS', () => listen(createPlain((_, reply) => reply.end()))],
])('says that the server has a certificate of %s', async (_what, code, start, tls) => {
  answer = (_, reply) => reply.end();
  const outcome = await ask(`https://${await start()}/`, tls === undefined ? {} : { tls });
  expect(outcome).toMatchObject({ kind: 'failed', fault: { code }, mayHaveArrived: false });
});

test('says that nothing listens, that a name leads nowhere, and that it was told to stop', async () => {
  const gone = createTcp();
  const address = await listen(gone);
  await new Promise((resolve) => gone.close(resolve));
  expect(codeOf(await ask(`https://${address}/`))).toBe('SYN_WEB_REFUSED');
  expect(codeOf(await ask('https://nowhere.invalid/'))).toBe('SYN_WEB_NAME');
  answer = () => undefined;
  const ending = new AbortController();
  const asked = ask(`https://${host}/`, { signal: ending.signal });
  ending.abort();
  expect(codeOf(await asked)).toBe('SYN_WEB_TIMEOUT');
  expect(codeOf(await ask(`https://${host}/`, { signal: AbortSignal.abort() }))).toBe('SYN_WEB_TIMEOUT');
});

test('opens with no certificate that is none', () => {
  const opened = openWebClient({ tls: { ca: '-----BEGIN CERTIFICATE-----\nx\n' }, proxy: { environment: {} } });
  expect(opened).toMatchObject({ kind: 'failed', fault: { code: 'SYN_WEB_CERTIFICATE' } });
  const broken = openWebClient({ tls: { certificate: ca, key: 'no key' }, proxy: { environment: {} } });
  expect(broken).toMatchObject({ kind: 'failed', fault: { code: 'SYN_WEB_CERTIFICATE' } });
});

test('says how much came of a reply that is no use: a page, one that is too long, one that breaks off', async () => {
  const bytesOf = async (reply: Answer, more: Partial<WebRequest> = {}): Promise<number | undefined> => {
    answer = reply;
    const outcome = await ask(`https://${host}/`, more);
    return outcome.kind === 'failed' ? outcome.receivedBytes : undefined;
  };
  const page: Answer = (_, reply) => reply.writeHead(200, { 'content-type': 'text/html' }).end('x'.repeat(5000));
  expect(await bytesOf(page)).toBe(5000);
  expect(await bytesOf((_, reply) => reply.end('x'.repeat(900)), { replyBytesMax: 100 })).toBe(900);
  const broken: Answer = (_, reply) => {
    reply.writeHead(200, { 'content-length': '5000' });
    reply.write('x'.repeat(700), () => reply.destroy());
  };
  expect(await bytesOf(broken)).toBe(700);
});
