import type { Socket } from 'node:net';
import type { IDisconnectPacket, IPublishPacket, MqttClient } from 'mqtt';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { BrokerSettings } from './broker-schema.ts';
import { abortedFault, certificateFault, closedFault, codeOf, connectTimeoutFault, lostFault } from './link-fault.ts';
import {
  goodbyeFault,
  keepAliveFault,
  loginFault,
  refusedTopicFault,
  subscribeTimeoutFault,
  unansweredFault,
} from './login-fault.ts';
import type { RebirthEncoder } from './rebirth-request.ts';

/**
 * How old a message may be. `live`: sent on while we listened. `retained`: the broker kept it, nobody knows since when.
 * `waited`: it waited at the broker while the connection was away. `repeated`: the broker sends it once more and may
 * have sent newer ones meanwhile.
 */
export type MessageAge = 'live' | 'retained' | 'waited' | 'repeated';

export interface Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly age: MessageAge;
  /** When it arrived here. */
  readonly atMs: number;
  readonly atMonotonicMs: number;
}

/** What outlives a link: the broker keeps our subscriptions over a short cut, and sends what came meanwhile. */
export interface Session {
  /** Numbers the links; MQTT 5 brokers return it with each message, so that what waited is told from what is new. */
  generation: number;
  /** False before the first link, and where the broker cannot number subscriptions: then nothing is kept. */
  canResume: boolean;
  /** `fresh` for Sparkplug, whose sequence begins with a birth: what waited would only be out of step. */
  readonly kind: 'kept' | 'fresh';
}

export interface LinkParts {
  readonly settings: BrokerSettings;
  readonly clientId: string;
  readonly session: Session;
  readonly host: DriverHost;
  /** How many packets of each kind were sent: counted up. */
  readonly sent: Record<string, number>;
  /** Makes the request for a birth; absent on links of plain MQTT, which have nothing to send. */
  readonly encodeRebirth?: RebirthEncoder;
  readonly onDelivery: (delivery: Delivery) => void;
  readonly onLost: (fault: Fault) => void;
}

/** What a packet may hold at most: an MQTT 5 broker drops what is larger, from others it ends the connection. */
export const PACKET_BYTES_MAX = 4 * 1024 * 1024;
const TOPICS_PER_PACKET = 100;
const GOODBYE_MS = 500;

/**
 * One connection to one broker, from the login to its end; it never connects again by itself. It can subscribe, hear,
 * and ask a Sparkplug edge node for its birth: there is no way to publish anything else through it.
 */
export class BrokerLink {
  readonly #parts: LinkParts;
  readonly #client: MqttClient;
  readonly #socket: Socket;
  readonly #generation: number;
  #isResumed = false;
  #firstByte: number | undefined;
  /** Bytes that came since the last whole packet. */
  #unreadBytes = 0;
  #isLoggedIn = false;
  #end: Fault | undefined;
  #loggedIn: (fault: Fault | undefined) => void = () => undefined;
  readonly #waiting = new Set<(fault: Fault) => void>();

  constructor(client: MqttClient, socket: Socket, parts: LinkParts) {
    this.#parts = parts;
    this.#client = client;
    this.#socket = socket;
    this.#generation = parts.session.generation;
    const { settings } = parts;
    socket.on('data', (bytes: Uint8Array) => {
      this.#firstByte ??= bytes[0];
      this.#unreadBytes += bytes.length;
      if (this.#unreadBytes > 2 * PACKET_BYTES_MAX)
        this.#finish(lostFault(settings, 'it sent a packet that is too large'));
    });
    client.on('packetreceive', () => {
      this.#unreadBytes = 0;
    });
    client.on('packetsend', ({ cmd }) => {
      const kind = cmd.toUpperCase();
      parts.sent[kind] = (parts.sent[kind] ?? 0) + 1;
    });
    client.on('connect', ({ sessionPresent, properties }) => {
      this.#isLoggedIn = true;
      this.#isResumed = sessionPresent;
      const isNumbered = settings.version === '5' && properties?.subscriptionIdentifiersAvailable !== false;
      parts.session.canResume = parts.session.kind === 'kept' && isNumbered;
      this.#loggedIn(undefined);
    });
    client.on('message', (topic, payload, packet) => this.#hear(topic, payload, packet));
    client.on('disconnect', ({ reasonCode }: IDisconnectPacket) =>
      this.#finish(goodbyeFault(reasonCode ?? 0, settings)),
    );
    client.on('error', (error) => this.#finish(this.#faultOf(error)));
    client.on('close', () => this.#finish(this.#isLoggedIn ? lostFault(settings, 'closed') : this.#unanswered()));
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /** Resolves once the broker let us in, or with the reason why not. */
  login(withinMs: number, signal: AbortSignal): Promise<Fault | undefined> {
    const { settings, host } = this.#parts;
    return new Promise((resolve) => {
      const cancel = host.clock.after(withinMs, () => this.#finish(connectTimeoutFault(settings)));
      const onAbort = (): void => this.#finish(abortedFault());
      this.#loggedIn = (fault) => {
        cancel();
        signal.removeEventListener('abort', onAbort);
        resolve(fault);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#client.connect();
    });
  }

  /** Subscribes topics and returns those that the broker refuses, each with its fault; or why the link is lost. */
  async subscribe(topics: readonly string[], qos: 0 | 1): Promise<ReadonlyMap<string, Fault> | Fault> {
    const refused = new Map<string, Fault>();
    for (let at = 0; at < topics.length; at += TOPICS_PER_PACKET) {
      const some = topics.slice(at, at + TOPICS_PER_PACKET);
      const granted = await this.#subscribeSome(some, qos);
      if ('code' in granted) return granted;
      for (const [index, topic] of some.entries()) {
        const reason = granted[index] ?? 128;
        if (reason >= 128) refused.set(topic, refusedTopicFault(topic, reason));
      }
    }
    return refused;
  }

  unsubscribe(topics: readonly string[]): void {
    if (this.isOpen && topics.length > 0) this.#client.unsubscribe([...topics], () => undefined);
  }

  /**
   * Asks a Sparkplug edge node to say anew what it has: the only thing that is ever sent, and nothing at all on a link
   * that is not one for Sparkplug. Returns whether it was sent.
   */
  requestRebirth(group: string, node: string): boolean {
    const { encodeRebirth, host } = this.#parts;
    if (!this.isOpen || encodeRebirth === undefined) return false;
    const payload = Buffer.from(encodeRebirth(host.clock.wallMs()));
    this.#client.publish(`spBv1.0/${group}/NCMD/${node}`, payload, { qos: 0, retain: false }, () => undefined);
    return true;
  }

  /** Says goodbye, so that the broker keeps nothing for us, and frees the socket. */
  async close(): Promise<void> {
    if (this.isOpen) {
      const properties = this.#parts.settings.version === '5' ? { properties: { sessionExpiryInterval: 0 } } : {};
      await new Promise<void>((resolve) => {
        const cancel = this.#parts.host.clock.after(GOODBYE_MS, resolve);
        this.#client.end(false, { reasonCode: 0, ...properties } as object, () => {
          cancel();
          resolve();
        });
      });
      this.#parts.session.canResume = false;
    }
    this.#finish(closedFault());
  }

  #subscribeSome(topics: string[], qos: 0 | 1): Promise<readonly number[] | Fault> {
    if (this.#end !== undefined) return Promise.resolve(this.#end);
    const { settings, host } = this.#parts;
    return new Promise((resolve) => {
      const settle = (outcome: readonly number[] | Fault): void => {
        cancel();
        this.#waiting.delete(settle);
        resolve(outcome);
      };
      const cancel = host.clock.after(settings.timeout, () => this.#finish(subscribeTimeoutFault(settings)));
      this.#waiting.add(settle);
      const properties = this.#parts.session.canResume
        ? { properties: { subscriptionIdentifier: this.#generation } }
        : {};
      this.#client.subscribe(topics, { qos, ...properties }, (error, _grants, packet) => {
        const answer = packet ?? answerOf(error);
        if (answer !== undefined) settle(answer.granted as number[]);
      });
    });
  }

  #hear(topic: string, payload: Uint8Array, packet: IPublishPacket): void {
    const { clock } = this.#parts.host;
    try {
      this.#parts.onDelivery({
        topic,
        payload,
        age: this.#ageOf(packet),
        atMs: clock.wallMs(),
        atMonotonicMs: clock.monotonicMs(),
      });
    } catch (error) {
      // A mistake of ours with one message must not end the program: it costs this connection.
      const message = `The driver failed: ${error instanceof Error ? error.message : String(error)}.`;
      this.#finish({ code: 'ACQ_DRIVER_ERROR', message, policy: 'reconnect' });
    }
  }

  #ageOf(packet: IPublishPacket): MessageAge {
    if (packet.retain) return 'retained';
    if (this.#isResumed) {
      const numbers = [packet.properties?.subscriptionIdentifier ?? []].flat();
      if (!numbers.includes(this.#generation)) return 'waited';
    }
    return packet.dup ? 'repeated' : 'live';
  }

  #faultOf(error: Error): Fault {
    const { settings } = this.#parts;
    const reason = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
    if (!this.#isLoggedIn && reason !== undefined) return loginFault(reason, settings);
    if (error.message === 'Keepalive timeout') return keepAliveFault(settings);
    const certificate = certificateFault(error, settings);
    if (certificate !== undefined) return certificate;
    if (!this.#isLoggedIn) return this.#unanswered();
    return lostFault(settings, codeOf(error) === '' ? 'it sent what is no MQTT' : codeOf(error));
  }

  #unanswered(): Fault {
    return unansweredFault(this.#parts.settings, this.#firstByte);
  }

  #finish(fault: Fault): void {
    if (this.#end !== undefined) return;
    this.#end = fault;
    this.#client.end(true);
    this.#socket.destroy();
    this.#loggedIn(fault);
    for (const settle of this.#waiting) settle(fault);
    if (this.#isLoggedIn) this.#parts.onLost(fault);
  }
}

/** A refused topic makes the library call the whole packet an error; the answer hangs on that. */
function answerOf(error: Error | null): { readonly granted: readonly unknown[] } | undefined {
  return error !== null && 'packet' in error ? (error.packet as { granted: unknown[] } | undefined) : undefined;
}
