import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { machineClock } from '../tests/contract/driver-host.ts';
import { askTimeServer, readAnswer } from './sntp.ts';

const NTP_TO_UNIX_S = 2_208_988_800;
let server: Socket | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

interface Told {
  readonly offsetMs?: number;
  readonly stratum?: number;
  readonly kiss?: string;
  readonly leap?: number;
  readonly mode?: number;
  readonly nonce?: 'kept' | 'changed';
  readonly dispersionMs?: number;
}

function packetOf(question: Buffer, nowMs: number, told: Told): Buffer {
  const { offsetMs = 0, stratum = 2, kiss = '', leap = 0, mode = 4, nonce = 'kept', dispersionMs = 1 } = told;
  const packet = Buffer.alloc(48);
  packet[0] = (leap << 6) | (4 << 3) | mode;
  packet[1] = stratum;
  packet.writeUInt32BE(Math.round((dispersionMs / 1000) * 0x1_0000), 8);
  packet.write(kiss, 12, 'latin1');
  question.copy(packet, 24, 40, 48);
  if (nonce === 'changed') packet.writeUInt8(packet.readUInt8(24) ^ 1, 24);
  for (const at of [32, 40]) {
    const ms = nowMs + offsetMs;
    packet.writeUInt32BE((Math.floor(ms / 1000) + NTP_TO_UNIX_S) % 2 ** 32, at);
    packet.writeUInt32BE(Math.floor(((ms % 1000) / 1000) * 2 ** 32), at + 4);
  }
  return packet;
}

/** A time server on this computer that tells what the test wants, one packet for each of `told`. */
async function serve(...told: Told[]): Promise<string> {
  const socket = createSocket('udp4');
  server = socket;
  socket.on('message', (question, from) => {
    for (const each of told) socket.send(packetOf(question, Date.now(), each), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return `127.0.0.1:${socket.address().port}`;
}

describe('a question to a time server', () => {
  it('finds the offset', async () => {
    const host = await serve({ offsetMs: 5_000 });
    const answer = await askTimeServer(host, machineClock, new AbortController().signal);
    if (answer.kind !== 'time') throw new Error(answer.why);
    expect(Math.abs(answer.offsetMs - 5000)).toBeLessThanOrEqual(answer.boundMs + 2);
  });

  it('passes over answers to other questions and takes the one to its own', async () => {
    const host = await serve({ nonce: 'changed', offsetMs: 3_600_000 }, { mode: 3 }, { offsetMs: -250 });
    const answer = await askTimeServer(host, machineClock, new AbortController().signal);
    if (answer.kind !== 'time') throw new Error(answer.why);
    expect(Math.abs(answer.offsetMs + 250)).toBeLessThanOrEqual(answer.boundMs + 2);
  });

  it.each([
    ['a kiss of death', { stratum: 0, kiss: 'RATE' }, { kind: 'leave', why: 'it asked to be left alone (RATE)' }],
    ['a server that gives no time', { stratum: 0, kiss: 'INIT' }, { kind: 'silent', why: 'it gave no time (INIT)' }],
    ['an alarm', { leap: 3 }, { kind: 'silent', why: 'it is not synchronised itself' }],
    ['stratum 16', { stratum: 16 }, { kind: 'silent', why: 'it is not synchronised itself' }],
    ['a far clock', { dispersionMs: 9000 }, { kind: 'silent', why: 'it is too far away to tell the time' }],
  ] as const)('takes no time from %s', async (_name, told, expected) => {
    const host = await serve(told);
    expect(await askTimeServer(host, machineClock, new AbortController().signal)).toEqual(expected);
  });

  it('ends when it is aborted', async () => {
    const host = await serve();
    const abort = new AbortController();
    const asked = askTimeServer(host, machineClock, abort.signal);
    abort.abort();
    expect(await asked).toEqual({ kind: 'silent', why: 'no answer in time' });
  });

  it('says that a name leads nowhere', async () => {
    const answer = await askTimeServer('no-such-host.invalid', machineClock, new AbortController().signal);
    expect(answer).toMatchObject({ kind: 'silent', why: expect.stringContaining('not reachable') });
  });

  it('reads times beyond February 2036, when the seconds of NTP begin anew', () => {
    const askedAtMs = Date.UTC(2036, 1, 8);
    const question = Buffer.alloc(48, 7);
    const packet = packetOf(question, askedAtMs, { offsetMs: 40 });
    const answer = readAnswer(packet, question.subarray(40, 48), askedAtMs, 20);
    expect(answer).toMatchObject({ kind: 'time', offsetMs: expect.closeTo(30, 1) });
  });

  it('is deaf to what is too short to be an answer', () => {
    expect(readAnswer(Buffer.alloc(47), Buffer.alloc(8), 0, 1)).toBeUndefined();
  });
});
