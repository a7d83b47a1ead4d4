import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { dataFolderAt, openDataFolder } from '../../../appliance/data-folder.ts';
import { type CloseParts, closeMonth } from '../../../appliance/month/close-month.ts';
import { openDeviceKey } from '../../../appliance/open-device-key.ts';
import { systemClock } from '../../../appliance/system-clock.ts';
import type { TokensAnswer } from '../../../appliance/tokens/token-answer.ts';
import type { NewEntry } from '../../../core/ledger/entry.ts';
import { createRecorder } from '../../../core/ledger/recorder.ts';
import { type Random, seededRandom } from '../../../core/model/random.ts';
import { toIso } from '../../../core/model/time.ts';
import { createApiKey } from '../../../core/store/api-keys.ts';
import { ledgerStorage } from '../../../core/store/ledger-store.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { judgedReading } from '../../fixtures/judged-reading.ts';
import { ASHA } from '../../fixtures/minting-ledger.ts';
import { FULL_LOAD, flat, pushPlantText } from '../../fixtures/push-plant.ts';
import { type ApplianceProcess, forebay, startApplianceProcess } from '../../peers/forebay-process.ts';
import { FAULTS, type Fault } from '../../peers/hedera/fault-script.ts';
import { type HederaNetwork, startHederaNetwork } from '../../peers/hedera/hedera-network.ts';
import { newOperatorKey, type OperatorKey } from '../../peers/hedera/operator-key.ts';

export interface MintKillOptions {
  readonly seed: number;
  /** Closed months, each of which holds a little more than `certificates`, so that something is carried on. */
  readonly months: number;
  readonly certificates: number;
  readonly kills: number;
  /** How long the appliance lives from the moment that it answers: drawn between the two. */
  readonly lifeMs: { readonly min: number; readonly max: number };
  /** What the network does wrong, each with a probability of its own between the two. */
  readonly faults: readonly Fault[];
  readonly rate: { readonly min: number; readonly max: number };
  /** Whether the network goes on misbehaving after the last kill. */
  readonly drainIn: 'the same network' | 'calm';
  readonly drainMs: number;
  readonly say?: (line: string) => void;
}

export interface MintKillResult {
  /** Stretches that the network's certificates name, in the order in which they were minted. */
  readonly stretches: readonly string[];
  readonly tokens: number;
  /** Certificates that the months hold, and that the ledger says were minted. */
  readonly due: number;
  readonly recorded: number;
  /** Mints of the ledger whose serials or references are not what the network has. */
  readonly wrong: readonly string[];
  readonly plans: Readonly<Record<string, number>>;
  readonly fsck: { readonly code: number | null; readonly out: string };
  readonly mints: number;
  readonly duplicates: number;
  readonly kills: number;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly seconds: number;
}

const OPERATOR = '0.0.1001';
const MINUTE_MS = 60_000;
const UNIT_WH = 1_000_000;
/** A month's energy beyond its certificates: five months make one more. */
const BEYOND_WH = 200_000;
/** Long ago, since only a month that is past can be closed and the long run closes many. */
const FIRST_YEAR = 2010;
const LOOK_MS = 500;
type Who = 'ingest' | 'asha' | 'ravi';

/**
 * A whole appliance mints certificates on a network that misbehaves, and is ended by SIGKILL again and again; two persons
 * approve one month after another all the while. What is left is for the caller to judge.
 */
export async function runMintKills(options: MintKillOptions): Promise<MintKillResult> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-mint-kills-'));
  const random = seededRandom(options.seed);
  const key = newOperatorKey();
  const operator = { id: OPERATOR, publicKey: key.publicKey };
  const draw = (): number => options.rate.min + random.next() * (options.rate.max - options.rate.min);
  const faults = Object.fromEntries(
    FAULTS.filter((each) => options.faults.includes(each)).map((each) => [each, draw()]),
  );
  const network = await startHederaNetwork({
    seed: options.seed,
    operator,
    faults,
    consensusDelayMs: 200,
    mirrorDelayMs: 300,
    blockMs: 100,
  });
  const startedMs = Date.now();
  const run = new MintKillRun(options, random, network, folder, key);
  try {
    await run.prepare();
    await run.live();
    await run.drain();
    return { ...(await run.judge()), seconds: Math.round((Date.now() - startedMs) / 1000) };
  } finally {
    await run.end();
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

class MintKillRun {
  readonly #options: MintKillOptions;
  readonly #random: Random;
  readonly #network: HederaNetwork;
  readonly #config: string;
  readonly #data: string;
  #keys: Record<Who, string> = { ingest: '', asha: '', ravi: '' };
  #running: ApplianceProcess | undefined;
  #killed = 0;

  constructor(options: MintKillOptions, random: Random, network: HederaNetwork, folder: string, key: OperatorKey) {
    this.#options = options;
    this.#random = random;
    this.#network = network;
    this.#config = join(folder, 'plant.yaml');
    this.#data = join(folder, 'data');
    const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(join(folder, 'hedera.key'), pem, { mode: 0o600 });
    writeFileSync(this.#config, `${pushPlantText({ interval: '1m' })}${syncText(network)}`);
  }

  /** A ledger with closed months, which the topic attests. */
  async prepare(): Promise<void> {
    const { months, certificates } = this.#options;
    this.#keys = newKeys(this.#data);
    await (await this.#start()).stop();
    const folder = dataFolderAt(this.#data);
    const store = openStore(folder.storePath, { access: 'write' });
    const deviceKey = openDeviceKey(folder, store, 'HP-PUSH');
    const recorder = createRecorder({ storage: ledgerStorage(store), key: deviceKey, clock: systemClock });
    const config = { plant: { timezone: 'UTC' }, intervalMs: MINUTE_MS, units: [] } as unknown as CloseParts['config'];
    const parts = { config, store, nowMs: Date.now, record: (entry: NewEntry) => recorder.record([entry]) };
    for (let n = 0; n < months; n += 1) {
      const [from, to] = [Date.UTC(FIRST_YEAR, n, 5), Date.UTC(FIRST_YEAR, n, 5, 1)].map(toIso) as [string, string];
      const energy = { energyWh: certificates * UNIT_WH + BEYOND_WH, energyImportWh: 0, registers: {}, samples: [] };
      const reading = { plantId: 'HP-PUSH', unitId: 'unit9', from, to, ...energy };
      recorder.record([judgedReading(n, { status: 'APPROVED', reading }, deviceKey)]);
      await closeMonth(parts, { month: from.slice(0, 7), leave: ['gaps'], ...ASHA });
    }
    store.close();
    const appliance = await this.#start();
    const atMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
    await call(appliance, this.#keys.ingest, 'POST', '/api/v1/telemetry', flat('unit1', atMs, FULL_LOAD));
    for (let n = 1; !(await this.#isAttested(appliance)); n += 1) {
      await wait(LOOK_MS);
      if (n % TRY_EVERY === 0) await call(appliance, this.#keys.ravi, 'POST', '/api/v1/sync/run', {});
    }
    await appliance.kill();
  }

  async #isAttested(appliance: ApplianceProcess): Promise<boolean> {
    const answer = await this.#ask(appliance);
    return answer?.months[0]?.mintable !== null && answer !== undefined;
  }

  /** Starts it, approves what may be minted, kills it, as often as asked. */
  async live(): Promise<void> {
    const { kills, lifeMs, say } = this.#options;
    for (let life = 1; life <= kills && !this.#isAllMinted(); life += 1) {
      const appliance = await this.#start();
      const endMs = Date.now() + lifeMs.min + this.#random.next() * (lifeMs.max - lifeMs.min);
      const persons = this.#approve(appliance, endMs);
      await wait(endMs - Date.now());
      await appliance.kill();
      await persons;
      this.#killed += 1;
      say?.(`kill ${life}: ${this.#stretches().length} of ${this.#due} minted`);
    }
  }

  /** One more life, until all is minted. */
  async drain(): Promise<void> {
    const { drainIn, drainMs, say } = this.#options;
    if (drainIn === 'calm') this.#network.calm();
    const appliance = await this.#start();
    const endMs = Date.now() + drainMs;
    for (let n = 1; Date.now() < endMs; n += 1) {
      await this.#decide(appliance);
      const answer = await this.#ask(appliance);
      if (answer?.minted.units === this.#due && answer.work?.state === 'idle') break;
      await wait(LOOK_MS);
      if (n % TRY_EVERY !== 0) continue;
      await call(appliance, this.#keys.ravi, 'POST', '/api/v1/sync/run', {});
      say?.(`${answer?.minted.units} of ${this.#due} recorded; ${answer?.work?.fault?.code ?? ''}`);
    }
    const ending = await appliance.stop();
    if (ending.code !== 0) throw new Error(`the appliance ended with ${ending.code}`);
  }

  /** Leaves nothing running, whatever went wrong. */
  async end(): Promise<void> {
    await this.#running?.kill();
  }

  async judge(): Promise<Omit<MintKillResult, 'seconds'>> {
    const list = await forebay('tokens', 'list', '--data', this.#data, '--json');
    const answer = JSON.parse(list.out) as TokensAnswer;
    const fsck = await forebay('ledger', 'fsck', '--data', this.#data);
    const rows = this.#network.transactions.filter(({ name }) => name === 'TOKENMINT');
    return {
      stretches: this.#stretches(),
      tokens: this.#network.tokens.size,
      due: this.#due,
      recorded: answer.minted.units,
      wrong: this.#wrong(),
      plans: Object.fromEntries(
        [...Map.groupBy(answer.plans, ({ state }) => state)].map(([state, plans]) => [state, plans.length]),
      ),
      fsck: { code: fsck.code, out: fsck.out + fsck.err },
      mints: rows.filter(({ effect }) => effect.status === 'SUCCESS').length,
      duplicates: rows.filter(({ effect }) => effect.status === 'DUPLICATE_TRANSACTION').length,
      kills: this.#killed,
      faults: this.#network.faults.counts(),
    };
  }

  get #due(): number {
    const { months, certificates } = this.#options;
    return Math.floor((months * (certificates * UNIT_WH + BEYOND_WH)) / UNIT_WH);
  }

  async #start(): Promise<ApplianceProcess> {
    this.#running = await startApplianceProcess(this.#config, this.#data);
    return this.#running;
  }

  async #approve(appliance: ApplianceProcess, endMs: number): Promise<void> {
    while (Date.now() < endMs) {
      await this.#decide(appliance);
      await wait(LOOK_MS);
    }
  }

  /** One person proposes what may be minted, the other one approves what is proposed. */
  async #decide(appliance: ApplianceProcess): Promise<void> {
    const answer = await this.#ask(appliance);
    const open = answer?.plans.find(({ state }) => state === 'proposed');
    const next = answer?.months.find(({ mintable }) => mintable !== null);
    const { asha, ravi } = this.#keys;
    if (open !== undefined) await call(appliance, ravi, 'POST', `/api/v1/tokens/plans/${open.id}/approve`, {});
    else if (next !== undefined) await call(appliance, asha, 'POST', '/api/v1/tokens/plans', { month: next.month });
  }

  async #ask(appliance: ApplianceProcess): Promise<TokensAnswer | undefined> {
    return (await call(appliance, this.#keys.ravi, 'GET', '/api/v1/tokens')) as TokensAnswer | undefined;
  }

  #isAllMinted(): boolean {
    return this.#stretches().length >= this.#due;
  }

  #stretches(): readonly string[] {
    return [...this.#network.tokens.values()].flatMap(({ nfts }) =>
      nfts.map(({ metadata }) => Buffer.from(metadata).toString('utf8').split(' ').at(-1) ?? ''),
    );
  }

  /** What the ledger says of its mints, held against the network. */
  #wrong(): string[] {
    const store = openStore(dataFolderAt(this.#data).storePath, { access: 'read' });
    try {
      const rows = store.all<{ bytes: Uint8Array }>(
        "SELECT bytes FROM entries WHERE kind = 'token-minted' ORDER BY idx",
      );
      return rows.flatMap(({ bytes }) => {
        const { body } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { body: MintedBody };
        const nfts = this.#network.tokens.get(body.token)?.nfts ?? [];
        const said = body.serials.map((serial) => Buffer.from(nfts[serial - 1]?.metadata ?? []).toString('utf8'));
        const due = body.serials.map((_, i) => `${body.fromWh + i * UNIT_WH}+${UNIT_WH}`);
        return said.map((text) => text.split(' ').at(-1)).join() === due.join()
          ? []
          : [`${body.fromWh}: ${said.join()}`];
      });
    } finally {
      store.close();
    }
  }
}

const TRY_EVERY = 10;

interface MintedBody {
  readonly token: string;
  readonly fromWh: number;
  readonly serials: readonly number[];
}

function newKeys(data: string): Record<Who, string> {
  const store = openStore(openDataFolder(data).storePath, { access: 'write' });
  const keyFor = (name: Who, role: 'ingest' | 'engineer'): string =>
    createApiKey(store, { name, role, nowMs: Date.now() }, randomBytes).key;
  const keys = {
    ingest: keyFor('ingest', 'ingest'),
    asha: keyFor('asha', 'engineer'),
    ravi: keyFor('ravi', 'engineer'),
  };
  store.close();
  return keys;
}

function syncText({ nodes, mirrorUrl }: HederaNetwork): string {
  const list = Object.entries(nodes).map(([address, id]) => `"${address}": ${id}`);
  return `sync:
  hedera:
    nodes: { ${list.join(', ')} }
    mirror: ${mirrorUrl}
    operatorId: ${OPERATOR}
    operatorKeyFile: hedera.key
    anchor: { mode: direct, every: 1m }
    tokens: { maxSupply: 1000000 }
`;
}

/** What is answered, or undefined where nothing came or it was refused: the appliance is gone, or something came first. */
async function call(
  { url }: ApplianceProcess,
  key: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<unknown> {
  try {
    const headers = { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return response.ok ? answer : undefined;
  } catch {
    return undefined;
  }
}
