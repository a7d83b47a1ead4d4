import { createServer, type Server, type Socket } from 'node:net';
import { coversTopic } from '../../drivers/mqtt/topic.ts';
import { binary, MqttCutter, type MqttPacket, packet, text, varint } from './mqtt-wire.ts';

/** A small MQTT broker (3.1.1 and 5) that does what a test wants, wrong things included. It forwards nothing. */
export interface FaultBroker {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that stand now. */
  readonly standing: number;
  /** Every packet that came from clients, by its kind, such as CONNECT; SUBSCRIBE and PUBLISH with their topic. */
  readonly received: readonly ReceivedPacket[];
  /** Answers of the broker; each may be changed while it runs. */
  readonly answers: BrokerAnswers;
  /** Messages that waited for a client: it gets them right behind the login, if it asks for its old session. */
  readonly backlog: { readonly topic: string; readonly payload: Uint8Array | string }[];
  /** Messages that a new subscription gets at once. */
  readonly retained: Map<string, Uint8Array | string>;
  /** Sends a message to every connection that subscribed its topic. Returns to how many. */
  publish(topic: string, payload: Uint8Array | string, options?: PublishOptions): number;
  /** Bytes as they are, to every connection. */
  send(bytes: Uint8Array): void;
  /** Cuts every connection. */
  drop(kind: 'reset' | 'fin'): void;
  close(): Promise<void>;
}

export interface ReceivedPacket {
  readonly kind: string;
  readonly topics: readonly string[];
  readonly payload: Uint8Array;
}

export interface BrokerAnswers {
  /** Reason code of CONNACK; 0 lets in. */
  connack: number;
  sessionPresent: boolean;
  /** Reason code of SUBACK for a topic: 0, 1 or 128 and above. */
  suback: (topic: string) => number;
  /** `silent` takes packets and answers nothing, as a half-open connection does. */
  mode: 'normal' | 'silent' | 'mute after login';
}

export interface PublishOptions {
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly qos?: 0 | 1;
  /** Of an earlier subscription, as with a message that waited; the present one when absent. */
  readonly subscriptionId?: number;
}

interface Client {
  readonly socket: Socket;
  version: number;
  readonly filters: Map<string, number | undefined>;
}

const KINDS = [
  '',
  'CONNECT',
  '',
  'PUBLISH',
  'PUBACK',
  '',
  '',
  '',
  'SUBSCRIBE',
  '',
  'UNSUBSCRIBE',
  '',
  'PINGREQ',
  '',
  'DISCONNECT',
];
const SUBSCRIPTION_ID = 0x0b;
const FORMER_SUBSCRIPTION = 268_435_455;
const CLEAN = 2;

export async function startFaultBroker(port = 0): Promise<FaultBroker> {
  const broker = new ScriptedBroker();
  await broker.listen(port);
  return broker;
}

class ScriptedBroker implements FaultBroker {
  readonly received: ReceivedPacket[] = [];
  readonly backlog: { readonly topic: string; readonly payload: Uint8Array | string }[] = [];
  readonly retained = new Map<string, Uint8Array | string>();
  readonly answers: BrokerAnswers = { connack: 0, sessionPresent: false, suback: () => 1, mode: 'normal' };
  accepted = 0;
  readonly #clients = new Set<Client>();
  readonly #server: Server = createServer((socket) => this.#accept(socket));
  #messageId = 0;

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  get standing(): number {
    return this.#clients.size;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve());
    });
  }

  publish(topic: string, payload: Uint8Array | string, options: PublishOptions = {}): number {
    let sent = 0;
    for (const client of this.#clients) {
      const found = [...client.filters].find(([filter]) => coversTopic(filter, topic));
      if (found === undefined) continue;
      sent += 1;
      this.#publishTo(client, topic, payload, { subscriptionId: found[1], ...options });
    }
    return sent;
  }

  send(bytes: Uint8Array): void {
    for (const { socket } of this.#clients) socket.write(bytes);
  }

  drop(kind: 'reset' | 'fin'): void {
    for (const { socket } of this.#clients) {
      if (kind === 'reset') socket.resetAndDestroy();
      else socket.end();
    }
  }

  close(): Promise<void> {
    for (const { socket } of this.#clients) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket): void {
    this.accepted += 1;
    const client: Client = { socket, version: 4, filters: new Map() };
    const cutter = new MqttCutter((each) => this.#take(client, each));
    this.#clients.add(client);
    socket.setNoDelay(true);
    socket.on('data', (bytes) => cutter.take(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#clients.delete(client));
  }

  #take(client: Client, { type, flags, body }: MqttPacket): void {
    const kind = KINDS[type] ?? '';
    if (kind === 'PUBLISH') this.#takePublish(flags, body);
    else if (kind === 'SUBSCRIBE') this.#takeSubscribe(client, body);
    else this.#takePlain(client, kind, body);
  }

  #takePlain(client: Client, kind: string, body: Buffer): void {
    this.received.push({ kind, topics: [], payload: body });
    if (this.answers.mode === 'silent') return;
    if (kind === 'CONNECT') this.#takeConnect(client, body);
    if (kind === 'PINGREQ') client.socket.write(packet(13, 0, Buffer.alloc(0)));
    if (kind === 'UNSUBSCRIBE')
      client.socket.write(
        packet(11, 0, Buffer.concat([body.subarray(0, 2), binary(client.version === 5 ? [0, 0] : [])])),
      );
    if (kind === 'DISCONNECT') client.socket.end();
  }

  #takeConnect(client: Client, body: Buffer): void {
    client.version = body[6] ?? 4;
    const { connack, sessionPresent } = this.answers;
    client.socket.write(
      packet(
        2,
        0,
        binary([
          connack === 0 && sessionPresent && ((body[7] ?? 0) & CLEAN) === 0 ? 1 : 0,
          connack,
          ...(client.version === 5 ? [0] : []),
        ]),
      ),
    );
    if (connack !== 0) client.socket.end();
    const isFresh = ((body[7] ?? 0) & CLEAN) !== 0;
    if (connack !== 0 || isFresh || !sessionPresent) return;
    for (const { topic, payload } of this.backlog.splice(0)) {
      this.#publishTo(client, topic, payload, { qos: 1, subscriptionId: FORMER_SUBSCRIPTION });
    }
  }

  #takePublish(flags: number, body: Buffer): void {
    const length = body.readUInt16BE(0);
    const topic = body.toString('utf8', 2, 2 + length);
    this.received.push({
      kind: 'PUBLISH',
      topics: [topic],
      payload: body.subarray(2 + length + ((flags & 6) === 0 ? 0 : 2)),
    });
  }

  #takeSubscribe(client: Client, body: Buffer): void {
    const { topics, subscriptionId } = readSubscribe(client.version, body);
    this.received.push({ kind: 'SUBSCRIBE', topics, payload: body });
    if (this.answers.mode !== 'normal') return;
    const codes = topics.map((topic) => this.answers.suback(topic));
    client.socket.write(
      packet(9, 0, Buffer.concat([body.subarray(0, 2), binary(client.version === 5 ? [0] : []), binary(codes)])),
    );
    for (const [index, topic] of topics.entries()) {
      if ((codes[index] ?? 128) >= 128) continue;
      client.filters.set(topic, subscriptionId);
      for (const [kept, payload] of this.retained) {
        if (coversTopic(topic, kept)) this.#publishTo(client, kept, payload, { retain: true, subscriptionId });
      }
    }
  }

  #publishTo(
    client: Client,
    topic: string,
    payload: Uint8Array | string,
    {
      retain = false,
      dup = false,
      qos = 0,
      subscriptionId,
    }: Omit<PublishOptions, 'subscriptionId'> & { subscriptionId: number | undefined },
  ): void {
    this.#messageId = (this.#messageId % 65_535) + 1;
    const flags = (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
    const id = subscriptionId === undefined ? [] : [SUBSCRIPTION_ID, ...varint(subscriptionId)];
    const body = Buffer.concat([
      text(topic),
      binary(qos === 0 ? [] : [this.#messageId >> 8, this.#messageId & 255]),
      binary(client.version === 5 ? [...varint(id.length), ...id] : []),
      Buffer.from(payload as string),
    ]);
    client.socket.write(packet(3, flags, body));
  }
}

function readSubscribe(version: number, body: Buffer): { topics: string[]; subscriptionId: number | undefined } {
  let at = 2;
  let subscriptionId: number | undefined;
  if (version === 5) {
    const length = body[at] ?? 0;
    const properties = body.subarray(at + 1, at + 1 + length);
    if (properties[0] === SUBSCRIPTION_ID) {
      subscriptionId = properties.subarray(1).reduce((sum, byte, place) => sum + (byte & 127) * 128 ** place, 0);
    }
    at += 1 + length;
  }
  const topics: string[] = [];
  while (at < body.length) {
    const length = body.readUInt16BE(at);
    topics.push(body.toString('utf8', at + 2, at + 2 + length));
    at += 3 + length;
  }
  return { topics, subscriptionId };
}
