import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { opcuaConnectionSchema } from '../../drivers/opcua/connection-schema.ts';
import { opcuaPointSchema } from '../../drivers/opcua/point-schema.ts';

export interface OpcUaPointText extends Record<string, unknown> {
  id: string;
  unit?: string;
  kind?: PointConfig['kind'];
  modulus?: bigint;
}

/** A device as the configuration stage would hand it over, from what stands in plant.yaml. */
export function opcuaDevice(
  connection: Record<string, unknown>,
  points: readonly OpcUaPointText[],
  id = 'plc1',
): DeviceConfig {
  return {
    id,
    driver: 'opcua',
    connection: opcuaConnectionSchema.parse(connection),
    periodMs: 1000,
    points: points.map((point) => opcuaPoint(point, id)),
  };
}

function opcuaPoint(text: OpcUaPointText, device: string): PointConfig {
  const { id, unit = '', kind = 'gauge', modulus, ...settings } = text;
  const point = { ref: `${device}/${id}`, id, unit, kind, settings: opcuaPointSchema.parse(settings) };
  return modulus === undefined ? point : { ...point, modulus };
}
