import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hubLedger } from '../../../appliance/sync/hub-ledger.ts';
import { openHub } from '../../../appliance/sync/open-hub.ts';
import { sealedUntil, sealerOf } from '../../../appliance/sync/sealing.ts';
import { systemClock } from '../../../appliance/system-clock.ts';
import type { HubConfig } from '../../../core/config/plant.ts';
import type { DeviceKey } from '../../../core/ledger/device-key.ts';
import { KeyInUse } from '../../../core/ledger/key-in-use.ts';
import { present } from '../../../core/model/assert.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { openStore } from '../../../core/store/open-store.ts';
import type { Batch } from '../../../core/sync/batch.ts';
import { listItems } from '../../../core/sync/kept-outbox.ts';
import { seal } from '../../../core/sync/sealer.ts';
import type { SyncTarget } from '../../../core/sync/target.ts';
import type { HubLedger } from '../../../core/sync/targets/hub/hub-ledger.ts';
import { judgedReading } from '../../fixtures/judged-reading.ts';
import { testGenesis, testKey, testRecorder } from '../../fixtures/ledger.ts';
import { CuttingLink } from '../cutting-link.ts';
import { HubKey } from './hub-key.ts';
import { HubServer, type HubServerParts } from './hub-server.ts';

const HOUR_MS = 3_600_000;
const NO_FILES = { read: () => ({ kind: 'secret', text: '' }) as const };

/** A ledger, a hub and a link between them, each of which can be treated badly. */
export class HubRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'forebay-hub-'));
  readonly key = HubKey.create('hub.example/test');
  readonly store: WritableStore = openStore(join(this.folder, 'ledger.db'), { access: 'write' });
  readonly recorder = testRecorder(this.store);
  /** The plant's key that is in force; the hub is told of the first one only. */
  readonly plantKey = new KeyInUse(testKey);
  readonly #parts: Partial<HubServerParts>;
  #hub: HubServer | undefined;
  #link: CuttingLink | undefined;
  #readings = 0;

  private constructor(parts: Partial<HubServerParts>) {
    this.#parts = parts;
    this.recorder.record([testGenesis]);
  }

  static async start(parts: Partial<HubServerParts> = {}): Promise<HubRig> {
    const rig = new HubRig(parts);
    await rig.startHub();
    rig.#link = await CuttingLink.start(() => rig.#hub?.port);
    return rig;
  }

  get hub(): HubServer {
    return present(this.#hub, 'the hub that was started');
  }

  get link(): CuttingLink {
    return present(this.#link, 'the link that was started');
  }

  /** Starts the hub, anew after a crash: on the same folder unless `parts` name another. */
  async startHub(parts: Partial<HubServerParts> = {}): Promise<void> {
    const before = this.#hub;
    this.#hub = undefined;
    await before?.stop();
    const own = { folder: join(this.folder, 'hub'), key: this.key, plants: [testKey.verifierKey] };
    this.#hub = await HubServer.start({ ...own, ...this.#parts, ...parts });
  }

  /** `falsify` changes what is uploaded. */
  target(
    hub: Partial<HubConfig> = {},
    secrets: Parameters<typeof openHub>[0]['secrets'] = NO_FILES,
    falsify: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
  ): SyncTarget {
    const ledger = hubLedger(this.store, testKey.name);
    const uploadOf: HubLedger['uploadOf'] = (batch, run) => {
      const { bytes, to } = ledger.uploadOf(batch, run);
      return { bytes: falsify(bytes), to };
    };
    return openHub({
      hub: { url: `http://127.0.0.1:${this.link.port}`, publicKey: this.key.publicText, ...hub },
      proxy: undefined,
      ledger: { ...ledger, uploadOf },
      secrets,
      environment: {},
      clock: systemClock,
    });
  }

  /** Puts another key of the plant in force, by the word of the one before. */
  rotate(next: DeviceKey): void {
    this.recorder.replaceKey(next, { reason: 'two years have passed', by: 'asha' });
    this.plantKey.becomes(next);
  }

  record(readings: number): void {
    const next = Array.from({ length: readings }, (_, at) =>
      judgedReading(this.#readings + at, { status: 'APPROVED' }, this.plantKey),
    );
    this.#readings += readings;
    this.recorder.record(next);
  }

  /** Records readings and seals them as one batch. */
  seal(readings = 1): Batch {
    this.record(readings);
    const mode = { kind: 'merkle', everyMs: HOUR_MS } as const;
    const { store, recorder } = this;
    const sealer = sealerOf({
      store,
      key: this.plantKey,
      plantId: 'HP-001',
      mode,
      targets: ['hub'],
      head: () => recorder.head(),
      record: (entries, alongside) => recorder.record(entries, alongside),
    });
    const until = sealedUntil(store, mode);
    seal(sealer, until, until.toMs + HOUR_MS + 60_000);
    return present(listItems(store, 'hub', 'waiting', { limit: 100_000 }).at(-1), 'the batch that was sealed').batch;
  }

  /** How often the hub holds the last entry of the batch. */
  copiesOf({ end }: Batch): number {
    return this.held().filter((line) => (JSON.parse(line) as { index: number }).index === end - 1).length;
  }

  /** The entries that the hub holds, as they came. */
  held(): readonly string[] {
    return this.hub.ledger(testKey.name).entries();
  }

  async stop(): Promise<void> {
    await this.#link?.stop();
    await this.#hub?.stop();
    this.store.close();
    rmSync(this.folder, { recursive: true });
  }
}
