import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Plant } from '../../appliance/plant.ts';
import type { Reading } from '../../core/acquisition/reading.ts';
import type { TimeAnswer } from '../../core/acquisition/time-servers.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { silentLog } from '../../core/model/log.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { queryReadings } from '../../core/store/readings.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { driverHost } from '../contract/driver-host.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { type Script, scriptedDriver } from '../fixtures/scripted-driver.ts';

export interface ScenarioParts {
  readonly beginMs: number;
  readonly config: PlantConfig;
  /** `trueMs` tells the time that really passed since the beginning, over crashes and whatever the clocks say. */
  readonly script: (trueMs: () => number) => Script;
  /** The time that the device gives with its values; none when absent. */
  readonly deviceTime?: (wallMs: number) => number;
  readonly askTimeServer?: (host: string, clock: ManualClock) => TimeAnswer;
}

/** A whole plant in simulated time on a store of its own, that can be stopped, crashed and started again. */
export class PlantInTime {
  clock: ManualClock;
  readonly #parts: ScenarioParts;
  readonly #folder = mkdtempSync(join(tmpdir(), 'forebay-time-'));
  readonly key = deviceKeyFromSeed(new Uint8Array(32).fill(9), 'HP-TIME');
  #store: WritableStore;
  #plant: Plant | undefined;
  #passedMs = 0;

  constructor(parts: ScenarioParts) {
    this.#parts = parts;
    this.clock = new ManualClock(parts.beginMs);
    this.#store = this.#open();
  }

  get plant(): Plant | undefined {
    return this.#plant;
  }

  start(): void {
    const { config, script, askTimeServer, deviceTime } = this.#parts;
    const { driver } = scriptedDriver(
      script(() => this.trueMs()),
      { deviceTime },
    );
    this.#plant = new Plant({
      config,
      configuration: { plantId: 'HP-001', text: '', sha256: hash('sha256', '', 'hex') },
      drivers: new Map([['scripted', driver]]),
      hostOf: () => driverHost(1, { clock: this.clock }),
      store: this.#store,
      key: this.key,
      clock: this.clock,
      random: seededRandom(2),
      askTimeServer: async (host) => askTimeServer?.(host, this.clock) ?? { kind: 'silent', why: 'no answer in time' },
      log: silentLog,
      version: '0.0.0',
      mode: 'normal',
      listener: {},
    });
    this.#plant.start();
  }

  trueMs(): number {
    return this.#passedMs + this.clock.monotonicMs();
  }

  /** The process is gone at once, and begins again after `offMs` on a clock that stands at `wallMs`. */
  crash(offMs: number, wallMs: number): void {
    this.#passedMs = this.trueMs() + offMs;
    this.#store.close();
    this.clock = new ManualClock(wallMs);
    this.#store = this.#open();
    this.start();
  }

  async stop(): Promise<void> {
    const stopped = this.#plant?.stop();
    await this.clock.pass(0);
    await stopped;
  }

  readings(): Reading[] {
    return queryReadings(this.#store, { order: 'asc', limit: 1000 }).items.map(
      ({ body }) => body.reading as unknown as Reading,
    );
  }

  /** Each reading with its verdict, in order. */
  judged(): { readonly reading: Reading; readonly verdict: Verdict }[] {
    return queryReadings(this.#store, { order: 'asc', limit: 1000 }).items.map(
      ({ body }) => body as unknown as { reading: Reading; verdict: Verdict },
    );
  }

  /** The codes of the findings of each reading, in order. */
  findings(): string[][] {
    return queryReadings(this.#store, { order: 'asc', limit: 1000 }).items.map(({ body }) =>
      (body.verdict as unknown as Verdict).findings.map(({ code }) => code),
    );
  }

  clockEntries(): JsonObject[] {
    const rows = this.#store.all<{ bytes: Uint8Array }>("SELECT bytes FROM entries WHERE kind = 'clock' ORDER BY idx");
    return rows.map(({ bytes }) => (JSON.parse(Buffer.from(bytes).toString('utf8')) as { body: JsonObject }).body);
  }

  get store(): WritableStore {
    return this.#store;
  }

  isSound(): boolean {
    return fsck(ledgerReader(this.#store), { verifierKey: this.key.verifierKey }).ok;
  }

  close(): void {
    this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #open(): WritableStore {
    return openStore(join(this.#folder, 'ledger.db'), { access: 'write' });
  }
}
