import type { ConnectOutcome, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { checkDevice } from './check-device.ts';
import { type ModbusConnectionSettings, modbusConnectionSchema } from './connection-schema.ts';
import { openLink, type Tally } from './link.ts';
import { ModbusConnection } from './modbus-connection.ts';
import { type ModbusPointSettings, modbusPointSchema } from './point-schema.ts';
import { bitsOf, REGISTER_TYPES } from './register-type.ts';

/** Modbus TCP, reading only: PLCs, meters, and serial devices behind a gateway that speaks Modbus TCP. */
export const modbusTcp: Driver = {
  name: 'modbus-tcp',
  origin: 'plant',
  schemas: { connection: modbusConnectionSchema, point: modbusPointSchema, defaultModulus, floatBits },
  check: checkDevice,
  connect,
};

async function connect(device: DeviceConfig, host: DriverHost, signal: AbortSignal): Promise<ConnectOutcome> {
  const settings = device.connection as ModbusConnectionSettings;
  const tally: Tally = { requests: 0, timeouts: 0, strangers: 0 };
  const opened = await openLink(settings, host, tally, signal);
  if (opened.kind === 'fault') return opened;
  return { kind: 'connected', connection: new ModbusConnection(settings, host, opened.link, tally) };
}

/** An unsigned integer wraps at its width, unless plant.yaml says that the meter wraps earlier. */
function defaultModulus(settings: unknown): bigint | undefined {
  const { type } = settings as ModbusPointSettings;
  return REGISTER_TYPES[type].number === 'unsigned' ? 1n << BigInt(bitsOf(type)) : undefined;
}

function floatBits(settings: unknown): 32 | 64 | undefined {
  const { type } = settings as ModbusPointSettings;
  if (REGISTER_TYPES[type].number !== 'float') return undefined;
  return type === 'float32' ? 32 : 64;
}
