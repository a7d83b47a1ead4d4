import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { deviceOf, NEVER, OpcUaRig } from './opcua-rig.ts';
import { DECOY, type FaultyOpcUaServer, type NodeAnswer, PLANT_NAMESPACE, serverCertificate } from './opcua-server.ts';

const NAMES = ['Flow', 'Head', 'Power', 'Gate', 'Level', 'Temp'];
const ROUNDS = 120;
/** More of them by hand, for a longer look. */
const RESTARTS = Number(process.env.FOREBAY_OPCUA_RESTARTS ?? 25);
const OTHERS = ['urn:a', 'urn:b', 'urn:c'];

let rig: OpcUaRig;
beforeEach(() => {
  rig = new OpcUaRig();
});
afterEach(() => rig.close());

/**
 * Each value says which node it is of and when it was set: the node's number times a million, plus a count. So a value
 * of another node, an older one than was confirmed, or one that was never there gives itself away.
 */
class Truth {
  readonly #count = new Map<string, number>();

  next(name: string): NodeAnswer {
    const count = (this.#count.get(name) ?? 0) + 1;
    this.#count.set(name, count);
    return { type: 'Double', value: this.#base(name) + count };
  }

  /** What the node holds now. */
  valueOf(name: string): number {
    return this.#base(name) + (this.#count.get(name) ?? 0);
  }

  #base(name: string): number {
    return (NAMES.indexOf(name) + 1) * 1_000_000;
  }
}

test.each([['read'], ['subscribe']])('a seeded run of troubles gives no wrong value, by %s', async (acquire) => {
  const random = seededRandom(announceSeed(`OPC UA troubles, by ${acquire}`));
  const certificate = await serverCertificate();
  const truth = new Truth();
  const answers = (): Record<string, NodeAnswer> => Object.fromEntries(NAMES.map((name) => [name, truth.next(name)]));
  let server = await rig.serve({ nodes: answers(), certificate });
  const { endpoint, port } = server;
  const device = deviceOf(
    endpoint,
    NAMES,
    acquire === 'subscribe' ? { acquire, publishInterval: '50ms' } : { acquire },
  );
  const counts: Record<string, number> = { samples: 0, misses: 0, wrong: 0, sessions: 0 };
  const broken = new Set<string>();
  let connection: Connection | undefined;
  for (let round = 0; round < ROUNDS; round += 1) {
    const trouble = pick(random, TROUBLES);
    counts[trouble] = (counts[trouble] ?? 0) + 1;
    if (trouble === 'restart') {
      await server.stop();
      const namespaces = [...OTHERS.slice(0, Math.floor(random.next() * 4)), PLANT_NAMESPACE];
      broken.clear();
      server = await rig.serve({ nodes: answers(), certificate, port, namespaces });
    } else afflict(trouble, server, random, truth, broken);
    const before = new Map(NAMES.map((name) => [name, truth.valueOf(name)]));
    rig.pass(5000);
    if (connection === undefined) {
      const outcome = await rig.connect(device);
      connection = 'code' in outcome ? undefined : outcome;
    }
    if (connection === undefined) continue;
    const outcomes = await connection.read(device.points, NEVER);
    for (const outcome of outcomes) {
      const name = outcome.point.slice('plc1/'.length);
      if (outcome.kind === 'miss') counts.misses = (counts.misses ?? 0) + 1;
      else {
        counts.samples = (counts.samples ?? 0) + 1;
        if (!isRight(Number(outcome.value), before.get(name) ?? 0, acquire, broken.has(name))) {
          counts.wrong = (counts.wrong ?? 0) + 1;
          process.stdout.write(`WRONG round ${round} ${trouble} ${name} ${outcome.value} want ${before.get(name)}\n`);
        }
      }
    }
    server.answerAfterMs = 0;
    counts.sessions = Math.max(counts.sessions ?? 0, server.sessions);
    if (outcomes.some((outcome) => outcome.kind === 'miss' && outcome.fault.policy === 'reconnect')) {
      await connection.close();
      connection = undefined;
    }
  }
  process.stdout.write(`OPC UA by ${acquire}: ${ROUNDS} rounds ${JSON.stringify(counts)}\n`);
  expect(counts.wrong).toBe(0);
  expect(counts.sessions).toBe(1);
  expect(counts.samples).toBeGreaterThan(ROUNDS * NAMES.length * 0.3);
});

const TROUBLES = ['none', 'change', 'restart', 'session', 'bad', 'type', 'nan', 'silence', 'mend', 'clock'] as const;
type Trouble = (typeof TROUBLES)[number];

function afflict(trouble: Trouble, server: FaultyOpcUaServer, random: Random, truth: Truth, broken: Set<string>): void {
  const name = pick(random, NAMES);
  const odd: Partial<Record<Trouble, Partial<NodeAnswer>>> = {
    bad: { status: pick(random, ['BadSensorFailure', 'BadNotReadable', 'BadWaitingForInitialData']) },
    type: pick(random, [
      { type: 'String', value: '7' },
      { type: 'Boolean', value: true },
      { type: 'Double', value: [1], isList: true },
    ]),
    nan: { value: pick(random, [Number.NaN, Number.POSITIVE_INFINITY]) },
  };
  const change = odd[trouble];
  if (change !== undefined) {
    server.set(name, { ...truth.next(name), ...change });
    broken.add(name);
  } else if (trouble === 'change' || trouble === 'mend') {
    for (const each of trouble === 'mend' ? NAMES : [name]) {
      server.set(each, truth.next(each));
      broken.delete(each);
    }
  } else if (trouble === 'session') server.dropSessions();
  else if (trouble === 'silence') server.silenceSubscriptions(pick(random, ['muted', 'dead']));
  else if (trouble === 'clock') server.clockOffsetMs = (random.next() - 0.5) * 1e12;
}

/** By reading, exactly what is there; by subscription, that or what was there a moment ago, of the same node. */
function isRight(value: number, wanted: number, acquire: string, isBroken: boolean): boolean {
  if (value === DECOY || Math.floor(value / 1_000_000) !== Math.floor(wanted / 1_000_000)) return false;
  if (acquire === 'read') return value === wanted && !isBroken;
  return value <= wanted;
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)] as T;
}

test('a server that restarts over and over never has more than one session of ours', {
  timeout: 360_000 + RESTARTS * 5000,
}, async () => {
  const certificate = await serverCertificate();
  const nodes = { Flow: { type: 'Double', value: 3.5 } } as const;
  let server = await rig.serve({ nodes, certificate });
  const device = deviceOf(server.endpoint, ['Flow'], { acquire: 'subscribe', publishInterval: '50ms' });
  const { port } = server;
  let values = 0;
  for (let restart = 0; restart < RESTARTS; restart += 1) {
    const connection = await rig.connected(device);
    const [flow] = await connection.read(device.points, NEVER);
    values += flow?.kind === 'sample' && flow.value === 3.5 ? 1 : 0;
    expect(server.sessionsMax).toBe(1);
    await server.stop();
    const [lost] = await connection.read(device.points, NEVER);
    // Its value may still be the last that was confirmed; it is never newer than that.
    if (lost?.kind === 'sample') expect(lost.value).toBe(3.5);
    server = await rig.serve({ nodes, certificate, port });
    await connection.close();
  }
  process.stdout.write(`OPC UA restarts: ${RESTARTS}, values after each: ${values}\n`);
  expect(values).toBe(RESTARTS);
});
