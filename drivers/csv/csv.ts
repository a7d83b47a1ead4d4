import type { ConnectOutcome, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { checkDevice } from './check-device.ts';
import { type CsvConnectionSettings, csvConnectionSchema } from './connection-schema.ts';
import { CsvConnection } from './csv-connection.ts';
import { loadParser } from './dialect.ts';
import { type CsvDisk, machineDisk } from './disk.ts';
import { abortedFault, folderFault } from './folder-fault.ts';
import { csvPlaces } from './places.ts';
import { csvPointSchema } from './point-schema.ts';
import { createProbe } from './probe.ts';

/** A folder into which a historian or logger exports CSV files, reading only: no file is moved, changed or deleted. */
export const csv: Driver = createCsvDriver(machineDisk);

export function createCsvDriver(disk: CsvDisk): Driver {
  return {
    name: 'csv',
    origin: 'plant',
    sourceTime: 'record',
    schemas: { connection: csvConnectionSchema, point: csvPointSchema },
    places: csvPlaces,
    check: checkDevice,
    connect: (device, host, signal) => connect({ device, host, disk }, signal),
    probe: createProbe(disk),
  };
}

async function connect(
  parts: { device: DeviceConfig; host: DriverHost; disk: CsvDisk },
  signal: AbortSignal,
): Promise<ConnectOutcome> {
  const { folder } = parts.device.connection as CsvConnectionSettings;
  if (signal.aborted) return { kind: 'fault', fault: abortedFault() };
  const parser = await loadParser();
  const listed = await new Promise<'listed' | 'aborted' | { error: unknown }>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    parts.disk.list(folder).then(
      () => resolve('listed'),
      (error: unknown) => resolve({ error }),
    );
  });
  if (listed === 'aborted') return { kind: 'fault', fault: abortedFault() };
  if (listed !== 'listed') return { kind: 'fault', fault: folderFault(folder, listed.error) };
  return { kind: 'connected', connection: new CsvConnection({ ...parts, parser }) };
}
