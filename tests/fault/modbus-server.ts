import { createServer, type Server, type Socket } from 'node:net';
import type { AskedFor } from './modbus-framing.ts';
import { type FaultScript, FaultSession } from './modbus-session.ts';

export type { AskedFor } from './modbus-framing.ts';
export type { Mischief } from './modbus-mischief.ts';

export interface FaultServer {
  readonly port: number;
  /** Every function code that ever arrived, with how often. */
  readonly functionCodes: Map<number, number>;
  /** Every request since the start or the last `forget`. */
  readonly asked: AskedFor[];
  /** How many connections are open now. */
  openConnections(): number;
  /** How many connections were ever taken. */
  connectionsTaken(): number;
  forget(): void;
  close(): Promise<void>;
}

export interface FaultServerOptions extends FaultScript {
  port?: number;
  /** How many clients are served at a time; more are turned away. */
  clientsMax?: number;
}

/**
 * A Modbus server on 127.0.0.1 that misbehaves as its script says, in either framing. Written against the
 * specification on bare sockets, sharing no code with the driver that it tests.
 */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const sockets = new Set<Socket>();
  const functionCodes = new Map<number, number>();
  const asked: AskedFor[] = [];
  let taken = 0;
  const note = (request: AskedFor): number => {
    functionCodes.set(request.functionCode, (functionCodes.get(request.functionCode) ?? 0) + 1);
    asked.push(request);
    return asked.length;
  };
  const server: Server = createServer((socket) => {
    if (sockets.size >= (options.clientsMax ?? Number.POSITIVE_INFINITY)) {
      socket.resetAndDestroy();
      return;
    }
    taken += 1;
    sockets.add(socket);
    serve(socket, options, note);
    socket.on('close', () => sockets.delete(socket));
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
    openConnections: () => sockets.size,
    connectionsTaken: () => taken,
    forget: () => {
      asked.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function serve(socket: Socket, options: FaultServerOptions, note: (request: AskedFor) => number): void {
  const isOpen = (): boolean => !socket.destroyed && socket.writable;
  const session = new FaultSession(
    {
      write: (bytes) => {
        if (isOpen()) socket.write(bytes);
      },
      end: (bytes) => {
        socket.end(bytes);
      },
      reset: () => {
        socket.resetAndDestroy();
      },
      after: (delayMs, action) => {
        const timer = setTimeout(action, delayMs);
        return () => clearTimeout(timer);
      },
    },
    options,
    note,
  );
  socket.setNoDelay(true);
  socket.on('data', (bytes) => session.receive(bytes));
  socket.on('error', () => undefined);
  socket.on('close', () => session.end());
}
