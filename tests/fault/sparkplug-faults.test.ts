import { expect, test } from 'vitest';
import { present } from '../../core/model/assert.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import type { Delivery } from '../../drivers/mqtt/broker-link.ts';
import { EdgeNode, type NodeMessage } from '../../drivers/mqtt/edge-node.ts';
import { decodeMetric, type SparkplugRecipe } from '../../drivers/mqtt/sparkplug-decode.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { encode, type MetricText } from './sparkplug-node.ts';

const MESSAGES = 12_000;
const NAMES = ['Flow', 'Head', 'Power', 'Energy', 'Gate'];
const DEVICES = ['', 'unit1', 'unit2'];
/**
 * The numbers begin anew with each birth, so whoever loses everything from right behind one birth up to the next cannot
 * know it. With so many messages between them that does not happen here.
 */
const DATA_BETWEEN_BIRTHS = 8;
const STALE_MS = 3_600_000;

interface Sent {
  readonly message: NodeMessage;
  readonly device: string;
  readonly payload: Uint8Array;
  /** What the node holds once this was said, by device and name; undefined for what it does not vouch for. */
  readonly picture: ReadonlyMap<string, number>;
  readonly session: number;
  /** Place among all the numbered messages of the node; undefined for a last will, which has no number. */
  readonly index?: number;
}

/** An edge node that does everything right, whatever becomes of its messages on the way. */
class HonestNode {
  readonly #random: Random;
  #atMs = Date.UTC(2026, 2, 1);
  #seq = 0;
  #bdSeq = 250;
  #serial = 1;
  #index = 0;
  #aliases = new Map<string, number>();
  #values = new Map<string, number>();
  #isOn = false;
  session = 0;
  dataSinceBirth = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Births of the node and its devices, with the aliases dealt out anew. */
  births(kind: 'session' | 'rebirth'): Sent[] {
    if (kind === 'session') {
      this.#bdSeq = (this.#bdSeq + 1) % 256;
      this.session += 1;
    }
    this.#isOn = true;
    this.dataSinceBirth = 0;
    this.#values.clear();
    const numbers = DEVICES.flatMap(() => NAMES)
      .map((_, index) => ({ index, order: this.#random.next() }))
      .sort((a, b) => a.order - b.order);
    this.#aliases = new Map(
      DEVICES.flatMap((device) => NAMES.map((name) => `${device}/${name}`)).map((key, at) => [
        key,
        present(numbers[at], 'a number').index,
      ]),
    );
    return DEVICES.map((device) => this.#birthOf(device));
  }

  data(): Sent {
    this.dataSinceBirth += 1;
    const device = this.#pick(DEVICES);
    const metrics = NAMES.filter(() => this.#random.next() < 0.5).map((name) => this.#metric(device, name, 'data'));
    return this.#send(device === '' ? 'NDATA' : 'DDATA', device, metrics);
  }

  historical(): Sent {
    const device = this.#pick(DEVICES);
    const alias = this.#aliases.get(`${device}/${this.#pick(NAMES)}`) ?? 0;
    const metric = { alias, type: 'Double', value: -this.#serial, isHistorical: true, timestamp: this.#atMs - 9e6 };
    return this.#send(device === '' ? 'NDATA' : 'DDATA', device, [metric as MetricText]);
  }

  death(bdSeq = this.#bdSeq): Sent {
    this.#isOn = false;
    this.#values.clear();
    return this.will(bdSeq);
  }

  /** The last will of a session that is over, which the broker publishes late. */
  will(bdSeq = (this.#bdSeq + 255) % 256): Sent {
    const payload = encode({ metrics: [{ name: 'bdSeq', type: 'UInt64', value: bdSeq }] });
    const session = this.session - (bdSeq === this.#bdSeq ? 0 : 1);
    return { message: 'NDEATH', device: '', payload, picture: new Map(), session };
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  #birthOf(device: string): Sent {
    const own: MetricText[] = device === '' ? [{ name: 'bdSeq', type: 'UInt64', value: this.#bdSeq }] : [];
    const metrics = [...own, ...NAMES.map((name) => this.#metric(device, name, 'birth'))];
    if (device === '') this.#seq = -1;
    return this.#send(device === '' ? 'NBIRTH' : 'DBIRTH', device, metrics);
  }

  #metric(device: string, name: string, kind: 'birth' | 'data'): MetricText {
    const value = this.#serial++;
    const alias = this.#aliases.get(`${device}/${name}`) ?? 0;
    this.#values.set(`${device}/${name}`, value);
    const named = kind === 'birth' ? { name } : {};
    return { ...named, alias, type: 'Double', value, timestamp: this.#atMs } as MetricText;
  }

  #send(message: NodeMessage, device: string, metrics: readonly MetricText[]): Sent {
    this.#atMs += 1 + Math.floor(this.#random.next() * 1000);
    this.#seq = (this.#seq + 1) % 256;
    this.#index += 1;
    const payload = encode({ timestamp: this.#atMs, seq: this.#seq, metrics: [...metrics] });
    return { message, device, payload, picture: new Map(this.#values), session: this.session, index: this.#index };
  }

  #pick<T>(from: readonly T[]): T {
    return present(from[Math.floor(this.#random.next() * from.length)], 'one of a list');
  }
}

/**
 * What a listener can know at best: the picture of the last message, as long as none before it is missing. A message
 * that was lost without a trace cannot be known of until the next one.
 */
class IdealListener {
  picture: ReadonlyMap<string, number> | undefined;
  #index = 0;
  #session = 0;

  /** A message arrives whole and fresh. */
  hear({ message, picture, session, index }: Sent): void {
    if (index === undefined) {
      if (session >= this.#session) this.picture = undefined;
    } else if (message === 'NBIRTH' && index > this.#index) {
      this.picture = picture;
      this.#session = session;
      this.#index = index;
    } else if (this.picture !== undefined && index !== this.#index) {
      const isNext = index === this.#index + 1;
      this.picture = isNext ? picture : undefined;
      if (isNext) this.#index = index;
    }
  }
}

class Run {
  readonly counts: Record<string, number> = {};
  shown = 0;
  missed = 0;
  readonly #random: Random;
  readonly #node: HonestNode;
  readonly #ideal = new IdealListener();
  readonly #heard = new EdgeNode('river/edge1', STALE_MS, { atMs: 0, atMonotonicMs: 0 });
  #queue: Sent[] = [];
  #past: Sent[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#node = new HonestNode(random);
  }

  step(): void {
    const sent = this.#next();
    const draw = this.#random.next();
    if (draw < 0.04) this.#note('drop');
    else if (draw < 0.07) this.#arrive('twice', sent, sent);
    else if (draw < 0.1) this.#arrive('later first', this.#next(), sent);
    else if (draw < 0.13) this.#replay(sent);
    else if (draw < 0.16) {
      this.#note('retained or repeated');
      this.#take(sent, this.#random.next() < 0.5 ? 'retained' : 'repeated');
    } else if (draw < 0.18) {
      this.#note('cut off');
      this.#ideal.picture = undefined;
      this.#take({ ...sent, payload: sent.payload.subarray(0, sent.payload.length - 1) });
    } else this.#arrive(sent.message, sent);
    this.#compare();
  }

  #arrive(kind: string, ...messages: readonly Sent[]): void {
    this.#note(kind);
    for (const sent of messages) {
      this.#ideal.hear(sent);
      this.#take(sent);
      this.#past = [...this.#past, sent].filter(({ session }) => session === sent.session).slice(-20);
      this.#compare();
    }
  }

  /** An old message of the same session. Births are replayed one at a time: two in a row would look like a clock. */
  #replay(sent: Sent): void {
    this.#arrive('then an old one', sent);
    const old = this.#past.filter(({ message, index }) => message !== 'NBIRTH' && index !== undefined);
    const birth = this.#past.findLast(({ message }) => message === 'NBIRTH');
    const replayed =
      this.#random.next() < 0.3 && this.#node.dataSinceBirth >= DATA_BETWEEN_BIRTHS
        ? birth
        : old[Math.floor(this.#random.next() * old.length)];
    if (replayed === undefined || replayed.session !== sent.session) return;
    const isLast = replayed === sent;
    if (!isLast) this.#ideal.picture = undefined;
    this.#take(replayed);
    if (replayed.message === 'NBIRTH') this.#queue = this.#node.births('session');
  }

  #take(sent: Sent, age: Delivery['age'] = 'live'): void {
    this.#heard.take(sent.message, sent.device, { topic: '', payload: sent.payload, age, atMs: 1, atMonotonicMs: 1 });
  }

  #next(): Sent {
    const sent = this.#queue.shift();
    if (sent !== undefined) return sent;
    const isEarly = this.#node.dataSinceBirth < DATA_BETWEEN_BIRTHS;
    const draw = this.#random.next();
    if (!this.#node.isOn) this.#queue = this.#node.births('session');
    else if (isEarly) this.#queue = [this.#node.data()];
    else if (draw < 0.02) this.#queue = [this.#node.death()];
    else if (draw < 0.04) this.#queue = [...this.#node.births('session'), this.#node.will()];
    else if (draw < 0.1 || (this.#ideal.picture === undefined && draw < 0.5))
      this.#queue = this.#node.births('rebirth');
    else if (draw < 0.15) this.#queue = [this.#node.historical()];
    else this.#queue = [this.#node.data()];
    return this.#next();
  }

  #note(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }

  #compare(): void {
    for (const device of DEVICES) {
      for (const name of NAMES) {
        const value = this.#heard.valueOf(device, name, 1);
        const known = this.#ideal.picture?.get(`${device}/${name}`);
        if (!('metric' in value)) {
          this.missed += 1;
          // What is whole is shown: being careful is no excuse for showing nothing.
          expect(known, `${value.code} (${value.message}) for ${device}/${name}`).toBeUndefined();
          continue;
        }
        const decoded = decodeMetric(RECIPE, value.metric);
        expect(decoded.kind === 'decoded' ? decoded.value : decoded.fault.code, `${device}/${name}`).toBe(known);
        this.shown += 1;
      }
    }
  }
}

test('whatever becomes of the messages of an edge node, no value is wrong or of another metric', () => {
  const run = new Run(seededRandom(announceSeed('sparkplug-faults')));
  for (let count = 0; count < MESSAGES; count += 1) run.step();
  const { counts, shown, missed } = run;
  process.stdout.write(
    `sparkplug faults: ${JSON.stringify(counts)}, ${shown} values shown, ${missed} missed, 0 wrong\n`,
  );
  expect(shown).toBeGreaterThan(20_000);
  expect(missed).toBeGreaterThan(1000);
  expect(Object.keys(counts).length).toBeGreaterThanOrEqual(11);
});

const RECIPE: SparkplugRecipe = {
  v: 1,
  driver: 'sparkplug-b',
  group: 'river',
  node: 'edge1',
  metric: 'any',
  type: 'Double',
  scale: '1',
  offset: '0',
};
