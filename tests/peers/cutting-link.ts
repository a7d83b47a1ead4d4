import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Random } from '../../core/model/random.ts';

/** Where a connection is cut: after so many bytes in one direction. */
export interface Cut {
  readonly direction: 'up' | 'down';
  readonly afterBytes: number;
}

/** A link between a plant and a server that goes, stands still or is cut at any byte. */
export class CuttingLink {
  isUp = true;
  /** Of the next request with this method the answer is lost, or nothing gets through. */
  next: { readonly what: 'lose-answer' | 'hang'; readonly method: string } | undefined;
  /** Decides for each new connection whether and where it is cut. */
  chooseCut: () => Cut | undefined = () => undefined;
  /** How many connections were cut. */
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #portOf: () => number | undefined;

  private constructor(portOf: () => number | undefined) {
    this.#portOf = portOf;
    this.#server = createServer((socket) => this.#join(socket));
  }

  /** `portOf` says where the server listens at the moment, if it does. */
  static async start(portOf: () => number | undefined): Promise<CuttingLink> {
    const link = new CuttingLink(portOf);
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  setUp(isUp: boolean): void {
    this.isUp = isUp;
    if (!isUp) for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(plant: Socket): void {
    this.#keep(plant);
    const port = this.#portOf();
    if (!this.isUp || port === undefined) {
      plant.destroy();
      return;
    }
    const server = connect(port, '127.0.0.1');
    this.#keep(server);
    const cut = this.chooseCut();
    const left = { up: Infinity, down: Infinity };
    if (cut !== undefined) left[cut.direction] = cut.afterBytes;
    let isMute = false;
    let isStill = false;
    const pass = (direction: 'up' | 'down', bytes: Buffer, to: Socket): void => {
      const part = bytes.subarray(0, left[direction]);
      left[direction] -= part.length;
      to.write(part);
      if (left[direction] > 0) return;
      this.cuts += 1;
      // What was let through arrives; what comes after does not.
      to.end(() => to.destroy());
      (to === server ? plant : server).destroy();
    };
    plant.on('data', (bytes) => {
      const mood = this.#moodFor(bytes);
      if (mood === 'hang') isStill = true;
      if (mood === 'lose-answer') isMute = true;
      if (!isStill) pass('up', bytes, server);
    });
    server.on('data', (bytes) => {
      if (isMute) plant.destroy();
      else pass('down', bytes, plant);
    });
    plant.on('close', () => server.end());
    server.on('close', () => plant.destroy());
  }

  #moodFor(bytes: Buffer): 'lose-answer' | 'hang' | undefined {
    const { next } = this;
    if (next === undefined || !bytes.subarray(0, 10).toString('latin1').startsWith(`${next.method} `)) return undefined;
    this.next = undefined;
    return next.what;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** Cuts every connection at a random byte, up or down, of what an exchange or a few have. */
export function randomCuts(
  random: Random,
  { upBytesMax, downBytesMax }: Record<'upBytesMax' | 'downBytesMax', number>,
) {
  return (): Cut => {
    const direction = random.next() < UP_SHARE ? 'up' : 'down';
    const bytesMax = direction === 'up' ? upBytesMax : downBytesMax;
    return { direction, afterBytes: 1 + Math.floor(random.next() * bytesMax) };
  };
}

const UP_SHARE = 0.6;
