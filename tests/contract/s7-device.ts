import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { s7ConnectionSchema } from '../../drivers/s7/connection-schema.ts';
import { s7PointSchema } from '../../drivers/s7/point-schema.ts';
import type { PointText } from './modbus-device.ts';

/** A device as the configuration stage would hand it over, from what stands in plant.yaml. */
export function s7Device(connection: Record<string, unknown>, points: readonly PointText[]): DeviceConfig {
  return {
    id: 'plc1',
    driver: 's7',
    connection: s7ConnectionSchema.parse({ host: '127.0.0.1', rack: 0, slot: 2, ...connection }),
    periodMs: 1000,
    points: points.map(s7Point),
  };
}

export function s7Point(text: PointText): PointConfig {
  const { id, unit = '', kind = 'gauge', modulus, ...settings } = text;
  const point = { ref: `plc1/${id}`, id, unit, kind, settings: s7PointSchema.parse(settings) };
  return modulus === undefined ? point : { ...point, modulus };
}
