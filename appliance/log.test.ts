import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Failure } from '../core/model/failure.ts';
import { type OpenLog, openLog } from './log.ts';

let folder: string;
let shown: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-log-'));
  shown = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: { fileBytesMax?: number } = {}): Promise<OpenLog> =>
  openLog({ dataFolder: folder, errorOutput: { write: (text: string) => shown.push(text) }, ...options });

const files = (): string[] => readdirSync(join(folder, 'logs'));
const written = (): string =>
  files()
    .map((name) => readFileSync(join(folder, 'logs', name), 'utf8'))
    .join('');

test('writes whole lines with the fields of the child, and shows people warnings only', async () => {
  const { log, close } = await open();
  log.child({ cycleId: 'plc1-7' }).info({ device: 'plc1', points: 10 }, 'Polled.');
  log.child({ batchId: 'b-3' }).warn({ code: 'STO_LOCKED' }, 'The store\nis locked.');
  log.error({ err: new Failure('STO_FULL', 'The disk is full.') }, '');
  log.debug({}, 'not at this level');
  await close();
  const lines = written()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    { level: 'info', time: expect.any(String), cycleId: 'plc1-7', device: 'plc1', points: 10, msg: 'Polled.' },
    { level: 'warn', time: expect.any(String), batchId: 'b-3', code: 'STO_LOCKED', msg: 'The store\nis locked.' },
    expect.objectContaining({ level: 'error', err: expect.objectContaining({ code: 'STO_FULL' }) }),
  ]);
  expect(shown.map((line) => line.replace(/^\S+ /, ''))).toEqual([
    'warning: STO_LOCKED: The store is locked.\n',
    'error: STO_FULL: The disk is full.\n',
  ]);
});

test('keeps secrets out, by the name of their field and by their shape', async () => {
  const { log, close } = await open();
  const secret = 'S3cr3t-0123456789-abcdefghijklmnopqrstuvwxyz';
  const key = `fbk_0123456789abcdef_${'k'.repeat(43)}`;
  const named = [
    'apiKey',
    'authorization',
    'cookie',
    'key',
    'localToken',
    'password',
    'secret',
    'set-cookie',
    'token',
    'x-api-key',
  ];
  for (const name of named) {
    log.warn({ [name]: secret, req: { method: 'GET', url: `/a?token=${secret}`, headers: { [name]: secret } } }, name);
    log.warn({ connection: { [name]: secret, deeper: { [name]: secret } } }, name);
  }
  log.warn({ text: `used ${key}` }, `GET /sign-in?token=${secret}&x=1`);
  log.warn({ err: new Error(`Bearer ${secret} and forebay_session=${secret}; and ${key}`) }, 'failed');
  await close();
  expect(written().trim().split('\n')).toHaveLength(2 * named.length + 2);
  for (const text of [written(), shown.join('')]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain('kkkkk');
  }
  expect(written()).toContain('fbk_0123456789abcdef_[redacted]');
});

test('the id of a token on a network is no secret', async () => {
  const { log, close } = await open();
  log.info({ tokenId: '0.0.6001', month: '2026-06', units: 4 }, 'Certificates were minted');
  await close();
  expect(JSON.parse(written())).toMatchObject({ tokenId: '0.0.6001', month: '2026-06', units: 4 });
});

test('files are rotated by size and ten are kept, readable by no stranger', async () => {
  const { log, close } = await open({ fileBytesMax: 2048 });
  for (let n = 0; n < 40; n += 1) {
    log.info({ n, filler: 'y'.repeat(1500) }, 'line');
    // A file is closed between two writes, so each line is seen on the disk before the next one.
    await vi.waitFor(() => expect(written()).toContain(`"n":${n},`), { interval: 2, timeout: 60_000 });
  }
  await close();
  await vi.waitFor(() => expect(files().length).toBeLessThanOrEqual(10), { timeout: 60_000 });
  expect(files().length).toBeGreaterThan(5);
  for (const name of files()) {
    expect(name).toMatch(/^forebay\.\d+\.log$/);
    expect(statSync(join(folder, 'logs', name)).mode & 0o007).toBe(0);
  }
  expect(written()).toContain('"n":39,');
});
