import { createHash } from 'node:crypto';
import type { DeviceKey } from '../../core/ledger/device-key.ts';
import { type HederaNetwork, hederaDid, hederaDidMessage } from '../../core/ledger/did-hedera.ts';
import { type CancelTimer, type Clock, sleep } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { Log } from '../../core/model/log.ts';
import type { Random } from '../../core/model/random.ts';
import { toIso } from '../../core/model/time.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { retryDelayMs } from '../../core/sync/breaker.ts';
import type { DeliverOutcome, Delivery, SyncFault, SyncSession, SyncTarget } from '../../core/sync/target.ts';
import {
  type DidMessage,
  didAttempts,
  didEntry,
  forgetDid,
  forgetDidAttempts,
  keepDidAttempt,
  keepDidMessage,
  pendingDid,
  publishedDid,
  rootKeyOf,
} from './kept-did.ts';
import type { OpenSyncParts } from './open-plant-sync.ts';

export interface DidPublisherParts extends Pick<OpenSyncParts, 'store' | 'record'> {
  readonly key: Pick<DeviceKey, 'sign' | 'publicKey'>;
  readonly network: HederaNetwork;
  /** The topic of the DID, as a target of its own: it holds nothing but DID messages. */
  readonly target: SyncTarget;
  /** The topic that `target` delivers to, known at the latest once it is connected. */
  readonly topicOf: () => string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const DEADLINE_MS = 180_000;
/** What does not let go by then writes nothing any more, and the appliance ends without it. */
const STOP_MS = 1000;
/** What a person has to mend is tried again so late. */
const REFUSED_AGAIN_MS = 3_600_000;

/**
 * Publishes the device's DID on Hedera, once, and what a change of the key makes of it. What goes out is signed and kept
 * before it is sent, and goes through the same exactly-once delivery as the evidence.
 */
export class DidPublisher {
  readonly #parts: DidPublisherParts;
  readonly #ending = new AbortController();
  #cancelTimer: CancelTimer = () => undefined;
  #underWay: Promise<void> | undefined;
  #failures = 0;
  #fault: SyncFault | undefined;
  #isRefused = false;

  constructor(parts: DidPublisherParts) {
    this.#parts = parts;
  }

  /** Why the last attempt did not publish it. */
  get fault(): SyncFault | undefined {
    return this.#fault;
  }

  start(): void {
    if (this.isPublished() || this.#ending.signal.aborted) return;
    this.#cancelTimer();
    this.#underWay ??= this.#publish().then((delayMs): void => {
      this.#underWay = undefined;
      if (delayMs === undefined || this.#ending.signal.aborted) return;
      this.#cancelTimer = this.#parts.clock.after(delayMs, () => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#cancelTimer();
    await Promise.race([this.#underWay, sleep(this.#parts.clock, STOP_MS)]);
  }

  /** Lets go at once and writes nothing any more, as a crash does. */
  crash(): void {
    this.#ending.abort();
    this.#cancelTimer();
  }

  /** Whether the key in force is the root key of a DID that the network shows. */
  isPublished(): boolean {
    const { store, network, key } = this.#parts;
    if (pendingDid(store) !== undefined) return false;
    return publishedDid(store, network)?.owner === rootKeyOf(key.publicKey);
  }

  /** @returns when to try again, or undefined when it is published */
  async #publish(): Promise<number | undefined> {
    const { clock, log, random } = this.#parts;
    const deadline = new AbortController();
    const cancel = clock.after(DEADLINE_MS, () => deadline.abort());
    const signal = AbortSignal.any([this.#ending.signal, deadline.signal]);
    try {
      this.#fault = await this.#attempt(signal);
    } catch (error) {
      // A store that takes nothing now takes it later, and no DID is worth the end of the appliance.
      const message = error instanceof Error ? error.message : String(error);
      this.#fault = { code: error instanceof Failure ? error.code : 'SYN_TARGET_FAILED', message };
    } finally {
      cancel();
    }
    // The key may have changed once more since the message that went out was signed.
    if (this.#fault === undefined) return this.isPublished() ? undefined : retryDelayMs(1, random);
    log.warn({ code: this.#fault.code }, `The DID is not published yet. ${this.#fault.message}`);
    this.#failures += 1;
    return this.#isRefused ? REFUSED_AGAIN_MS : retryDelayMs(this.#failures, random);
  }

  async #attempt(signal: AbortSignal): Promise<SyncFault | undefined> {
    this.#isRefused = false;
    const connected = await this.#parts.target.connect(signal);
    if (connected.kind !== 'connected') return connected.fault;
    const { session } = connected;
    try {
      if (signal.aborted) return ENDED;
      const message = this.#message();
      const outcome = await this.#send(session, message, signal);
      if (this.#ending.signal.aborted) return ENDED;
      if (outcome.kind === 'delivered') return this.#settle(message, outcome.receipt);
      this.#isRefused = outcome.kind === 'refused';
      return outcome.fault;
    } finally {
      await session.close();
    }
  }

  /** What waits to be published; where nothing does, the message that creates the DID of the key in force. */
  #message(): DidMessage {
    const { store, key, network, topicOf, clock } = this.#parts;
    const topic = topicOf() ?? '';
    const pending = pendingDid(store);
    if (pending !== undefined && pending.network === network && pending.topic === topic) return pending;
    const facts = { network, topicId: topic, publicKey: key.publicKey };
    const envelope = hederaDidMessage(facts, toIso(clock.wallMs()), (bytes) => key.sign(bytes));
    const owner = rootKeyOf(key.publicKey);
    const text = JSON.stringify(envelope);
    const message = { operation: 'create', network, topic, did: hederaDid(facts), owner, text } as const;
    this.#write((write) => keepDidMessage(write, message));
    return message;
  }

  async #send(session: SyncSession, message: DidMessage, signal: AbortSignal): Promise<DeliverOutcome> {
    const { store } = this.#parts;
    const { text } = message;
    const batch = { index: 0, id: idOf(text), message: text, first: 0, end: 0, size: 0 };
    const delivery: Delivery = {
      batch,
      intents: didAttempts(store),
      keepIntent: (intent) => {
        this.#refuseReplaced(message);
        this.#write((write) => keepDidAttempt(write, intent));
        return Promise.resolve();
      },
    };
    if (delivery.intents.length === 0) return session.deliver(delivery, signal);
    const found = await session.locate(delivery, signal);
    if (found.kind !== 'absent') return found;
    if (signal.aborted) return { kind: 'unknown', fault: ENDED };
    this.#refuseReplaced(message);
    this.#write(forgetDidAttempts);
    return session.deliver({ ...delivery, intents: [] }, signal);
  }

  /** The device key may change between two steps of a delivery, and with it what is to be published. Nothing is sent then. */
  #refuseReplaced({ text }: DidMessage): void {
    if (pendingDid(this.#parts.store)?.text === text) return;
    throw new Failure('SYN_DID_REPLACED', 'The device key changed while its DID was being published.', {
      hint: 'nothing needs to be done: the DID of the new key is published next',
    });
  }

  #settle(message: DidMessage, receipt: JsonObject): undefined {
    const { record, log } = this.#parts;
    record([didEntry(message, idOf(message.text), receipt)], (write) => {
      if (pendingDid(write)?.text === message.text) forgetDid(write);
    });
    log.info({ did: message.did }, 'The DID is published');
  }

  #write(work: (write: WritableStore) => void): void {
    const { store } = this.#parts;
    store.write(() => work(store));
  }
}

const ENDED: SyncFault = { code: 'SYN_NO_ANSWER', message: 'The appliance ended meanwhile.' };

/** SHA-256 of the message as it is sent, hexadecimal. */
function idOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
