import { dirname, resolve } from 'node:path';
import type { PlantConfig } from '../../core/config/plant.ts';
import { Failure } from '../../core/model/failure.ts';
import { latestConfiguration } from '../../core/store/configuration.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { type DataFolder, dataFolderAt } from '../data-folder.ts';
import { drivers } from '../drivers.ts';
import { loadConfig, readConfigFile } from '../load-config.ts';
import { originOf } from '../plant-origin.ts';
import type { Call } from './command.ts';

/** Runs `work` on the store of the data folder that `--data` names, for reading, whether or not an appliance runs. */
export async function withStore<T>(
  { texts }: Pick<Call, 'texts'>,
  work: (store: ReadableStore, folder: DataFolder) => T | Promise<T>,
): Promise<T> {
  const folder = dataFolderAt(texts.data ?? '');
  const store = openStore(folder.storePath, { access: 'read' });
  try {
    return await work(store, folder);
  } finally {
    store.close();
  }
}

export interface ConfigText {
  readonly text: string;
  /** What messages call it. */
  readonly file: string;
  /** Where it lies, when it is a file of its own. */
  readonly folder?: string;
}

/** The configuration that `--config` names, or else the one recorded in the store. */
export function configurationText(store: ReadableStore | undefined, { texts }: Pick<Call, 'texts'>): ConfigText {
  if (texts.config !== undefined) {
    return { text: readConfigFile(texts.config), file: texts.config, folder: dirname(resolve(texts.config)) };
  }
  const recorded = store === undefined ? undefined : latestConfiguration(store);
  if (typeof recorded?.body.text === 'string') {
    return { text: recorded.body.text, file: `the configuration of entry ${recorded.index}` };
  }
  throw new Failure('APP_NO_CONFIGURATION', `The data folder ${texts.data} holds no configuration yet.`, {
    hint: 'name a plant.yaml with --config',
    exitCode: 2,
  });
}

export interface KeptPlant {
  readonly config: PlantConfig;
  readonly origin: 'plant' | 'demo';
}

export function keptPlant(store: ReadableStore, call: Pick<Call, 'texts'>): KeptPlant {
  const { text, file } = configurationText(store, call);
  const config = loadConfig(text, file);
  return { config, origin: originOf(config, drivers) };
}
