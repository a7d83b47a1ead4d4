import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface ProxyCall {
  /** `host:port` as it was asked for. */
  readonly target: string;
  readonly authorization: string | undefined;
}

/** Where a call is led; `refuse` answers 403 instead. */
export type ProxyRoute = (call: ProxyCall, count: number) => number | 'refuse';

/** A proxy that knows HTTP CONNECT only, and leads each call to a port on this computer. */
export class ConnectProxy {
  readonly calls: ProxyCall[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #route: ProxyRoute;

  constructor(route: ProxyRoute) {
    this.#route = route;
    this.#server = createServer((_request, response) => response.writeHead(405).end());
    this.#server.on('connect', (request: IncomingMessage, socket: Socket) => this.#lead(request, socket));
  }

  /** Gives its address, `127.0.0.1:port`. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return `127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #lead(request: IncomingMessage, socket: Socket): void {
    const call = { target: request.url ?? '', authorization: request.headers['proxy-authorization'] };
    this.calls.push(call);
    const count = this.calls.filter(({ target }) => target === call.target).length;
    const port = this.#route(call, count);
    this.#keep(socket);
    if (port === 'refuse') {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const way = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(way).pipe(socket);
    });
    this.#keep(way);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
