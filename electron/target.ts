import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OPTIONS } from './options.mjs';

/** Which appliance the window belongs to, and how to start it when none runs. */
export interface Target {
  /** Data folders in which a running appliance is looked for, in this order. */
  attachFolders: readonly string[];
  /** Arguments of the `forebay` command that starts our own. */
  command: readonly string[];
}

/** What the choice depends on besides the command line. */
export interface Surroundings {
  /** `installed`: made by the packager; `source`: a working copy. */
  kind: 'installed' | 'source';
  applicationFolder: string;
  userDataFolder: string;
  workingFolder: string;
  /** Data folder of the system service that the headless package installs. */
  serviceFolder: string;
}

/**
 * The same rule as `npm start`: naming a plant or a data folder means a real plant, otherwise the simulated one, which
 * `--demo` asks for by name. An installed window without options first looks for the system service.
 *
 * Unknown options are left alone, because Chromium's own switches stand on the same command line.
 */
export function chooseTarget(commandLine: readonly string[], surroundings: Surroundings): Target {
  const { values } = parseArgs({ args: [...commandLine], options: OPTIONS, strict: false, allowPositionals: true });
  const config = textOf(values.config);
  const data = textOf(values.data);
  const port = textOf(values.port);
  const isRealPlant = values.demo !== true && (config !== undefined || data !== undefined);
  const ownFolder =
    data === undefined ? defaultFolder(surroundings, isRealPlant) : resolve(surroundings.workingFolder, data);
  const command = [
    isRealPlant ? 'start' : 'demo',
    ...(config === undefined || !isRealPlant ? [] : ['--config', resolve(surroundings.workingFolder, config)]),
    '--data',
    ownFolder,
    ...(port === undefined ? [] : ['--port', port]),
    ...(values.shadow === true ? ['--shadow'] : []),
  ];
  const looksForService = surroundings.kind === 'installed' && !isRealPlant && data === undefined;
  return { attachFolders: looksForService ? [surroundings.serviceFolder, ownFolder] : [ownFolder], command };
}

function defaultFolder(surroundings: Surroundings, isRealPlant: boolean): string {
  if (isRealPlant) return join(surroundings.userDataFolder, 'plant');
  if (surroundings.kind === 'source') return join(surroundings.applicationFolder, '.demo');
  return join(surroundings.userDataFolder, 'demo');
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
