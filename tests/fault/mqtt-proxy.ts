import { connect, createServer, type Server, type Socket } from 'node:net';
import { MqttCutter } from './mqtt-wire.ts';

const PUBLISH = 3;

/** A way to a broker that a test can cut, and that counts the packets which clients send through it. */
export interface MqttProxy {
  readonly port: number;
  /** Packets from clients by their type on the wire; 3 is PUBLISH. */
  readonly sent: ReadonlyMap<number, number>;
  readonly publishes: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  readonly standing: number;
  /** Breaks every connection, without a word to either side of MQTT. */
  cut(): void;
  /** Swallows what comes from both sides: the connection stands and nothing moves. */
  stall(): void;
  resume(): void;
  /** While false, whoever connects is turned away at once. */
  isOpen: boolean;
  close(): Promise<void>;
}

export async function startMqttProxy(target: number): Promise<MqttProxy> {
  const proxy = new CuttingProxy(target);
  await proxy.listen();
  return proxy;
}

class CuttingProxy implements MqttProxy {
  readonly sent = new Map<number, number>();
  isOpen = true;
  accepted = 0;
  readonly #target: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #server: Server = createServer((socket) => this.#accept(socket));
  #isStalled = false;

  constructor(target: number) {
    this.#target = target;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  get publishes(): number {
    return this.sent.get(PUBLISH) ?? 0;
  }

  get standing(): number {
    return this.#pairs.size;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve());
    });
  }

  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  stall(): void {
    this.#isStalled = true;
  }

  resume(): void {
    this.#isStalled = false;
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(client: Socket): void {
    if (!this.isOpen) {
      client.destroy();
      return;
    }
    this.accepted += 1;
    const broker = connect({ host: '127.0.0.1', port: this.#target });
    const pair = [client, broker] as const;
    const cutter = new MqttCutter(({ type }) => this.sent.set(type, (this.sent.get(type) ?? 0) + 1));
    this.#pairs.add(pair);
    client.on('data', (bytes) => {
      if (this.#isStalled) return;
      cutter.take(bytes);
      broker.write(bytes);
    });
    broker.on('data', (bytes) => {
      if (!this.#isStalled) client.write(bytes);
    });
    for (const [one, other] of [pair, [broker, client] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
