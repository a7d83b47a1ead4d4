import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { DriverHost, Secrets } from '../../core/acquisition/driver.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { Log } from '../../core/model/log.ts';
import { silentLog } from '../../core/model/log.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';

/** The machine's own clocks, for tests that talk to a real socket. */
export const machineClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface HostOptions {
  readonly log?: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  /** What becomes of trust that no person gave; kept by nobody when absent. */
  readonly recordTrust?: NonNullable<DriverHost['recordTrust']>;
  /** Secrets by the file name that the configuration has. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where the driver keeps its things; a new folder when absent. */
  readonly folder?: string;
  /** A host for each device of one plant shares this. */
  readonly shared?: Shared;
}

/** What a driver is given by the appliance, with a seeded source of randomness. */
export function driverHost(seed: number, options: HostOptions = {}): DriverHost {
  const { log = silentLog, clock = machineClock, shared = new Shared() } = options;
  let { folder } = options;
  return {
    clock,
    random: options.random ?? seededRandom(seed),
    log,
    shared,
    recordTrust: options.recordTrust ?? (() => undefined),
    secrets: heldSecrets(options.secrets ?? {}),
    stateFolder: () => {
      folder ??= folderOfProcess();
      return folder;
    },
  };
}

/** They go with the process: drivers of a test may still write into them when the test is over. */
const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderOfProcess(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-driver-'));
  folders.push(folder);
  return folder;
}

function heldSecrets(texts: Readonly<Record<string, string>>): Secrets {
  return {
    read(file) {
      const text = texts[file];
      if (text !== undefined) return { kind: 'secret', text };
      const fault = { code: 'ACQ_SECRET_MISSING', message: `There is no ${file}.`, policy: 'reconnect' } as const;
      return { kind: 'fault', fault };
    },
  };
}

/** The seed of a random test: from FOREBAY_SEED when it is set, else a new one. Printed, so that a failure can be replayed. */
export function announceSeed(test: string): number {
  const seed = Number(process.env.FOREBAY_SEED ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`SEED=${seed} ${test}\n`);
  return seed;
}
