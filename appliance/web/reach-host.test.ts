import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reachHost } from './reach-host.ts';

let server: Server;
let received: number;
let port: number;

beforeEach(async () => {
  received = 0;
  server = createServer((socket) => {
    socket.on('data', (bytes) => {
      received += bytes.length;
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

test('who listens is there, and is sent nothing; who does not is away', async () => {
  const url = `https://127.0.0.1:${port}/hub`;
  expect(await reachHost(url, new AbortController().signal)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect(received).toBe(0);
  expect(await reachHost(url, new AbortController().signal)).toBe(false);
  server = createServer().listen(0, '127.0.0.1');
});

test('a name that nobody has is away, and so is whoever nobody waits for any more', async () => {
  expect(await reachHost('https://hub.invalid', new AbortController().signal)).toBe(false);
  expect(await reachHost(`http://127.0.0.1:${port}`, AbortSignal.abort())).toBe(false);
});
