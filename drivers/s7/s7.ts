import type { ConnectOutcome, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { checkDevice } from './check-device.ts';
import { type S7ConnectionSettings, s7ConnectionSchema } from './connection-schema.ts';
import { bitsOf, DATA_TYPES } from './data-type.ts';
import { Frames } from './frames.ts';
import { newTally, openLink } from './link.ts';
import { s7Places } from './places.ts';
import { type S7PointSettings, s7PointSchema } from './point-schema.ts';
import { probe } from './probe.ts';
import { S7Connection } from './s7-connection.ts';

/** Siemens S7 over ISO-on-TCP, reading only: S7-300, S7-400, S7-1200, S7-1500 and what speaks like them. */
export const s7: Driver = {
  name: 's7',
  origin: 'plant',
  schemas: { connection: s7ConnectionSchema, point: s7PointSchema, defaultModulus, floatBits },
  places: s7Places,
  check: checkDevice,
  connect,
  probe,
};

async function connect(device: DeviceConfig, host: DriverHost, signal: AbortSignal): Promise<ConnectOutcome> {
  const settings = device.connection as S7ConnectionSettings;
  const parts = { settings, host, tally: newTally(), frames: await Frames.load() };
  const opened = await openLink(parts, signal);
  if (opened.kind === 'fault') return opened;
  return { kind: 'connected', connection: new S7Connection(parts, opened.link) };
}

/** An unsigned integer wraps at its width, unless plant.yaml says that the meter wraps earlier. */
function defaultModulus(settings: unknown): bigint | undefined {
  const { type } = (settings as S7PointSettings).address;
  return DATA_TYPES[type].number === 'unsigned' ? 1n << BigInt(bitsOf(type)) : undefined;
}

function floatBits(settings: unknown): 32 | 64 | undefined {
  const { type } = (settings as S7PointSettings).address;
  if (DATA_TYPES[type].number !== 'float') return undefined;
  return type === 'REAL' ? 32 : 64;
}
