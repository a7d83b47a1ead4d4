import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { modbusConnectionSchema } from '../../drivers/modbus/connection-schema.ts';
import { modbusPointSchema } from '../../drivers/modbus/point-schema.ts';

export interface PointText extends Record<string, unknown> {
  id: string;
  unit?: string;
  kind?: PointConfig['kind'];
  modulus?: bigint;
}

/** A device as the configuration stage would hand it over, from what stands in plant.yaml. */
export function modbusDevice(connection: Record<string, unknown>, points: readonly PointText[]): DeviceConfig {
  return {
    id: 'plc1',
    driver: 'modbus-tcp',
    connection: modbusConnectionSchema.parse({ host: '127.0.0.1', ...connection }),
    periodMs: 1000,
    points: points.map(modbusPoint),
  };
}

export function modbusPoint(text: PointText): PointConfig {
  const { id, unit = '', kind = 'gauge', modulus, ...settings } = text;
  const point = { ref: `plc1/${id}`, id, unit, kind, settings: modbusPointSchema.parse(settings) };
  return modulus === undefined ? point : { ...point, modulus };
}
