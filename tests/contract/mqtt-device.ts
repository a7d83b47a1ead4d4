import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { mqttConnectionSchema } from '../../drivers/mqtt/connection-schema.ts';
import { mqttPointSchema } from '../../drivers/mqtt/point-schema.ts';
import { sparkplugConnectionSchema, sparkplugPointSchema } from '../../drivers/mqtt/sparkplug-schema.ts';

export interface MqttPointText extends Record<string, unknown> {
  id: string;
  unit?: string;
  kind?: PointConfig['kind'];
}

/** A device as the configuration stage would hand it over, from what stands in plant.yaml. */
export function mqttDevice(
  connection: Record<string, unknown>,
  points: readonly MqttPointText[],
  periodMs = 1000,
): DeviceConfig {
  return {
    id: 'plc1',
    driver: 'mqtt',
    connection: mqttConnectionSchema.parse(connection),
    periodMs,
    points: points.map(({ id, unit = '', kind = 'gauge', ...settings }) => ({
      ref: `plc1/${id}`,
      id,
      unit,
      kind,
      settings: mqttPointSchema.parse(settings),
    })),
  };
}

/** The same for sparkplug-b. */
export function sparkplugDevice(
  connection: Record<string, unknown>,
  points: readonly MqttPointText[],
  periodMs = 1000,
): DeviceConfig {
  return {
    id: 'plc1',
    driver: 'sparkplug-b',
    connection: sparkplugConnectionSchema.parse(connection),
    periodMs,
    points: points.map(({ id, unit = '', kind = 'gauge', ...settings }) => ({
      ref: `plc1/${id}`,
      id,
      unit,
      kind,
      settings: sparkplugPointSchema.parse(settings),
    })),
  };
}
