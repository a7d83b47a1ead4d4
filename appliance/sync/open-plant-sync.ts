import type { Secrets } from '../../core/acquisition/driver.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { sealSettings } from '../../core/config/seal-schema.ts';
import type { DeviceKey } from '../../core/ledger/device-key.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import type { LedgerHead } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { Log } from '../../core/model/log.ts';
import type { Random } from '../../core/model/random.ts';
import { parseDuration } from '../../core/model/time.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import type { LinkBudget } from '../../core/sync/link-budget.ts';
import type { SealMode } from '../../core/sync/sealer.ts';
import type { SyncTarget } from '../../core/sync/target.ts';
import { fileTarget } from '../../core/sync/targets/file.ts';
import { PlantCourier } from '../courier/plant-courier.ts';
import { openMinter } from '../tokens/open-minter.ts';
import { version } from '../version.ts';
import { batchContent } from './batch-content.ts';
import { carrierDisk } from './carrier-disk.ts';
import { hubLedger } from './hub-ledger.ts';
import { openDid } from './open-did.ts';
import { openHedera } from './open-hedera.ts';
import { openHub } from './open-hub.ts';
import { PlantSync } from './plant-sync.ts';
import { budgetOf, meterOf, systemWay } from './way-out.ts';

export interface OpenSyncParts {
  readonly config: PlantConfig;
  readonly store: WritableStore;
  readonly key: Pick<DeviceKey, 'sign' | 'name' | 'publicKey' | 'verifierKey'>;
  /** Size and root as of the last write. */
  readonly head: () => LedgerHead;
  readonly record: (entries: readonly NewEntry[], alongside: (write: WritableStore) => void) => unknown;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The files that plant.yaml names: tokens, certificates, passwords. */
  readonly secrets: Pick<Secrets, 'read'>;
  /** Where a proxy may stand that plant.yaml does not name. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The targets that plant.yaml names and this version delivers to, or undefined where there are none. */
export function openPlantSync(parts: OpenSyncParts): PlantSync | undefined {
  const { config } = parts;
  const budget = budgetOf(parts);
  const targets = targetsOf(parts, budget);
  if (targets.length === 0) return undefined;
  return new PlantSync({
    ...parts,
    plantId: config.plant.id,
    mode: sealModeOf(config),
    targets,
    courier: courierOf(parts),
    did: openDid({ ...parts, meter: meterOf(budget, 'hedera', true) }),
    minter: openMinter({ ...parts, meter: meterOf(budget, 'hedera', true) }),
    budget,
    way: systemWay(parts),
  });
}

function courierOf({ config, store, key, record, clock, log }: OpenSyncParts): PlantCourier | undefined {
  const { file } = config.sync ?? {};
  if (file === undefined) return undefined;
  const { id: plantId, name: plantName } = config.plant;
  const { folder, receiver = null } = file;
  const facts = {
    ...{ folder, receiver, plantId, plantName, log: key.name, version },
    get verifierKey() {
      return key.verifierKey;
    },
  };
  return new PlantCourier({ store, disk: carrierDisk, clock, log, record, facts });
}

function targetsOf(parts: OpenSyncParts, budget: LinkBudget | undefined): readonly SyncTarget[] {
  const { config, store, key } = parts;
  const { file, hub, hedera, proxy } = config.sync ?? {};
  const targets: SyncTarget[] = [];
  if (file !== undefined) {
    targets.push(
      fileTarget({
        folder: file.folder,
        receiver: file.receiver,
        plantId: config.plant.id,
        disk: carrierDisk,
        contentOf: (batch) => batchContent(store, batch),
      }),
    );
  }
  if (hedera !== undefined) targets.push(openHedera({ ...parts, meter: meterOf(budget, 'hedera', true) }, hedera));
  if (hub !== undefined) {
    const meter = meterOf(budget, 'hub', false);
    targets.push(openHub({ ...parts, hub, proxy, ledger: hubLedger(store, key.name), meter }));
  }
  return targets;
}

/** How runs are sealed: as `sync.seal` or `sync.hedera.anchor` has it, else every hour. */
export function sealModeOf({ sync }: PlantConfig): SealMode {
  const { mode, every } = sealSettings(sync?.seal ?? sync?.hedera?.anchor);
  return mode === 'direct'
    ? { kind: 'direct' }
    : { kind: 'merkle', everyMs: present(parseDuration(every), `the duration ${every}`) };
}
