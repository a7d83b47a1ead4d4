import { createServer, type Server, type Socket } from 'node:net';
import type { Random } from '../../core/model/random.ts';

/** One request as the server understood it. */
export interface AskedFor {
  transactionId: number;
  unitId: number;
  functionCode: number;
  address: number;
  count: number;
}

/** What the server does in place of a plain answer. Delays are milliseconds. */
export type Mischief =
  | { kind: 'none' }
  | { kind: 'delay'; delayMs: number }
  | { kind: 'drop' }
  | { kind: 'duplicate'; delayMs: number }
  | { kind: 'reorder' }
  | { kind: 'wrong-transaction'; offset: number }
  | { kind: 'wrong-unit' }
  | { kind: 'wrong-function' }
  | { kind: 'wrong-protocol' }
  | { kind: 'wrong-byte-count'; offset: number }
  | { kind: 'truncated' }
  | { kind: 'trailing-garbage'; bytes: number[] }
  | { kind: 'huge-length' }
  | { kind: 'exception'; exception: number }
  | { kind: 'reset' }
  | { kind: 'end-mid-frame' }
  | { kind: 'black-hole' }
  | { kind: 'drip'; everyMs: number }
  | { kind: 'heartbeat' }
  | { kind: 'replay-old' };

export interface FaultServer {
  readonly port: number;
  /** Every function code that ever arrived, with how often. */
  readonly functionCodes: Map<number, number>;
  /** Every request since the start or the last `forget`. */
  readonly asked: AskedFor[];
  /** How many connections are open now. */
  openConnections(): number;
  forget(): void;
  close(): Promise<void>;
}

export interface FaultServerOptions {
  port?: number;
  random: Random;
  /** What to do with a request; `count` says the how manieth it is. */
  script(request: AskedFor, count: number): Mischief;
  /** The 16 bits of a register, or the bit of a coil, at the moment of the answer; undefined if there is no such cell. */
  cell(request: AskedFor, address: number): number | undefined;
  /** What the device says of itself: vendor, product code, revision, ... Absent: it does not serve the question. */
  identity?: readonly string[];
}

/**
 * A Modbus TCP server on 127.0.0.1 that misbehaves as its script says. Written against the specification on bare
 * sockets, sharing no code with the driver that it tests.
 */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const sessions = new Set<Session>();
  const functionCodes = new Map<number, number>();
  const asked: AskedFor[] = [];
  const server: Server = createServer((socket) => {
    const session = new Session(socket, options, (request) => {
      functionCodes.set(request.functionCode, (functionCodes.get(request.functionCode) ?? 0) + 1);
      asked.push(request);
      return asked.length;
    });
    sessions.add(session);
    socket.on('close', () => sessions.delete(session));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fault server has no port');
  return {
    port: address.port,
    functionCodes,
    asked,
    openConnections: () => sessions.size,
    forget: () => {
      asked.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions) session.destroy();
        server.close(() => resolve());
      }),
  };
}

/** One client of the server. */
class Session {
  readonly #socket: Socket;
  readonly #options: FaultServerOptions;
  readonly #note: (request: AskedFor) => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #received = Buffer.alloc(0);
  /** A reply held back to be sent after the next one. */
  #heldBack: Buffer | undefined;
  #old: Buffer[] = [];
  #isDeaf = false;
  /** Bytes that wait behind a dripping reply: a stream is disturbed, but no frame has another one's bytes inside. */
  #dripping: number[] = [];

  constructor(socket: Socket, options: FaultServerOptions, note: (request: AskedFor) => number) {
    this.#socket = socket;
    this.#options = options;
    this.#note = note;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const timer of this.#timers) clearTimeout(timer);
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 6 && this.#received.length >= 6 + this.#received.readUInt16BE(4)) {
      const end = 6 + this.#received.readUInt16BE(4);
      const frame = this.#received.subarray(0, end);
      this.#received = this.#received.subarray(end);
      const isRead = end === 12;
      this.#answer({
        transactionId: frame.readUInt16BE(0),
        unitId: frame.readUInt8(6),
        functionCode: frame.readUInt8(7),
        address: isRead ? frame.readUInt16BE(8) : 0,
        count: isRead ? frame.readUInt16BE(10) : 0,
      });
    }
  }

  #answer(request: AskedFor): void {
    const count = this.#note(request);
    if (this.#isDeaf) return;
    const mischief = this.#options.script(request, count);
    const reply = this.#replyTo(request);
    switch (mischief.kind) {
      case 'none':
        this.#send(reply);
        break;
      case 'delay':
        this.#later(mischief.delayMs, () => this.#send(reply));
        break;
      case 'drop':
        break;
      case 'duplicate':
        this.#send(reply);
        this.#later(mischief.delayMs, () => this.#send(reply));
        break;
      case 'reorder':
        this.#heldBack = reply;
        break;
      case 'reset':
        this.#socket.resetAndDestroy();
        break;
      case 'black-hole':
        this.#isDeaf = true;
        break;
      case 'end-mid-frame':
        this.#socket.end(reply.subarray(0, Math.max(1, reply.length - 3)));
        break;
      case 'drip':
        this.#drip(reply, mischief.everyMs);
        break;
      case 'heartbeat':
        this.#send(frameOf({ ...request, transactionId: 0 }, Buffer.from([request.unitId, 0x41, 1, 2])));
        this.#send(reply);
        break;
      case 'replay-old':
        for (const old of this.#old.slice(-1 - Math.floor(this.#options.random.next() * 3))) this.#write(old);
        this.#send(reply);
        break;
      default:
        this.#send(spoil(request, reply, mischief));
    }
  }

  #replyTo(request: AskedFor): Buffer {
    const { unitId, functionCode, address, count } = request;
    if (functionCode === 0x2b && this.#options.identity !== undefined)
      return identityFrame(request, this.#options.identity);
    if (functionCode < 1 || functionCode > 4) return exceptionFrame(request, 1);
    const cells: number[] = [];
    for (let at = address; at < address + count; at += 1) {
      const cell = this.#options.cell(request, at);
      if (cell === undefined) return exceptionFrame(request, 2);
      cells.push(cell);
    }
    const data = functionCode <= 2 ? packBits(cells) : packRegisters(cells);
    return frameOf(request, Buffer.concat([Buffer.from([unitId, functionCode, data.length]), data]));
  }

  #send(reply: Buffer): void {
    this.#old = [...this.#old.slice(-20), reply];
    this.#write(reply);
    const held = this.#heldBack;
    this.#heldBack = undefined;
    if (held !== undefined) this.#write(held);
  }

  #drip(reply: Buffer, everyMs: number): void {
    this.#dripping.push(...reply);
    const step = (): void => {
      const byte = this.#dripping.shift();
      if (byte === undefined) return;
      this.#writeNow(Buffer.from([byte]));
      this.#later(everyMs, step);
    };
    step();
  }

  #write(bytes: Buffer): void {
    if (this.#dripping.length > 0) this.#dripping.push(...bytes);
    else this.#writeNow(bytes);
  }

  #writeNow(bytes: Buffer): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function spoil(request: AskedFor, reply: Buffer, mischief: Mischief): Buffer {
  const spoilt = Buffer.from(reply);
  switch (mischief.kind) {
    case 'wrong-transaction':
      spoilt.writeUInt16BE((request.transactionId + mischief.offset) & 0xffff, 0);
      return spoilt;
    case 'wrong-protocol':
      spoilt.writeUInt16BE(1, 2);
      return spoilt;
    case 'wrong-unit':
      spoilt.writeUInt8((request.unitId + 1) & 0xff, 6);
      return spoilt;
    case 'wrong-function':
      spoilt.writeUInt8(request.functionCode === 3 ? 4 : 3, 7);
      return spoilt;
    case 'wrong-byte-count':
      spoilt.writeUInt8((spoilt.readUInt8(8) + mischief.offset) & 0xff, 8);
      return spoilt;
    case 'huge-length':
      spoilt.writeUInt16BE(40_000, 4);
      return spoilt;
    case 'truncated': {
      // A whole frame by its header, with a register less than was asked for.
      const shorter = spoilt.subarray(0, spoilt.length - 2);
      shorter.writeUInt16BE(shorter.length - 6, 4);
      return shorter;
    }
    case 'trailing-garbage':
      return Buffer.concat([spoilt, Buffer.from(mischief.bytes)]);
    case 'exception':
      return exceptionFrame(request, mischief.exception);
    default:
      return spoilt;
  }
}

/** Read Device Identification, regular category, everything in one reply. */
function identityFrame(request: AskedFor, identity: readonly string[]): Buffer {
  const objects = identity.flatMap((text, id) => [Buffer.from([id, text.length]), Buffer.from(text, 'latin1')]);
  return frameOf(
    request,
    Buffer.concat([Buffer.from([request.unitId, 0x2b, 0x0e, 2, 0x82, 0, 0, identity.length]), ...objects]),
  );
}

function exceptionFrame(request: AskedFor, exception: number): Buffer {
  return frameOf(request, Buffer.from([request.unitId, request.functionCode | 0x80, exception]));
}

function frameOf(request: AskedFor, body: Buffer): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt16BE(request.transactionId, 0);
  header.writeUInt16BE(0, 2);
  header.writeUInt16BE(body.length, 4);
  return Buffer.concat([header, body]);
}

function packRegisters(cells: readonly number[]): Buffer {
  const data = Buffer.alloc(cells.length * 2);
  for (const [at, cell] of cells.entries()) data.writeUInt16BE(cell, at * 2);
  return data;
}

function packBits(cells: readonly number[]): Buffer {
  const data = Buffer.alloc(Math.ceil(cells.length / 8));
  for (const [at, cell] of cells.entries()) {
    if (cell !== 0) data.writeUInt8(data.readUInt8(at >> 3) | (1 << (at & 7)), at >> 3);
  }
  return data;
}
