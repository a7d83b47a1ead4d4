import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import { silentLog } from '../../core/model/log.ts';
import type { Random } from '../../core/model/random.ts';
import { dataFolderAt } from '../data-folder.ts';
import { createDriverHosts } from '../driver-hosts.ts';
import { secretFiles } from '../secret-files.ts';
import { systemClock } from '../system-clock.ts';

const systemRandom: Random = { next: () => randomBytes(4).readUInt32LE() / 0x1_0000_0000 };

export interface ProbeHosts {
  hostOf(driver: string): DriverHost;
  /** Removes what was only needed for this look. */
  remove(): void;
}

/**
 * What drivers need for a look at devices without an appliance. With a data folder they use its certificates and
 * secrets; else a folder that goes away again.
 */
export function probeHosts(dataFolder: string | undefined, configFolder: string | undefined): ProbeHosts {
  const folder = dataFolder === undefined ? undefined : dataFolderAt(dataFolder);
  const temporary = folder === undefined ? mkdtempSync(join(tmpdir(), 'forebay-probe-')) : undefined;
  const places = [folder?.secretsFolder, folder?.root, configFolder, process.cwd()].filter(
    (path) => path !== undefined,
  );
  return {
    hostOf: createDriverHosts({
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      secrets: secretFiles(places, process.env),
      driversFolder: folder?.driversFolder ?? join(temporary ?? '', 'drivers'),
    }),
    remove: () => {
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
    },
  };
}
