import type { Fault } from '../../core/model/fault.ts';
import type { Delivery } from './broker-link.ts';
import { MetricBook, type MetricValueHeard } from './metric-book.ts';
import {
  deviceOfflineFault,
  deviceUnbornFault,
  doubtFault,
  noBirthFault,
  nodeOfflineFault,
  nodeSilentFault,
} from './sparkplug-fault.ts';
import { readPayload, type SparkplugPayload } from './sparkplug-payload.ts';

/** What an edge node publishes (Sparkplug 3.0, clause 4.1). Commands to it are not heard. */
export const NODE_MESSAGES = ['NBIRTH', 'NDEATH', 'NDATA', 'DBIRTH', 'DDEATH', 'DDATA'] as const;
export type NodeMessage = (typeof NODE_MESSAGES)[number];

/** What a message was: `ignored` is late, doubled or of an earlier session of the node. */
export type NodeOutcome =
  | { readonly kind: 'taken'; readonly historical: number }
  | { readonly kind: 'ignored' }
  /** The picture is not whole any more: a birth is needed. */
  | { readonly kind: 'doubt' };

/** Sequence numbers run from 0 to 255 and begin again (Sparkplug 3.0, clause 6.4.1). */
const SEQUENCE = 256;
const BD_SEQ = 'bdSeq';

/**
 * What one edge node has said since its birth. A value stands until the next one, for as long as nothing tells that the
 * picture may not be whole: a death, a number missing in the sequence, an alias that the birth does not know, or plain
 * silence. From then on nothing is believed until the next birth, because a birth that was lost may have given every
 * alias to another metric.
 */
export class EdgeNode {
  readonly #name: string;
  readonly #staleAfterMs: number;
  /** The books of the node itself (under the empty name) and of its devices, or why there is none. */
  readonly #books = new Map<string, MetricBook | Fault>();
  /** Why nothing is believed; undefined while the picture is whole. */
  #fault: Fault | undefined;
  #isDead = false;
  /** A device sends data, and its birth never came. */
  #lacksDevice = false;
  #bdSeq: bigint | undefined;
  #seq = 0;
  /** The latest time that the node gave in this session, by its own clock. */
  #newestMs = 0;
  #birthMs = 0;
  #refusedBirthMs: number | undefined;
  #lastPayload: Uint8Array | undefined;
  #heardAtMs: number;
  #heardAtMonotonicMs: number;

  constructor(name: string, staleAfterMs: number, now: { readonly atMs: number; readonly atMonotonicMs: number }) {
    this.#name = name;
    this.#staleAfterMs = staleAfterMs;
    this.#fault = noBirthFault(name, now.atMs);
    this.#heardAtMs = now.atMs;
    this.#heardAtMonotonicMs = now.atMonotonicMs;
  }

  /** Whether the node should be asked for a birth: the picture is not whole, or it has been silent for long. */
  needsBirth(nowMonotonicMs: number): boolean {
    if (this.#isDead) return false;
    return this.#fault !== undefined || this.#lacksDevice || this.#silenceMs(nowMonotonicMs) > this.#staleAfterMs / 2;
  }

  take(message: NodeMessage, device: string, delivery: Delivery): NodeOutcome {
    // Nothing of this kind is kept by a broker or sent twice: what is, has an age that nobody knows.
    if (delivery.age !== 'live') return { kind: 'ignored' };
    const read = readPayload(delivery.payload);
    if (read.kind === 'flaw') return this.#doubt(`a ${message} that cannot be read: ${read.what}`);
    const { payload } = read;
    if (message === 'NDEATH') return this.#die(payload, delivery);
    if (message === 'NBIRTH') return this.#beBorn(payload, delivery);
    if (this.#isDead) return this.#doubt(`a ${message} after its death`);
    if (this.#fault !== undefined) return { kind: 'doubt' };
    if (this.#isRepeated(payload, delivery.payload)) return { kind: 'ignored' };
    const expected = (this.#seq + 1) % SEQUENCE;
    if (payload.seq !== expected) return this.#doubt(`number ${payload.seq ?? 'none'} came in place of ${expected}`);
    // The numbers of two births may meet by chance; the node's own clock tells what was before.
    if ((payload.timestampMs ?? this.#birthMs) < this.#birthMs) return this.#doubt('something from before the birth');
    this.#remember(payload.seq, delivery);
    this.#newestMs = Math.max(this.#newestMs, payload.timestampMs ?? 0);
    return this.#takeInOrder(message, device, payload, delivery);
  }

  valueOf(device: string, metric: string, nowMonotonicMs: number): MetricValueHeard | Fault {
    if (this.#fault !== undefined) return this.#fault;
    if (this.#silenceMs(nowMonotonicMs) > this.#staleAfterMs) return nodeSilentFault(this.#name, this.#heardAtMs);
    const book = this.#books.get(device);
    if (book === undefined) return deviceUnbornFault(device);
    return book instanceof MetricBook ? book.valueOf(metric) : book;
  }

  #beBorn(payload: SparkplugPayload, delivery: Delivery): NodeOutcome {
    if (payload.seq === undefined || payload.seq >= SEQUENCE) return this.#doubt('an NBIRTH without a number');
    const bdSeq = bdSeqOf(payload);
    if (this.#isEarlierBirth(bdSeq, payload)) {
      this.#refusedBirthMs = payload.timestampMs;
      return this.#doubt('an NBIRTH from before');
    }
    this.#refusedBirthMs = undefined;
    this.#books.clear();
    this.#books.set('', new MetricBook(payload, delivery));
    this.#bdSeq = bdSeq;
    this.#birthMs = payload.timestampMs ?? 0;
    this.#newestMs = this.#birthMs;
    this.#fault = undefined;
    this.#isDead = false;
    this.#lacksDevice = false;
    this.#remember(payload.seq, delivery);
    return { kind: 'taken', historical: 0 };
  }

  /**
   * The last will of one session of the node. It comes from the broker, maybe after the node is back with a new session:
   * then its number is not that of the birth. A number ahead of the birth's means that a birth was missed.
   */
  #die(payload: SparkplugPayload, delivery: Delivery): NodeOutcome {
    const died = bdSeqOf(payload);
    if (died !== undefined && this.#bdSeq !== undefined && died !== this.#bdSeq) {
      const behind = Number(BigInt.asUintN(8, this.#bdSeq - died));
      return behind < SEQUENCE / 2 ? { kind: 'ignored' } : this.#doubt('the death of another birth');
    }
    this.#books.clear();
    this.#isDead = true;
    this.#fault = nodeOfflineFault(this.#name, delivery.atMs);
    this.#remember(this.#seq, delivery);
    return { kind: 'taken', historical: 0 };
  }

  #takeInOrder(message: NodeMessage, device: string, payload: SparkplugPayload, delivery: Delivery): NodeOutcome {
    if (message === 'DBIRTH') {
      this.#books.set(device, new MetricBook(payload, delivery));
      return { kind: 'taken', historical: 0 };
    }
    if (message === 'DDEATH') {
      this.#books.set(device, deviceOfflineFault(device, delivery.atMs));
      return { kind: 'taken', historical: 0 };
    }
    const book = this.#books.get(message === 'NDATA' ? '' : device);
    if (!(book instanceof MetricBook)) {
      // No message was lost, so the rest of the picture is whole: only this device has no names for its data.
      this.#lacksDevice = true;
      return { kind: 'doubt' };
    }
    const outcome = book.take(payload, delivery);
    return outcome.kind === 'doubt' ? this.#doubt(outcome.what) : outcome;
  }

  /**
   * A birth of the same session with an earlier time is an old one that took a long way, and its aliases may be others.
   * One that is known already cannot make a picture whole that broke after it.
   * Where it was the node's clock that was put back, the next birth says so by being later than this one.
   */
  #isEarlierBirth(bdSeq: bigint | undefined, { timestampMs }: SparkplugPayload): boolean {
    if (timestampMs === undefined || bdSeq === undefined || bdSeq !== this.#bdSeq) return false;
    const isConfirmed = this.#refusedBirthMs !== undefined && timestampMs > this.#refusedBirthMs;
    const isKnown = timestampMs === this.#newestMs && this.#fault !== undefined;
    return (timestampMs < this.#newestMs || isKnown) && !isConfirmed;
  }

  #isRepeated({ seq }: SparkplugPayload, bytes: Uint8Array): boolean {
    return seq === this.#seq && this.#lastPayload !== undefined && Buffer.compare(this.#lastPayload, bytes) === 0;
  }

  #doubt(what: string): NodeOutcome {
    this.#isDead = false;
    this.#fault = doubtFault(this.#name, what);
    return { kind: 'doubt' };
  }

  #remember(seq: number, { payload, atMs, atMonotonicMs }: Delivery): void {
    this.#seq = seq;
    this.#lastPayload = payload;
    this.#heardAtMs = atMs;
    this.#heardAtMonotonicMs = atMonotonicMs;
  }

  #silenceMs(nowMonotonicMs: number): number {
    return nowMonotonicMs - this.#heardAtMonotonicMs;
  }
}

function bdSeqOf({ metrics }: SparkplugPayload): bigint | undefined {
  const value = metrics.find(({ name }) => name === BD_SEQ)?.values[0];
  return value !== undefined && 'bits' in value ? value.bits : undefined;
}
