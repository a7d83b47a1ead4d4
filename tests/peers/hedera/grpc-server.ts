import {
  constants,
  createServer as createHttp2Server,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';

/** How a call ends. */
export type GrpcReply =
  | { readonly kind: 'message'; readonly bytes: Uint8Array; readonly onSent?: () => void }
  /** Trailers only, with this status and no message. */
  | { readonly kind: 'status'; readonly code: number; readonly text: string }
  /** The stream of the call is reset (RST_STREAM); the connection stays. */
  | { readonly kind: 'reset' }
  /** The whole connection is torn down. */
  | { readonly kind: 'cut' }
  /** Nothing ever comes. */
  | { readonly kind: 'silence' };

export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

export type GrpcHandler = (path: string, request: Buffer) => Promise<GrpcReply>;

type Mode = 'open' | 'cut' | 'black hole';

const { NGHTTP2_INTERNAL_ERROR } = constants;
/** gRPC over HTTP/2: one byte says whether the message is compressed, four its length. */
const FRAME_HEADER_BYTES = 5;

/**
 * Unary gRPC calls over HTTP/2, by hand: what goes wrong on the wire (streams reset, connections torn, bytes that are no
 * message, silence) is what this server is for, and a gRPC library allows none of it.
 */
export class GrpcServer {
  readonly #handler: GrpcHandler;
  readonly #http2: Http2Server | Http2SecureServer;
  readonly #front: Server;
  readonly #sockets = new Set<Socket>();
  /** What came while nothing comes through: it arrives once the way is free again, as resent packets do. */
  #held: (() => void)[] = [];
  #mode: Mode = 'open';

  /** With a certificate and its key (PEM) it speaks TLS and nothing else. */
  constructor(handler: GrpcHandler, tls?: ServerCertificate) {
    this.#handler = handler;
    this.#http2 = tls === undefined ? createHttp2Server() : createSecureServer(tls);
    this.#http2.on('stream', (stream, headers) => this.#receive(stream, String(headers[':path'])));
    this.#http2.on('session', (session: ServerHttp2Session) => session.on('error', () => undefined));
    this.#http2.on('sessionError', () => undefined);
    this.#front = createServer({ noDelay: true }, (socket) => this.#connect(socket));
  }

  /** Listens on 127.0.0.1 and gives the port; 0 lets the system pick one. */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#front.once('error', reject);
      this.#front.listen(port, '127.0.0.1', resolve);
    });
    const address = this.#front.address();
    if (address === null || typeof address === 'string') throw new Error('the node has no port');
    return address.port;
  }

  /** Tears down every connection and turns new ones away, until `restore`. */
  cut(): void {
    this.#mode = 'cut';
    this.#held = [];
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Lets nothing through any more in either direction, and says nothing about it, until `restore`. */
  blackHole(): void {
    this.#mode = 'black hole';
  }

  restore(): void {
    this.#mode = 'open';
    const held = this.#held;
    this.#held = [];
    for (const arrive of held) arrive();
  }

  get isOpen(): boolean {
    return this.#mode === 'open';
  }

  async close(): Promise<void> {
    this.#held = [];
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#front.close(() => resolve());
    });
  }

  #connect(socket: Socket): void {
    if (this.#mode === 'cut') {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    this.#passOrHold(() => {
      if (!socket.destroyed) this.#http2.emit('connection', socket);
    });
  }

  #receive(stream: ServerHttp2Stream, path: string): void {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const request = Buffer.concat(chunks).subarray(FRAME_HEADER_BYTES);
      this.#passOrHold(() => {
        if (stream.destroyed && this.#mode === 'cut') return;
        void this.#answer(stream, path, request);
      });
    });
  }

  async #answer(stream: ServerHttp2Stream, path: string, request: Buffer): Promise<void> {
    const reply = await this.#handler(path, request);
    this.#passOrHold(() => {
      if (!stream.destroyed) send(stream, reply);
    });
  }

  #passOrHold(action: () => void): void {
    if (this.#mode === 'black hole') this.#held.push(action);
    else action();
  }
}

function send(stream: ServerHttp2Stream, reply: GrpcReply): void {
  if (reply.kind === 'silence') return;
  if (reply.kind === 'cut') {
    stream.session?.destroy();
    return;
  }
  if (reply.kind === 'reset') {
    stream.close(NGHTTP2_INTERNAL_ERROR);
    return;
  }
  const headers = { ':status': 200, 'content-type': 'application/grpc' };
  if (reply.kind === 'status') {
    stream.respond({ ...headers, 'grpc-status': reply.code, 'grpc-message': reply.text }, { endStream: true });
    return;
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
  if (reply.onSent !== undefined) stream.on('close', reply.onSent);
  stream.end(frame(reply.bytes));
}

function frame(bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(FRAME_HEADER_BYTES + bytes.length);
  framed.writeUInt32BE(bytes.length, 1);
  framed.set(bytes, FRAME_HEADER_BYTES);
  return framed;
}
