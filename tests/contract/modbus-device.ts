import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import {
  modbusConnectionSchema,
  modbusRtuOverTcpSchema,
  modbusRtuSchema,
} from '../../drivers/modbus/connection-schema.ts';
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

/** The same for any form of Modbus. */
export function modbusDeviceOf(
  driver: 'modbus-tcp' | 'modbus-rtu' | 'modbus-rtu-over-tcp',
  connection: Record<string, unknown>,
  points: readonly PointText[],
): DeviceConfig {
  const schemas = {
    'modbus-tcp': () => modbusConnectionSchema.parse({ host: '127.0.0.1', ...connection }),
    'modbus-rtu-over-tcp': () => modbusRtuOverTcpSchema.parse({ host: '127.0.0.1', ...connection }),
    'modbus-rtu': () => modbusRtuSchema.parse({ path: '/dev/line', baudRate: 19_200, parity: 'even', ...connection }),
  };
  return { id: 'plc1', driver, connection: schemas[driver](), periodMs: 1000, points: points.map(modbusPoint) };
}

export function modbusPoint(text: PointText): PointConfig {
  const { id, unit = '', kind = 'gauge', modulus, ...settings } = text;
  const point = { ref: `plc1/${id}`, id, unit, kind, settings: modbusPointSchema.parse(settings) };
  return modulus === undefined ? point : { ...point, modulus };
}
