import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Failure } from '../../core/model/failure.ts';
import { loadConfig } from '../load-config.ts';
import { systemClock } from '../system-clock.ts';
import { version } from '../version.ts';
import type { OptionDescription } from './command.ts';
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
  shadow: { type: 'boolean', about: 'shadow mode: run beside the manual MRV' },
} as const satisfies Record<string, OptionDescription>;

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 8740;
const PORT_MAX = 65_535;
/** The built console. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../renderer/dist/', import.meta.url));
/** The contract gives 5 s from the signal to the end of the process. */
const STOP_MS_MAX = 4500;

/** Runs the appliance until it is told to stop, and answers once everything is recorded. */
export async function runAppliance(options: RunOptions): Promise<0> {
  const { configuration, dataFolder, mode, output } = options;
  const port = readPort(options.port);
  // Before the start, so that a signal during it is heard too.
  const stopAsked = waitForSignal();
  keepMemorySmall();
  // The server is the largest part of the program; no other command needs it.
  const { startAppliance } = await import('../appliance.ts');
  const appliance = await startAppliance({
    config: loadConfig(configuration.text, configuration.file),
    configText: configuration.text,
    dataFolder,
    host: options.host ?? DEFAULT_HOST,
    port,
    mode,
    consoleFolder: CONSOLE_FOLDER,
    version,
    errorOutput: { write: (text) => output.note(text.trimEnd()) },
  });
  output.json({ event: 'listening', url: appliance.url });
  announce(options, appliance);
  await stopAsked;
  await stopInTime(() => appliance.stop());
  return 0;
}

/** A link that signs somebody in is not written into the journal of a service. */
function announce(
  { signIn, output, dataFolder }: RunOptions,
  appliance: { readonly url: string; createSignInLink(): string },
): void {
  if (signIn === 'on-terminal' && !output.isTerminal) {
    output.note(`Forebay is running at ${appliance.url}; forebay signin --data ${dataFolder} gives a link to sign in.`);
    return;
  }
  const url = appliance.createSignInLink();
  if (signIn === 'print') output.json({ event: 'sign-in', url });
  output.note(`\nForebay is running. Open this link to sign in (it works once):\n\n  ${url}\n\nCtrl-C stops it.`);
}

/**
 * Young objects of a poller die at once, so a small nursery costs little time and saves about 30 MB of memory on a PC
 * that has other work to do. It must be set before the large part of the program is loaded.
 */
function keepMemorySmall(): void {
  setFlagsFromString('--max-semi-space-size=2');
  setFlagsFromString('--semi-space-growth-factor=1');
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
