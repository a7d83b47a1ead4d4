import type { ConnectOutcome, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { leaseBroker } from './broker.ts';
import { checkDevice } from './check-device.ts';
import { type MqttConnectionSettings, mqttConnectionSchema } from './connection-schema.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { mqttPlaces } from './places.ts';
import { mqttPointSchema } from './point-schema.ts';
import { probeMqtt } from './probe.ts';

/** MQTT with numbers or JSON in the messages, hearing only: nothing is ever published. */
export const mqtt: Driver = {
  name: 'mqtt',
  origin: 'plant',
  schemas: { connection: mqttConnectionSchema, point: mqttPointSchema },
  places: mqttPlaces,
  check: checkDevice,
  connect,
  probe: probeMqtt,
};

async function connect(device: DeviceConfig, host: DriverHost, signal: AbortSignal): Promise<ConnectOutcome> {
  const lease = leaseBroker('mqtt', device.connection as MqttConnectionSettings, host);
  const connection = new MqttConnection(device, host, lease);
  const fault = await connection.open(signal);
  if (fault === undefined) return { kind: 'connected', connection };
  await connection.close();
  return { kind: 'fault', fault };
}
