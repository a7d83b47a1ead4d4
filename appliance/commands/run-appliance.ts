import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../core/model/failure.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { dataFolderAt } from '../data-folder.ts';
import { keepHeapTight } from '../keep-heap-tight.ts';
import { loadConfigWithWarnings } from '../load-config.ts';
import { systemClock } from '../system-clock.ts';
import { version } from '../version.ts';
import type { OptionDescription } from './command.ts';
import { countNoun } from './count-noun.ts';
import type { ConfigText } from './kept-plant.ts';
import type { Output } from './output.ts';
import { usage } from './read-command-line.ts';

export interface RunOptions {
  readonly configuration: ConfigText;
  readonly dataFolder: string;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly mode: 'normal' | 'shadow';
  readonly output: Output;
  /** Whether a link that signs a browser in is printed: on standard output as JSON, or for a person at a terminal. */
  readonly signIn: 'print' | 'on-terminal';
}

export const LISTEN_OPTIONS = {
  host: { type: 'string', value: 'ADDRESS', about: 'address of this computer to listen on (127.0.0.1)' },
  port: { type: 'string', value: 'N', about: 'TCP port to listen on (8740); 0 takes any free one' },
  shadow: {
    type: 'boolean',
    about:
      'shadow mode: run beside the manual MRV, and say so in the ledger; comparing the two comes in a later release',
  },
} as const satisfies Record<string, OptionDescription>;

const SHADOW_NOTE = 'Shadow mode: the ledger says so; comparing with the manual MRV comes in a later release.';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 8740;
const PORT_MAX = 65_535;
const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url));
/** The built console. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../renderer/dist/', import.meta.url));
/** The contract gives 5 s from the signal to the end of the process. */
const STOP_MS_MAX = 4500;

/** Runs the appliance until it is told to stop, and answers once everything is recorded. */
export async function runAppliance(options: RunOptions): Promise<0> {
  const { configuration, dataFolder, mode, output } = options;
  const port = readPort(options.port);
  const { config, warnings } = loadConfigWithWarnings(configuration.text, configuration.file);
  // Before the start, so that a signal during it is heard too.
  const stopAsked = waitForSignal();
  // The server is the largest part of the program; no other command needs it.
  const { startAppliance } = await import('../appliance.ts');
  const appliance = await startAppliance({
    config,
    configText: configuration.text,
    configFolder: configuration.folder,
    dataFolder,
    host: options.host ?? DEFAULT_HOST,
    port,
    mode,
    consoleFolder: CONSOLE_FOLDER,
    version,
    errorOutput: { write: (text) => output.note(text.trimEnd()) },
  });
  for (const warning of warnings) output.note(warning);
  if (mode === 'shadow') output.note(SHADOW_NOTE);
  announce(options, appliance);
  keepHeapTight();
  await stopAsked;
  await stopInTime(() => appliance.stop());
  output.note(`Stopped; the ledger holds ${countNoun(countEntries(dataFolder), 'entry')}.`);
  return 0;
}

function countEntries(dataFolder: string): number {
  const store = openStore(dataFolderAt(dataFolder).storePath, { access: 'read' });
  try {
    return ledgerReader(store).size();
  } finally {
    store.close();
  }
}

/**
 * Programs read JSON on standard output, a person reads standard error; where both go to one terminal, the person's
 * text is enough. A link that signs somebody in is not written into the journal of a service.
 */
function announce(
  { signIn, output, dataFolder }: RunOptions,
  appliance: { readonly url: string; createSignInLink(): string },
): void {
  const isForPersonOnly = output.isTerminal && output.isResultOnTerminal;
  if (!isForPersonOnly) output.json({ event: 'listening', url: appliance.url });
  const where = `Data: ${dataFolderAt(dataFolder).root}`;
  const another = signInCommand(dataFolder);
  if (signIn === 'on-terminal' && !output.isTerminal) {
    output.note(`Forebay is running at ${appliance.url}. ${where}\nThis prints a link to sign in: ${another}`);
    return;
  }
  const url = appliance.createSignInLink();
  if (signIn === 'print' && !isForPersonOnly) output.json({ event: 'sign-in', url });
  output.note(`
Forebay is running. Open this link to sign in (it works once):

  ${url}

${where}
Another link: ${another}
Ctrl-C stops it.`);
}

/** What a person can type here: in a copy of the project `forebay` is no command of the shell. */
function signInCommand(dataFolder: string): string {
  const isProject = resolve(PROJECT_FOLDER) === process.cwd() && existsSync(join(PROJECT_FOLDER, 'build', 'bootstrap'));
  const folder = /\s/.test(dataFolder) ? `"${dataFolder}"` : dataFolder;
  return `${isProject ? 'npm run -s forebay -- ' : 'forebay '}signin --data ${folder}`;
}

function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

async function stopInTime(stop: () => Promise<void>): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = systemClock.after(STOP_MS_MAX, () => {
      const sentence = 'The appliance could not end all its work in time and was ended.';
      reject(
        new Failure('APP_STOP_LATE', sentence, { hint: 'what was recorded is safe; the next start goes on from it' }),
      );
    });
  });
  try {
    await Promise.race([stop(), late]);
  } finally {
    cancel();
  }
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  if (/^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX) return Number(text);
  throw usage(`--port is "${text}".`, `a number from 0 to ${PORT_MAX}`);
}
