import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import type { TimeAnswer } from '../core/acquisition/time-servers.ts';
import type { Clock } from '../core/model/clock.ts';

/**
 * One question to one time server, by SNTP (RFC 4330, the client's part of RFC 5905). The question carries a random
 * number in place of our time: an answer must repeat it, so that nobody who does not see the question can answer, and
 * the server learns nothing of this computer's clock.
 */
const PORT = 123;
const PACKET_BYTES = 48;
/** Seconds from 1900 (NTP) to 1970. */
const NTP_TO_UNIX_S = 2_208_988_800;
/** The 32-bit seconds wrap in 2036. A time before 2020 is of the next era, since this program is younger. */
const ERA_PIVOT_S = 2_208_988_800 + 1_577_836_800;
const ERA_S = 2 ** 32;
/** NTP's own limit of distance (MAXDIST, RFC 5905 section 11.1, rounded up): what is further says nothing. */
const DISTANCE_MS_MAX = 1500;
const STRATUM_MAX = 15;
const KISSES_TO_LEAVE = new Set(['DENY', 'RSTR', 'RATE']);

export function askTimeServer(target: string, clock: Clock, signal: AbortSignal): Promise<TimeAnswer> {
  const { host, port } = splitTarget(target);
  return new Promise((resolve) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    let isOver = false;
    const end = (answer: TimeAnswer): void => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', onAbort);
      socket.close();
      resolve(answer);
    };
    const onAbort = (): void => end({ kind: 'silent', why: 'no answer in time' });
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => end({ kind: 'silent', why: `not reachable: ${error.message}` }));
    const nonce = randomBytes(8);
    // A connected socket hears only the address that it asked.
    socket.once('connect', () => {
      const askedAt = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
      socket.on('message', (packet) => {
        const elapsedMs = clock.monotonicMs() - askedAt.monotonicMs;
        const answer = readAnswer(packet, nonce, askedAt.wallMs, elapsedMs);
        if (answer !== undefined) end(answer);
      });
      socket.send(question(nonce));
    });
    socket.connect(port, host);
    return undefined;
  });
}

/** `host`, `host:port` or `[v6]:port`. */
function splitTarget(target: string): { host: string; port: number } {
  const match =
    /^\[(.+)\](?::(\d+))?$/.exec(target) ?? (isIP(target) === 6 ? null : /^([^:]+)(?::(\d+))?$/.exec(target));
  return match === null
    ? { host: target, port: PORT }
    : { host: match[1] ?? target, port: match[2] === undefined ? PORT : Number(match[2]) };
}

/** Version 4, client; everything else is nobody's business. */
function question(nonce: Buffer): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES);
  packet[0] = (4 << 3) | 3;
  nonce.copy(packet, 40);
  return packet;
}

/**
 * The checks of RFC 4330 section 5, and the offset. Undefined for a packet that does not answer this question: it may
 * be forged, and the true one may still come.
 */
export function readAnswer(
  packet: Buffer,
  nonce: Buffer,
  askedAtMs: number,
  elapsedMs: number,
): TimeAnswer | undefined {
  if (packet.length < PACKET_BYTES || !packet.subarray(24, 32).equals(nonce)) return undefined;
  const first = packet.readUInt8(0);
  if ((first & 7) !== 4) return undefined;
  const stratum = packet.readUInt8(1);
  if (stratum === 0) {
    const kiss = packet.toString('latin1', 12, 16).replaceAll(/[^A-Z0-9]/g, '');
    const why = `it asked to be left alone (${kiss})`;
    return KISSES_TO_LEAVE.has(kiss) ? { kind: 'leave', why } : { kind: 'silent', why: `it gave no time (${kiss})` };
  }
  const isUnsynchronised = first >> 6 === 3 || stratum > STRATUM_MAX || packet.readBigUInt64BE(40) === 0n;
  if (isUnsynchronised) return { kind: 'silent', why: 'it is not synchronised itself' };
  const receivedMs = readTimestampMs(packet, 32);
  const sentMs = readTimestampMs(packet, 40);
  const delayMs = Math.max(0, elapsedMs - (sentMs - receivedMs));
  const rootDelayMs = (packet.readInt32BE(4) / 0x1_0000) * 1000;
  const rootDispersionMs = (packet.readUInt32BE(8) / 0x1_0000) * 1000;
  const boundMs = Math.ceil((delayMs + Math.abs(rootDelayMs)) / 2 + rootDispersionMs);
  if (boundMs > DISTANCE_MS_MAX) return { kind: 'silent', why: 'it is too far away to tell the time' };
  const offsetMs = (receivedMs - askedAtMs + (sentMs - (askedAtMs + elapsedMs))) / 2;
  return { kind: 'time', offsetMs, boundMs };
}

function readTimestampMs(packet: Buffer, at: number): number {
  const seconds = packet.readUInt32BE(at);
  const full = seconds < ERA_PIVOT_S ? seconds + ERA_S : seconds;
  return (full - NTP_TO_UNIX_S) * 1000 + (packet.readUInt32BE(at + 4) / ERA_S) * 1000;
}
