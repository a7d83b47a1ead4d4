import { afterEach, expect, test } from 'vitest';
import type { Connection, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import { present } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { mqtt } from '../../drivers/mqtt/mqtt.ts';
import { announceSeed, driverHost, machineClock } from '../contract/driver-host.ts';
import { mqttDevice } from '../contract/mqtt-device.ts';
import { until } from '../peers/until.ts';
import { type FaultBroker, startFaultBroker } from './mqtt-broker.ts';
import { packet } from './mqtt-wire.ts';

const NEVER = new AbortController().signal;
const STEPS = 600;
const HOUR_MS = 3_600_000;
const MALFORMED = ['{"v":', '{"v":"1,5"}', '{"v":1,"v":2}', '{"V":3}', '', '{"v":NaN}', '{"v":null}', '\u0000', '[1]'];

const brokers: FaultBroker[] = [];

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close();
});

/**
 * One point without a time of its own, one with, and one that tells when everything before it was taken in. Each value
 * is used once, so that a value from elsewhere would show.
 */
class Run {
  readonly counts: Record<string, number> = {};
  checked = 0;
  readonly #broker: FaultBroker;
  readonly #random: Random;
  readonly #host: DriverHost;
  readonly #device;
  #connection: Connection | undefined;
  #aheadMs = 0;
  #next = 1000;
  /** What each point must show: a value, or undefined for a miss. */
  #plain: number | undefined;
  #dated: number | undefined;
  #old: { readonly value: number; readonly atMs: number } = { value: 0, atMs: Date.now() - HOUR_MS };

  constructor(broker: FaultBroker, seed: number) {
    this.#broker = broker;
    this.#random = seededRandom(seed);
    const clock: Clock = { ...machineClock, monotonicMs: () => machineClock.monotonicMs() + this.#aheadMs };
    this.#host = driverHost(seed, { clock, shared: new Shared() });
    this.#device = mqttDevice(
      { url: `mqtt://127.0.0.1:${broker.port}` },
      [
        { id: 'plain', topic: 't/plain', path: '$.v', unit: 'kW' },
        { id: 'dated', topic: 't/dated', path: '$.v', unit: 'kW', timePath: '$.t', timeFormat: 'ms' },
        { id: 'fence', topic: 't/fence', unit: 'kW' },
      ],
      600_000,
    );
  }

  async step(): Promise<void> {
    const kinds = Object.keys(this.#kinds);
    const kind = present(kinds[Math.floor(this.#random.next() * kinds.length)], 'a kind');
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    if (this.#connection === undefined) await this.#connect();
    await this.#kinds[kind]?.();
    await this.#check(kind);
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }

  readonly #kinds: Record<string, () => Promise<void> | void> = {
    good: () => this.#publishBoth(this.#fresh()),
    drop: () => undefined,
    duplicate: () => {
      const message = this.#fresh();
      this.#publishBoth(message);
      this.#publishBoth(message);
    },
    'repeated by the broker': () => this.#publish(this.#old, { dup: true, qos: 1 }),
    'retained and stale': () => this.#publish(this.#old, { retain: true }),
    'later first': () => {
      const earlier = this.#fresh();
      const later = { value: this.#next++, atMs: earlier.atMs + 1 };
      this.#publishBoth(later);
      this.#publishBoth(earlier);
      // Without a time of its own the last to come is all that can be known.
      this.#dated = later.value;
    },
    backlog: () => {
      const known = this.#dated;
      for (let ageMs = 10 * HOUR_MS; ageMs > 0; ageMs -= HOUR_MS) {
        this.#broker.publish('t/dated', payloadOf({ value: this.#next++, atMs: Date.now() - ageMs - HOUR_MS }));
      }
      this.#dated = known;
    },
    malformed: () => {
      const payload = present(MALFORMED[Math.floor(this.#random.next() * MALFORMED.length)], 'a payload');
      this.#broker.publish('t/plain', payload);
      this.#broker.publish('t/dated', payload);
      this.#plain = undefined;
      this.#dated = undefined;
    },
    foreign: () => {
      this.#broker.send(packet(3, 0, Buffer.from('\0\x07t/other\0{"v":-1}', 'latin1')));
    },
    silence: async () => {
      this.#broker.answers.mode = 'silent';
      this.#aheadMs += HOUR_MS;
      expect(await this.#shown(), 'half-open').toEqual([undefined, undefined]);
      this.#broker.answers.mode = 'normal';
      this.#plain = undefined;
      this.#dated = undefined;
    },
    reset: () => this.#lose(() => this.#broker.drop('reset')),
    'end within a packet': () =>
      this.#lose(() => {
        this.#broker.send(packet(3, 0, Buffer.from('\0\x07t/plain\0{"v":-2}', 'latin1')).subarray(0, 14));
        this.#broker.drop('fin');
      }),
    'nonsense in place of a packet': () =>
      this.#lose(() => this.#broker.send(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    'waited over a cut': async () => {
      this.#broker.answers.sessionPresent = true;
      await this.#lose(() => this.#broker.drop('reset'));
      const waited = this.#fresh();
      for (const topic of ['t/plain', 't/dated']) this.#broker.backlog.push({ topic, payload: payloadOf(waited) });
      await this.#connect();
      this.#broker.answers.sessionPresent = false;
      this.#dated = waited.value;
    },
    'kept over a cut': async () => {
      for (const topic of ['t/plain', 't/dated']) this.#broker.retained.set(topic, payloadOf(this.#old));
      await this.#lose(() => this.#broker.drop('fin'));
      await this.#connect();
      this.#broker.retained.clear();
    },
  };

  async #connect(): Promise<void> {
    // A minute later for the driver, so that the limit on attempts does not slow the test down.
    this.#aheadMs += 61_000;
    const outcome = await mqtt.connect(this.#device, this.#host, NEVER);
    if (outcome.kind === 'fault') throw new Error(`${outcome.fault.code}: ${outcome.fault.message}`);
    this.#connection = outcome.connection;
  }

  async #lose(how: () => void): Promise<void> {
    const connection = present(this.#connection, 'a connection');
    how();
    const outcomes = await until(
      () => connection.read(this.#device.points, NEVER),
      ([first]) => first?.kind === 'miss' && first.fault.policy === 'reconnect',
    );
    expect(outcomes.every(({ kind }) => kind === 'miss')).toBe(true);
    await connection.close();
    this.#connection = undefined;
    this.#plain = undefined;
    this.#dated = undefined;
  }

  async #check(kind: string): Promise<void> {
    if (this.#connection === undefined) return;
    const connection = this.#connection;
    const fence = this.#next++;
    this.#broker.publish('t/fence', String(fence));
    await until(
      () => connection.read(this.#device.points, NEVER),
      (outcomes) => shownBy(outcomes[2]) === fence,
    );
    expect(await this.#shown(), `after "${kind}"`).toEqual([this.#plain, this.#dated]);
    this.checked += 2;
  }

  async #shown(): Promise<(number | undefined)[]> {
    const outcomes = (await this.#connection?.read(this.#device.points, NEVER)) ?? [];
    return outcomes.slice(0, 2).map(shownBy);
  }

  #fresh(): { readonly value: number; readonly atMs: number } {
    return { value: this.#next++, atMs: Date.now() };
  }

  #publishBoth(message: { readonly value: number; readonly atMs: number }): void {
    this.#publish(message, { qos: this.#random.next() < 0.5 ? 0 : 1 });
    this.#plain = message.value;
    this.#dated = message.value;
    this.#old = { ...message, atMs: message.atMs - HOUR_MS };
  }

  #publish(
    message: { readonly value: number; readonly atMs: number },
    options: Parameters<FaultBroker['publish']>[2],
  ): void {
    this.#broker.publish('t/plain', payloadOf(message), options);
    this.#broker.publish('t/dated', payloadOf(message), options);
  }
}

test('whatever broker and publishers do, no value is wrong', async () => {
  const seed = announceSeed('mqtt-faults');
  const broker = await startFaultBroker();
  brokers.push(broker);
  const run = new Run(broker, seed);
  for (let step = 0; step < STEPS; step += 1) await run.step();
  await run.close();
  const publishes = broker.received.filter(({ kind }) => kind === 'PUBLISH').length;
  process.stdout.write(`mqtt faults: ${JSON.stringify(run.counts)}, ${run.checked} values checked, 0 wrong\n`);
  expect(Object.keys(run.counts)).toHaveLength(15);
  expect(run.checked).toBeGreaterThan(STEPS);
  expect(publishes).toBe(0);
});

function payloadOf({ value, atMs }: { readonly value: number; readonly atMs: number }): string {
  return JSON.stringify({ v: value, t: atMs });
}

function shownBy(outcome: Outcome | undefined): number | undefined {
  return outcome?.kind === 'sample' ? Number(outcome.value) : undefined;
}
