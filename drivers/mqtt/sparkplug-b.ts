import type { ConnectOutcome, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { leaseBroker } from './broker.ts';
import { sparkplugPlaces } from './places.ts';
import { SparkplugConnection } from './sparkplug-connection.ts';
import { probeSparkplug } from './sparkplug-probe.ts';
import {
  checkSparkplugDevice,
  type SparkplugConnectionSettings,
  sparkplugConnectionSchema,
  sparkplugPointSchema,
} from './sparkplug-schema.ts';

/**
 * Sparkplug B over MQTT: metrics of edge nodes and their devices. Hears only, save for one command that plant.yaml can
 * switch off: the request that a node say anew what it has.
 */
export const sparkplugB: Driver = {
  name: 'sparkplug-b',
  origin: 'plant',
  schemas: { connection: sparkplugConnectionSchema, point: sparkplugPointSchema },
  places: sparkplugPlaces,
  check: checkSparkplugDevice,
  connect,
  probe: probeSparkplug,
};

async function connect(device: DeviceConfig, host: DriverHost, signal: AbortSignal): Promise<ConnectOutcome> {
  const lease = leaseBroker('sparkplug-b', device.connection as SparkplugConnectionSettings, host);
  const connection = new SparkplugConnection(device, host, lease);
  const fault = await connection.open(signal);
  if (fault === undefined) return { kind: 'connected', connection };
  await connection.close();
  return { kind: 'fault', fault };
}
