import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { csvConnectionSchema } from '../../drivers/csv/connection-schema.ts';
import { csvPointSchema } from '../../drivers/csv/point-schema.ts';
import type { PointText } from './modbus-device.ts';

/** A device as the configuration stage would hand it over, from what stands in plant.yaml. */
export function csvDevice(connection: Record<string, unknown>, points: readonly PointText[]): DeviceConfig {
  return {
    id: 'historian',
    driver: 'csv',
    connection: csvConnectionSchema.parse({ timestamp: { column: 'Time', format: 'iso' }, ...connection }),
    periodMs: 1000,
    points: points.map(csvPoint),
  };
}

export function csvPoint(text: PointText): PointConfig {
  const { id, unit = '', kind = 'gauge', modulus, ...settings } = text;
  const point = { ref: `historian/${id}`, id, unit, kind, settings: csvPointSchema.parse(settings) };
  return modulus === undefined ? point : { ...point, modulus };
}
