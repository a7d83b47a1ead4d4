import type { ConnectOutcome, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { checkDevice, warnDevice } from './check-device.ts';
import { type OpcUaConnectionSettings, opcuaConnectionSchema } from './connection-schema.ts';
import { EndpointSession, endpointKey } from './endpoint-session.ts';
import { OpcUaConnection } from './opcua-connection.ts';
import { opcuaPlaces } from './places.ts';
import { type OpcUaPointSettings, opcuaPointSchema } from './point-schema.ts';
import { probe } from './probe.ts';
import { scalarNamed } from './scalar-type.ts';

/** OPC UA, reading only: servers of PLCs, gateways and SCADA systems, by reading or by subscription. */
export const opcua: Driver = {
  name: 'opcua',
  origin: 'plant',
  schemas: { connection: opcuaConnectionSchema, point: opcuaPointSchema, defaultModulus, floatBits },
  places: opcuaPlaces,
  check: checkDevice,
  warn: warnDevice,
  connect,
  probe,
};

async function connect(device: DeviceConfig, host: DriverHost, signal: AbortSignal): Promise<ConnectOutcome> {
  const settings = device.connection as OpcUaConnectionSettings;
  const lease = host.shared.acquire(endpointKey(settings.endpoint), () => new EndpointSession(settings, host));
  const sentBefore = new Map(lease.resource.sent);
  const outcome = await lease.resource.open(settings, signal);
  if (outcome.kind === 'fault') {
    await lease.release();
    return outcome;
  }
  const { session } = outcome;
  const { periodMs } = device;
  return {
    kind: 'connected',
    connection: new OpcUaConnection({ settings, periodMs, host, lease, session, sentBefore }),
  };
}

/** An unsigned integer wraps at its width, unless plant.yaml says that the meter wraps earlier. */
function defaultModulus(settings: unknown): bigint | undefined {
  const { type } = settings as OpcUaPointSettings;
  if (type === undefined) return undefined;
  const { number, bytes } = scalarNamed(type);
  return number === 'unsigned' ? 1n << BigInt(8 * bytes) : undefined;
}

function floatBits(settings: unknown): 32 | 64 | undefined {
  const { type } = settings as OpcUaPointSettings;
  if (type === 'Float') return 32;
  return type === 'Double' ? 64 : undefined;
}
