import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** How the proxy answers a CONNECT: lets it through, or one of the ways in which proxies fail. */
export type ProxyMood = 'open' | 'password' | 'forbidden' | 'page' | 'garbage' | 'silent' | 'hang-up' | 'reset';

/** A proxy for `https:` on a port of its own, which knows where names lead and can misbehave. */
export class ConnectProxy {
  mood: ProxyMood = 'open';
  /** `user:password` that it wants, if any. */
  wanted: string | undefined;
  /** What it was asked for, as `host:port`. */
  readonly asked: string[] = [];
  /** Where names lead, in place of what a name server would say. */
  readonly names = new Map<string, { readonly host: string; readonly port: number }>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((_request, reply) => {
      reply.setHeader('content-type', 'text/html');
      reply.end(PAGE);
    });
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('connect', (request, socket, head) => this.#tunnel(request, socket as Socket, head));
  }

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #tunnel(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const place = request.url ?? '';
    this.asked.push(place);
    const refusal = this.#refusal(request);
    if (refusal !== undefined) socket.end(refusal);
    else if (this.mood === 'hang-up') socket.destroy();
    else if (this.mood === 'reset') socket.resetAndDestroy();
    else if (this.mood === 'open') this.#join(place, socket, head);
  }

  #refusal({ headers }: IncomingMessage): string | undefined {
    const given = Buffer.from((headers['proxy-authorization'] ?? '').replace(/^Basic /, ''), 'base64').toString();
    const isUnknown = this.wanted !== undefined && given !== this.wanted;
    if (isUnknown || this.mood === 'password') {
      return 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="plant"\r\n\r\n';
    }
    if (this.mood === 'forbidden') return `HTTP/1.1 403 Forbidden\r\n${PAGE_HEAD}${PAGE}`;
    if (this.mood === 'page') return `HTTP/1.1 200 OK\r\n${PAGE_HEAD}${PAGE}`;
    return this.mood === 'garbage' ? PAGE : undefined;
  }

  #join(place: string, socket: Socket, head: Buffer): void {
    const [name = '', port] = place.split(':');
    const { host, port: at } = this.names.get(name) ?? { host: name, port: Number(port) };
    const onward = connect(at, host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    this.#keep(onward);
    onward.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  }
}

const PAGE = '<html><body>Please sign in</body></html>';
const PAGE_HEAD = `Content-Type: text/html\r\nContent-Length: ${PAGE.length}\r\n\r\n`;
