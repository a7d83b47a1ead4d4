import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverHost, Secrets } from '../core/acquisition/driver.ts';
import { Shared } from '../core/acquisition/shared.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import type { Random } from '../core/model/random.ts';

export interface DriverHostParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly secrets: Secrets;
  /** Parent of the folders in which drivers keep their own things. */
  readonly driversFolder: string;
}

const OWNER_ONLY = 0o700;

/** What the drivers of one plant are given: a host for each, all with the same shared things. */
export function createDriverHosts({ driversFolder, ...common }: DriverHostParts): (driver: string) => DriverHost {
  const shared = new Shared();
  const hosts = new Map<string, DriverHost>();
  return (driver) => {
    const stateFolder = (): string => {
      const folder = join(driversFolder, driver);
      mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
      return folder;
    };
    const host = hosts.get(driver) ?? { ...common, shared, stateFolder };
    hosts.set(driver, host);
    return host;
  };
}
