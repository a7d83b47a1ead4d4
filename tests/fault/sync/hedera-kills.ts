import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openDataFolder } from '../../../appliance/data-folder.ts';
import { type Random, seededRandom } from '../../../core/model/random.ts';
import { createApiKey } from '../../../core/store/api-keys.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { countDeliveries } from '../../../core/sync/kept-outbox.ts';
import { FULL_LOAD, flat, pushPlantText } from '../../fixtures/push-plant.ts';
import { type ApplianceProcess, forebay, startApplianceProcess } from '../../peers/forebay-process.ts';
import { FAULTS, type Fault } from '../../peers/hedera/fault-script.ts';
import { type HederaNetwork, startHederaNetwork } from '../../peers/hedera/hedera-network.ts';
import { newOperatorKey, type OperatorKey } from '../../peers/hedera/operator-key.ts';

export interface KillRunOptions {
  readonly seed: number;
  /** Readings, each of which is attested by a message of its own. */
  readonly attestations: number;
  readonly kills: number;
  /** A network that turns most of what it is given away takes minutes to make a topic. */
  readonly killsBegin: 'at once' | 'once the topic is made';
  /** How long the appliance lives from the moment that it answers: drawn between the two. */
  readonly lifeMs: { readonly min: number; readonly max: number };
  /** What the network does wrong, each with a probability of its own between the two. */
  readonly faults: readonly Fault[];
  readonly rate: { readonly min: number; readonly max: number };
  /** Whether the network goes on misbehaving after the last kill. */
  readonly drainIn: 'the same network' | 'calm';
  /** So long after the last kill everything must have arrived. */
  readonly drainMs: number;
  readonly say?: (line: string) => void;
}

export interface KillRunResult {
  /** Ids of the batches of the ledger, and of the messages on the topics of the network in their order. */
  readonly sealed: readonly string[];
  readonly onTopics: readonly string[];
  readonly topics: number;
  /** Readings that the appliance said it recorded, and those that are in the ledger. */
  readonly acknowledged: number;
  readonly readings: number;
  readonly states: { readonly delivered: number; readonly open: number; readonly parked: number };
  /** Receipts of the ledger that are not what the network has: by batch. */
  readonly wrongReceipts: readonly string[];
  readonly fsck: { readonly code: number | null; readonly out: string };
  readonly faults: Readonly<Record<Fault, number>>;
  readonly transactions: number;
  readonly duplicates: number;
  readonly seconds: number;
}

const OPERATOR = '0.0.1001';
const MINUTE_MS = 60_000;
const LOOK_MS = 500;
/** A person presses "try now" so often while the last deliveries wait. */
const TRY_EVERY_MS = 5000;

/**
 * A whole appliance, as its user starts it, delivers to a network that misbehaves, and is ended by SIGKILL again and again;
 * readings are pushed to it all the while. What is left is for the caller to judge.
 */
export async function runKills(options: KillRunOptions): Promise<KillRunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-hedera-kills-'));
  const random = seededRandom(options.seed);
  const key = newOperatorKey();
  const network = await startHederaNetwork({
    seed: options.seed,
    operator: { id: OPERATOR, publicKey: key.publicKey },
    faults: drawRates(options, random),
    consensusDelayMs: 300,
    mirrorDelayMs: 500,
    blockMs: 200,
  });
  const startedMs = Date.now();
  const run = new KillRun(options, random, network, folder, key);
  try {
    await run.live();
    await run.drain();
    return { ...(await run.judge()), seconds: Math.round((Date.now() - startedMs) / 1000) };
  } finally {
    await run.end();
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function drawRates({ faults, rate }: KillRunOptions, random: Random): Partial<Record<Fault, number>> {
  const draw = (): number => rate.min + random.next() * (rate.max - rate.min);
  return Object.fromEntries(FAULTS.filter((fault) => faults.includes(fault)).map((fault) => [fault, draw()]));
}

class KillRun {
  readonly #options: KillRunOptions;
  readonly #random: Random;
  readonly #network: HederaNetwork;
  readonly #config: string;
  readonly #data: string;
  readonly #beganMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  #keys: Record<'ingest' | 'operator', string> = { ingest: '', operator: '' };
  #pushed = 0;
  #running: ApplianceProcess | undefined;

  constructor(options: KillRunOptions, random: Random, network: HederaNetwork, folder: string, key: OperatorKey) {
    this.#options = options;
    this.#random = random;
    this.#network = network;
    this.#config = join(folder, 'plant.yaml');
    this.#data = join(folder, 'data');
    const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(join(folder, 'hedera.key'), pem, { mode: 0o600 });
    writeFileSync(this.#config, `${pushPlantText({ interval: '1m' })}${syncText(network)}`);
  }

  /** Starts it, pushes, kills it, as often as asked. */
  async live(): Promise<void> {
    const { kills, attestations, lifeMs, say } = this.#options;
    this.#keys = newKeys(this.#data);
    if (this.#options.killsBegin === 'once the topic is made') await this.#makeTopic();
    for (let life = 1; life <= kills; life += 1) {
      const appliance = await this.#start();
      const share = Math.ceil((attestations * life) / kills);
      const pushing = this.#push(appliance, share);
      await wait(lifeMs.min + this.#random.next() * (lifeMs.max - lifeMs.min));
      await appliance.kill();
      await pushing;
      say?.(
        `kill ${life}: ${this.#pushed} recorded, ${this.#messages().length} on the topic, ${this.#delivered()} settled`,
      );
    }
  }

  async #makeTopic(): Promise<void> {
    const appliance = await this.#start();
    await this.#push(appliance, 1);
    const startedMs = Date.now();
    while (this.#delivered() === 0) {
      await wait(TRY_EVERY_MS);
      await post(`${appliance.url}/api/v1/sync/run`, this.#keys.operator, {});
    }
    await appliance.kill();
    this.#options.say?.(`the topic and one message took ${Math.round((Date.now() - startedMs) / 1000)} s`);
  }

  /** One more life, until nothing waits. */
  async drain(): Promise<void> {
    const { attestations, drainMs, say } = this.#options;
    if (this.#options.drainIn === 'calm') this.#network.calm();
    const appliance = await this.#start();
    await this.#push(appliance, attestations);
    const endMs = Date.now() + drainMs;
    for (let n = 1; this.#delivered() < attestations && Date.now() < endMs; n += 1) {
      await wait(LOOK_MS);
      if (n % (TRY_EVERY_MS / LOOK_MS) !== 0) continue;
      await post(`${appliance.url}/api/v1/sync/run`, this.#keys.operator, {});
      say?.(`${this.#messages().length} on the topic, ${this.#delivered()} settled of ${attestations}`);
    }
    const ending = await appliance.stop();
    if (ending.code !== 0) throw new Error(`the appliance ended with ${ending.code}`);
  }

  /** Leaves nothing running, whatever went wrong. */
  async end(): Promise<void> {
    await this.#running?.kill();
  }

  async #start(): Promise<ApplianceProcess> {
    this.#running = await startApplianceProcess(this.#config, this.#data);
    return this.#running;
  }

  async judge(): Promise<Omit<KillRunResult, 'seconds'>> {
    const store = openStore(join(this.#data, 'ledger.db'), { access: 'read' });
    try {
      const { delivered, parked, ...others } = countDeliveries(store, 'hedera');
      const fsck = await forebay('ledger', 'fsck', '--data', this.#data);
      const texts = store.all<{ message: string }>('SELECT message FROM batches ORDER BY idx');
      const readings = store.get<{ count: number }>("SELECT count(*) AS count FROM entries WHERE kind = 'reading'");
      return {
        sealed: texts.map(({ message }) => message),
        onTopics: this.#messages(),
        topics: this.#network.topics.size,
        acknowledged: this.#pushed,
        readings: readings?.count ?? 0,
        states: { delivered, parked, open: others.waiting + others.sending + others.unknown },
        wrongReceipts: this.#wrongReceipts(store.all<{ bytes: Uint8Array }>(RECEIPTS)),
        fsck: { code: fsck.code, out: fsck.out + fsck.err },
        faults: this.#network.faults.counts(),
        transactions: this.#network.transactions.length,
        duplicates: this.#network.transactions.filter(({ effect }) => effect.status === 'DUPLICATE_TRANSACTION').length,
      };
    } finally {
      store.close();
    }
  }

  /** Pushes up to the reading of this number, in their order, until the appliance is gone. */
  async #push({ url }: ApplianceProcess, upTo: number): Promise<void> {
    while (this.#pushed < upTo) {
      const n = this.#pushed;
      const atMs = this.#beganMs - (this.#options.attestations - n) * MINUTE_MS;
      const values = { ...FULL_LOAD, export_counter_kwh: 7000 + n * 30.85 };
      const status = await post(`${url}/api/v1/telemetry`, this.#keys.ingest, flat('unit1', atMs, values));
      if (status === undefined) return;
      // 409: it was recorded before the last kill, and the answer did not come through.
      if (status !== 201 && status !== 409) throw new Error(`the push of reading ${n} is answered with ${status}`);
      this.#pushed += 1;
    }
  }

  #messages(): readonly string[] {
    return [...this.#network.topics.values()].flatMap(({ messages }) =>
      messages.map(({ message }) => Buffer.from(message).toString('utf8')),
    );
  }

  #delivered(): number {
    const store = openStore(join(this.#data, 'ledger.db'), { access: 'read' });
    try {
      return countDeliveries(store, 'hedera').delivered;
    } finally {
      store.close();
    }
  }

  /** Receipts that name another place, time or running hash than the network has for the batch's message. */
  #wrongReceipts(rows: readonly { bytes: Uint8Array }[]): string[] {
    return rows.flatMap(({ bytes }) => {
      const { body } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { body: ReceiptBody };
      const { topic, sequence, runningHash } = body.receipt;
      const message = this.#network.topics.get(topic)?.messages[sequence - 1];
      const isRight = message?.runningHash.toString('base64') === runningHash;
      return isRight ? [] : [`batch ${body.batch}: ${topic} ${sequence}`];
    });
  }
}

interface ReceiptBody {
  readonly batch: number;
  readonly receipt: { readonly topic: string; readonly sequence: number; readonly runningHash: string };
}

function newKeys(data: string): Record<'ingest' | 'operator', string> {
  const store = openStore(openDataFolder(data).storePath, { access: 'write' });
  const keyFor = (role: 'ingest' | 'operator'): string =>
    createApiKey(store, { name: role, role, nowMs: Date.now() }, randomBytes).key;
  const keys = { ingest: keyFor('ingest'), operator: keyFor('operator') };
  store.close();
  return keys;
}

const RECEIPTS = "SELECT bytes FROM entries WHERE kind = 'receipt' ORDER BY idx";

function syncText({ nodes, mirrorUrl }: HederaNetwork): string {
  const list = Object.entries(nodes).map(([address, id]) => `"${address}": ${id}`);
  return `sync:
  hedera:
    nodes: { ${list.join(', ')} }
    mirror: ${mirrorUrl}
    operatorId: ${OPERATOR}
    operatorKeyFile: hedera.key
    anchor: { mode: direct, every: 1m }
`;
}

/** The status of the answer, or undefined where none came: the appliance is gone. */
async function post(url: string, key: string, body: object): Promise<number | undefined> {
  try {
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
