import { randomBytes } from 'node:crypto';
import type { Secrets } from '../core/acquisition/driver.ts';
import { configurationBody } from '../core/config/configuration-body.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { KeyInUse } from '../core/ledger/key-in-use.ts';
import type { Random } from '../core/model/random.ts';
import { configurationOfLastRun } from '../core/store/configuration.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { holdInstanceLock, type InstanceLock } from '../core/store/instance-lock.ts';
import { nodeKeyDisk } from '../core/store/node-key-disk.ts';
import { openStore } from '../core/store/open-store.ts';
import { checkListening, type RunningApi, startApi } from './api/start-api.ts';
import { type DataFolder, dataFolderAt, openDataFolder } from './data-folder.ts';
import { SamplePruning } from './disk/sample-pruning.ts';
import { createDriverHosts } from './driver-hosts.ts';
import { drivers } from './drivers.ts';
import { explainFullDisk } from './full-disk.ts';
import { workOnKeyFiles } from './keys/key-files-job.ts';
import { KeyRotation } from './keys/key-rotation.ts';
import { type OpenLog, openLog } from './log.ts';
import { markLedger, refuseBegunAnew } from './lost-ledger.ts';
import { noteAbruptEnd } from './note-abrupt-end.ts';
import { openDeviceKey } from './open-device-key.ts';
import { Plant } from './plant.ts';
import { readRecordedConfig } from './read-recorded-config.ts';
import { removeRunFile, writeRunFile } from './run-file.ts';
import { noteDamage } from './salvage/damage-note.ts';
import { isToBeNoted } from './salvage/find-damage.ts';
import { mendStore } from './salvage/mend-store.ts';
import { mendTables } from './salvage/mend-tables.ts';
import { secretFiles } from './secret-files.ts';
import { askTimeServer } from './sntp.ts';
import { type BatchProver, batchProver } from './sync/batch-prover.ts';
import { type OpenSyncParts, openPlantSync } from './sync/open-plant-sync.ts';
import type { PlantSync } from './sync/plant-sync.ts';
import { targetNames } from './sync/target-names.ts';
import { systemClock } from './system-clock.ts';
import { type MintProver, mintProver } from './tokens/mint-prover.ts';
import { PlantView } from './view-plant.ts';
import { watchStore } from './watch-store.ts';

export interface ApplianceOptions {
  readonly config: PlantConfig;
  /** plant.yaml as it stands. */
  readonly configText: string;
  /** Where plant.yaml lies, when it was named: secret files may lie beside it. */
  readonly configFolder?: string | undefined;
  /** Path of the data folder; created when absent. */
  readonly dataFolder: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly mode: 'normal' | 'shadow';
  readonly consoleFolder: string;
  readonly version: string;
  /** Where warnings go for people. */
  readonly errorOutput: { write(text: string): unknown };
}

export interface RunningAppliance {
  readonly url: string;
  createSignInLink(): string;
  /** Ends polls and requests, makes everything read durable, and frees the data folder. */
  stop(): Promise<void>;
}

const LOCAL_TOKEN_BYTES = 32;
const DAY_MS = 86_400_000;

const systemRandom: Random = { next: () => randomBytes(4).readUInt32LE() / 0x1_0000_0000 };

/**
 * Starts the whole appliance: data folder, store, device key, plant, API. What fails on the way is undone again.
 *
 * @throws Failure of any part, made for a person to read.
 */
export async function startAppliance(options: ApplianceOptions): Promise<RunningAppliance> {
  const undo: (() => void | Promise<void>)[] = [];
  try {
    const folder = openDataFolder(options.dataFolder);
    const lock: InstanceLock = holdInstanceLock(folder.root);
    undo.push(() => lock.release());
    await checkListening(options.host, options.port);
    const opened = await openLog({ dataFolder: folder.root, errorOutput: options.errorOutput });
    undo.push(() => opened.close());
    const tell = (line: string): void => void options.errorOutput.write(`${line}\n`);
    mendStore({
      folder,
      backupFolder: options.config.backup?.folder,
      clock: systemClock,
      tell,
    });
    const store = openStore(folder.storePath, { access: 'write' });
    undo.push(() => store.close());
    refuseBegunAnew(folder, store);
    const unitIds = options.config.units.map(({ id }) => id);
    mendTables({ folder, store, unitIds, nowMs: systemClock.wallMs(), tell });
    const running = await startPlant(options, folder, opened, store, undo);
    markLedger(folder, store);
    return running;
  } catch (error) {
    if (isToBeNoted(error)) noteDamage(dataFolderAt(options.dataFolder), error, 'urgent');
    await unwind(undo);
    throw explainFullDisk(error, dataFolderAt(options.dataFolder));
  }
}

async function startPlant(
  options: ApplianceOptions,
  folder: DataFolder,
  { log }: OpenLog,
  store: WritableStore,
  undo: (() => void | Promise<void>)[],
): Promise<RunningAppliance> {
  const { config, configText, mode, version } = options;
  const key = new KeyInUse(openDeviceKey(folder, store, config.plant.id));
  const common = { config, store, clock: systemClock, log };
  const shown = new PlantView({ ...common, drivers, version, mode, key, dataFolder: folder.root });
  undo.push(() => shown.stop());
  const watch = watchStore({ ...common, dataFolder: folder.root, onAlarm: (failure) => shown.alarm(failure) });
  undo.push(() => watch.stop());
  noteAbruptEnd(common);
  const plant = new Plant({
    ...common,
    disk: watch.disk,
    configuration: configurationBody(configText, config),
    formerConfig: readRecordedConfig(configurationOfLastRun(store)),
    drivers,
    hostOf: hostsFor(options, folder, log),
    key,
    random: systemRandom,
    askTimeServer: (host, signal) => askTimeServer(host, systemClock, signal),
    version,
    mode,
    listener: shown.listener,
    onFailure: (error) => {
      // So that the next start saves what can be saved.
      if (isToBeNoted(error)) noteDamage(folder, error, 'suspected');
    },
  });
  const ways = { config, store, secrets: secretsFor(options, folder) };
  const sync = syncOf(plant, { ...ways, key, log });
  const pruning = pruningOf(plant, { config, store, log });
  const keys = keysOf({ folder, key, log, plant, sync });
  shown.attach(plant);
  shown.watchWith({ ...watch, sync, ...proversOf(ways), keys });
  const localToken = randomBytes(LOCAL_TOKEN_BYTES).toString('base64url');
  const api = await listen(options, shown, log, localToken);
  undo.push(() => api.close());
  shown.listensAt(api.url);
  writeRunFile(folder, { pid: process.pid, url: api.url, localToken });
  undo.push(() => removeRunFile(folder));
  plant.start();
  sync?.start();
  watch.start();
  pruning.start();
  // Before the store closes, after the API does: undone in reverse order.
  undo.splice(undo.length - 2, 0, async () => {
    pruning.stop();
    await keys.stop();
    await sync?.stop();
    await plant.stop();
  });
  log.info({ url: api.url, mode, version, plant: config.plant.id }, 'appliance started');
  return { url: api.url, createSignInLink: () => api.createSignInLink(), stop: () => unwind(undo) };
}

function syncOf(
  plant: Plant,
  parts: Pick<OpenSyncParts, 'config' | 'store' | 'key' | 'log' | 'secrets'>,
): PlantSync | undefined {
  return openPlantSync({
    ...parts,
    head: () => plant.head(),
    record: (entries, alongside) => plant.record(entries, alongside),
    clock: systemClock,
    random: systemRandom,
    environment: process.env,
  });
}

interface KeyParts extends Pick<OpenSyncParts, 'log'> {
  readonly folder: DataFolder;
  readonly key: KeyInUse;
  readonly plant: Plant;
  readonly sync: PlantSync | undefined;
}

function keysOf({ folder, key, log, plant, sync }: KeyParts): KeyRotation {
  return new KeyRotation({
    keysFolder: folder.keysFolder,
    disk: nodeKeyDisk,
    key,
    clock: systemClock,
    log,
    workOnFiles: workOnKeyFiles,
    record: (takeover) => plant.changeKey(takeover),
    onChanged: () => sync?.keyChanged(),
  });
}

function proversOf(ways: Pick<OpenSyncParts, 'config' | 'store' | 'secrets'>): {
  readonly prover: BatchProver;
  readonly mintProver: MintProver;
} {
  const parts = { ...ways, environment: process.env, clock: systemClock };
  const prover = batchProver(parts);
  return { prover, mintProver: mintProver(parts, prover) };
}

function pruningOf(
  plant: Plant,
  { config, store, log }: Pick<OpenSyncParts, 'config' | 'store' | 'log'>,
): SamplePruning {
  return new SamplePruning({
    samples: config.samples,
    hasTargets: targetNames(config).length > 0,
    store,
    clock: systemClock,
    log,
    record: (entry, alongside) => plant.record(entry, alongside),
    isClockTrusted: () => plant.clock.trustOver(DAY_MS) !== 'suspect',
  });
}

function hostsFor(options: ApplianceOptions, folder: DataFolder, log: OpenLog['log']) {
  const [secrets, { driversFolder }] = [secretsFor(options, folder), folder];
  return createDriverHosts({ clock: systemClock, random: systemRandom, log, secrets, driversFolder });
}

function secretsFor({ configFolder }: ApplianceOptions, folder: DataFolder): Secrets {
  const folders = [folder.secretsFolder, folder.root, ...(configFolder === undefined ? [] : [configFolder])];
  return secretFiles(folders, process.env);
}

function listen(
  { host, port, consoleFolder, version }: ApplianceOptions,
  shown: PlantView,
  log: OpenLog['log'],
  localToken: string,
): Promise<RunningApi> {
  return startApi({
    view: shown.view,
    actions: shown.actions,
    host,
    port,
    log,
    consoleFolder,
    version,
    localToken,
    randomBytes,
  });
}

async function unwind(undo: (() => void | Promise<void>)[]): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}
