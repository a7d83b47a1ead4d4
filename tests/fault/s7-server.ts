import { createServer, type Server, type Socket } from 'node:net';

/** One item of a read as the server understood it. */
export interface AskedItem {
  area: number;
  db: number;
  byte: number;
  length: number;
}

/** One message as the server understood it. */
export interface Asked {
  kind: 'connect' | 'negotiate' | 'read' | 'status' | 'other';
  reference: number;
  items: AskedItem[];
  list: number;
}

/** What the server does in place of a plain answer. Delays are milliseconds. */
export type Mischief =
  | { kind: 'none' }
  | { kind: 'delay'; delayMs: number }
  | { kind: 'drop' }
  | { kind: 'duplicate'; delayMs: number }
  | { kind: 'replay-old' }
  | { kind: 'reset' }
  | { kind: 'end' }
  | { kind: 'end-mid-frame' }
  | { kind: 'drip'; everyMs: number }
  | { kind: 'fragments' }
  | { kind: 'wrong-reference'; offset: number }
  | { kind: 'wrong-function' }
  | { kind: 'wrong-count' }
  | { kind: 'short-item'; bytes: number }
  | { kind: 'short-reply'; bytes: number }
  | { kind: 'garbage'; bytes: number[] }
  | { kind: 'request-error'; error: number }
  | { kind: 'item-error'; code: number }
  | { kind: 'disconnect'; reason: number };

export interface S7ServerOptions {
  script?(asked: Asked, count: number): Mischief;
  /** The byte of an area at the moment of the answer; a number below 0 is the code of an item error. */
  byte(item: AskedItem, at: number): number;
  pduBytes?: number;
  /** Low half of the fourth byte of list 0x0424: 8 is RUN, 4 is STOP; undefined where the list is refused. */
  mode?(): number | undefined;
}

export interface S7Server {
  readonly port: number;
  readonly asked: Asked[];
  /** Functions and message kinds that came, with how often: `job 04`, `user data 44 01`. */
  readonly functions: Map<string, number>;
  openConnections(): number;
  close(): Promise<void>;
}

/**
 * An S7 server on 127.0.0.1 that misbehaves as its script says. Written on bare sockets after RFC 1006 and the
 * protocol as Wireshark's dissector s7comm describes it, sharing no code with the driver that it tests.
 */
export async function startS7Server(options: S7ServerOptions): Promise<S7Server> {
  const asked: Asked[] = [];
  const functions = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, options, (message, name) => {
      functions.set(name, (functions.get(name) ?? 0) + 1);
      return asked.push(message);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the S7 server has no port');
  return {
    port: address.port,
    asked,
    functions,
    openConnections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

type Note = (message: Asked, name: string) => number;

function serve(socket: Socket, options: S7ServerOptions, note: Note): void {
  let received = Buffer.alloc(0);
  const old: Buffer[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const write = (bytes: Buffer): void => {
    if (!socket.destroyed && socket.writable) socket.write(bytes);
  };
  const later = (delayMs: number, action: () => void): void => {
    timers.add(setTimeout(action, delayMs));
  };
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    for (const timer of timers) clearTimeout(timer);
  });
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 4 && received.length >= received.readUInt16BE(2)) {
      const length = received.readUInt16BE(2);
      const frame = received.subarray(0, length);
      received = received.subarray(length);
      answer(frame);
    }
  });
  const answer = (frame: Buffer): void => {
    const { message, name } = understand(frame);
    const count = note(message, name);
    const mischief = options.script?.(message, count) ?? { kind: 'none' };
    const reply = replyTo(message, options, mischief);
    switch (mischief.kind) {
      case 'drop':
        break;
      case 'delay':
        later(mischief.delayMs, () => write(reply));
        break;
      case 'duplicate':
        write(reply);
        later(mischief.delayMs, () => write(reply));
        break;
      case 'replay-old':
        for (const earlier of old.slice(-3)) write(earlier);
        write(reply);
        break;
      case 'reset':
        socket.resetAndDestroy();
        break;
      case 'end':
        socket.end();
        break;
      case 'end-mid-frame':
        socket.end(reply.subarray(0, reply.length - 3));
        break;
      case 'drip':
        for (const [at, byte] of reply.entries()) later(at * mischief.everyMs, () => write(Buffer.from([byte])));
        break;
      case 'fragments':
        for (const part of fragmentsOf(reply)) write(part);
        break;
      case 'disconnect':
        write(Buffer.from([3, 0, 0, 11, 6, 0x80, 0, 1, 0, 2, mischief.reason]));
        break;
      default:
        write(reply);
    }
    if (message.kind === 'read') old.push(reply);
  };
}

function understand(frame: Buffer): { message: Asked; name: string } {
  const message: Asked = { kind: 'other', reference: 0, items: [], list: 0 };
  if (frame[5] === 0xe0) return { message: { ...message, kind: 'connect' }, name: 'connect' };
  const hex = (at: number): string => (frame[at] ?? 0).toString(16).padStart(2, '0');
  message.reference = frame.readUInt16BE(11);
  if (frame[8] === 7) {
    const list = frame.readUInt16BE(29);
    return { message: { ...message, kind: 'status', list }, name: `user data ${hex(22)} ${hex(23)}` };
  }
  const name = `job ${hex(17)}`;
  if (frame[17] === 0xf0) return { message: { ...message, kind: 'negotiate' }, name };
  if (frame[17] !== 0x04) return { message, name };
  for (let at = 19; at < frame.length; at += 12) {
    const pointer = frame.readUInt32BE(at + 8) & 0xff_ffff;
    message.items.push({
      area: frame.readUInt8(at + 8),
      db: frame.readUInt16BE(at + 6),
      byte: pointer >> 3,
      length: frame.readUInt16BE(at + 4),
    });
  }
  return { message: { ...message, kind: 'read' }, name };
}

function replyTo(message: Asked, options: S7ServerOptions, mischief: Mischief): Buffer {
  if (message.kind === 'connect') {
    return Buffer.from([3, 0, 0, 22, 17, 0xd0, 0, 2, 0, 1, 0, 0xc0, 1, 0x0a, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2]);
  }
  const reference = (message.reference + (mischief.kind === 'wrong-reference' ? mischief.offset : 0)) & 0xffff;
  if (message.kind === 'status')
    return statusReply(message, reference, options.mode === undefined ? 8 : options.mode());
  if (mischief.kind === 'request-error')
    return jobReply(reference, mischief.error, Buffer.from([4, 0]), Buffer.alloc(0));
  if (message.kind === 'negotiate') {
    const parameters = Buffer.from([0xf0, 0, 0, 1, 0, 1, 0, 0]);
    parameters.writeUInt16BE(options.pduBytes ?? 240, 6);
    return jobReply(reference, 0, parameters, Buffer.alloc(0));
  }
  if (message.kind === 'other') return jobReply(reference, 0x8104, Buffer.from([0, 0]), Buffer.alloc(0));
  const count = mischief.kind === 'wrong-count' ? message.items.length + 1 : message.items.length;
  const parameters = Buffer.from([mischief.kind === 'wrong-function' ? 5 : 4, count]);
  const data = Buffer.concat(
    message.items.map((item, index) => itemReply(item, index === message.items.length - 1, options, mischief)),
  );
  if (mischief.kind === 'garbage') return Buffer.from(mischief.bytes);
  const kept = mischief.kind === 'short-reply' ? data.subarray(0, Math.max(0, data.length - mischief.bytes)) : data;
  return jobReply(reference, 0, parameters, kept);
}

function itemReply(item: AskedItem, isLast: boolean, options: S7ServerOptions, mischief: Mischief): Buffer {
  if (mischief.kind === 'item-error') return Buffer.from([mischief.code, 0, 0, 0]);
  const bytes = Array.from({ length: item.length }, (_, at) => options.byte(item, item.byte + at));
  const refused = bytes.find((byte) => byte < 0);
  if (refused !== undefined) return Buffer.from([-refused, 0, 0, 4]);
  const sent = mischief.kind === 'short-item' ? bytes.slice(mischief.bytes) : bytes;
  const head = Buffer.from([0xff, 4, 0, 0]);
  head.writeUInt16BE(sent.length * 8, 2);
  const fill = sent.length % 2 === 1 && !isLast ? [0] : [];
  return Buffer.concat([head, Buffer.from([...sent, ...fill])]);
}

function jobReply(reference: number, error: number, parameters: Buffer, data: Buffer): Buffer {
  const header = Buffer.from([0x32, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(reference, 4);
  header.writeUInt16BE(parameters.length, 6);
  header.writeUInt16BE(data.length, 8);
  header.writeUInt16BE(error, 10);
  return isoFrame(Buffer.concat([header, parameters, data]), true);
}

function statusReply({ list }: Asked, reference: number, mode: number | undefined): Buffer {
  const isKnown = list === 0x0424 && mode !== undefined;
  const parameters = Buffer.from([0, 1, 0x12, 8, 0x12, 0x84, 1, 1, 0, 0, isKnown ? 0 : 0xd4, isKnown ? 0 : 1]);
  const record = Buffer.alloc(20);
  record[3] = mode ?? 0;
  const data = isKnown
    ? Buffer.concat([Buffer.from([0xff, 9, 0, 28, 4, 0x24, 0, 0, 0, 20, 0, 1]), record])
    : Buffer.from([0x0a, 0, 0, 0]);
  const header = Buffer.from([0x32, 7, 0, 0, 0, 0, 0, parameters.length, 0, data.length]);
  header.writeUInt16BE(reference, 4);
  return isoFrame(Buffer.concat([header, parameters, data]), true);
}

function isoFrame(payload: Buffer, isLast: boolean): Buffer {
  const head = Buffer.from([3, 0, 0, 0, 2, 0xf0, isLast ? 0x80 : 0]);
  head.writeUInt16BE(payload.length + 7, 2);
  return Buffer.concat([head, payload]);
}

/** The same message as an empty part, as older PLCs send one, and two halves. */
function fragmentsOf(reply: Buffer): Buffer[] {
  const payload = reply.subarray(7);
  const half = payload.length >> 1;
  return [
    isoFrame(Buffer.alloc(0), false),
    isoFrame(payload.subarray(0, half), false),
    isoFrame(payload.subarray(half), true),
  ];
}
