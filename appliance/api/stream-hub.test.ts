import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestApi, type TestApi, testPoint } from '../../tests/fixtures/api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(async () => {
  if (!isStopped) await api.stop();
  isStopped = false;
});
let isStopped = false;

/** An open stream and what it has said so far. */
class Follower {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';

  constructor(response: Response) {
    if (response.body === null) throw new Error('no body');
    this.#reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  }

  static async open(options: Parameters<TestApi['call']>[1] = { as: 'viewer' }): Promise<Follower> {
    const response = await api.call('/api/v1/stream', options);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const follower = new Follower(response);
    await follower.until(': open\n\n');
    return follower;
  }

  /** Reads on until `ending` has come; what came up to it, and forgets that. */
  async until(ending: string): Promise<string> {
    while (!this.#text.includes(ending)) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`the stream ended before ${JSON.stringify(ending)}`);
      this.#text += Buffer.from(value).toString('utf8');
    }
    const end = this.#text.indexOf(ending) + ending.length;
    const taken = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return taken;
  }

  /** What still comes until the server ends the stream. */
  async rest(): Promise<string> {
    for (let part = await this.#reader.read(); !part.done; part = await this.#reader.read()) {
      this.#text += Buffer.from(part.value).toString('utf8');
    }
    return this.#text;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

test('events reach every client, in order', async () => {
  const [first, second] = [await Follower.open(), await Follower.open({ as: 'admin' })];
  api.emit({ event: 'reading', data: { index: 7, unitId: 'unit1' } });
  api.emit({ event: 'alarm', data: { code: 'ACQ_X' } });
  const text = 'event: reading\ndata: {"index":7,"unitId":"unit1"}\n\nevent: alarm\ndata: {"code":"ACQ_X"}\n\n';
  expect(await first.until('ACQ_X"}\n\n')).toBe(text);
  expect(await second.until('ACQ_X"}\n\n')).toBe(text);
  await first.cancel();
  await second.cancel();
});

test('samples go out once a second, the newest of each point', async () => {
  const follower = await Follower.open();
  const emit = (point: string, value: number): void =>
    api.emit({ event: 'sample', data: { items: [testPoint(point, value)] } });
  emit('plc1/flow', 1);
  api.clock.advance(0);
  emit('plc1/flow', 2);
  emit('plc1/head', 95);
  api.clock.advance(999);
  emit('plc1/flow', 3);
  api.emit({ event: 'ledger', data: { size: 5, root: 'AAAA', at: 'now' } });
  api.clock.advance(1);
  api.emit({ event: 'sync', data: { targets: [], entries: null } });
  const text = await follower.until('event: sync\ndata: {"targets":[],"entries":null}\n\n');
  const events = [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map((match) => [match[1], match[2] ?? '']);
  expect(events.map(([name]) => name)).toEqual(['sample', 'ledger', 'sample', 'sync']);
  const values = (data = ''): unknown =>
    (JSON.parse(data) as { items: { point: string; value: number }[] }).items.map(({ point, value }) => [point, value]);
  expect(values(events[0]?.[1])).toEqual([['plc1/flow', 1]]);
  expect(values(events[2]?.[1])).toEqual([
    ['plc1/flow', 3],
    ['plc1/head', 95],
  ]);
  await follower.cancel();
});

test('a quiet stream is pinged every 15 s, and ends when its caller may no longer call', async () => {
  const follower = await Follower.open({ as: 'operator' });
  api.clock.advance(15_000);
  expect(await follower.until(': ping\n\n')).toBe(': ping\n\n');
  api.clock.advance(15_000);
  expect(await follower.until(': ping\n\n')).toBe(': ping\n\n');
  api.revoke('operator');
  api.clock.advance(15_000);
  expect(await follower.rest()).toBe('');
});

test('a client that does not read is dropped and the log says so; the others go on', async () => {
  const follower = await Follower.open();
  const socket = await openWithoutReading();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const blob = 'x'.repeat(256 * 1024);
  let sent = 0;
  while (api.errorOutput.length === 0 && sent < 200) {
    sent += 1;
    api.emit({ event: 'alarm', data: { blob, sent } });
    await follower.until(`"sent":${sent}}\n\n`);
  }
  expect(api.errorOutput.join('')).toContain('API_STREAM_TOO_SLOW: A client of the event stream did not keep up');
  socket.resume();
  await closed;
  api.emit({ event: 'alarm', data: { last: true } });
  expect(await follower.until('"last":true}\n\n')).toContain('alarm');
  await follower.cancel();
});

test('only so many streams are open at a time', async () => {
  const followers = [];
  for (let n = 0; n < 64; n += 1) followers.push(await Follower.open());
  const refused = await api.call('/api/v1/stream', { as: 'viewer' });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'API_TOO_MANY_STREAMS' });
  for (const follower of followers) await follower.cancel();
});

test('stopping ends the streams', async () => {
  const follower = await Follower.open();
  const [rest] = await Promise.all([follower.rest(), api.stop()]);
  isStopped = true;
  expect(rest).toBe('');
});

function openWithoutReading(): Promise<Socket> {
  const { port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      const head = ['GET /api/v1/stream HTTP/1.1', `Host: 127.0.0.1:${port}`, `x-api-key: ${api.keys.viewer.key}`];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      socket.once('data', () => {
        socket.pause();
        resolve(socket);
      });
    });
    socket.once('error', reject);
  });
}
