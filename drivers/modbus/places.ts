import type { DriverPlaces } from '../../core/acquisition/driver.ts';
import type { AnySettings, Transport } from './modbus-driver.ts';
import type { ModbusPointSettings } from './point-schema.ts';
import { cellsOf } from './register-type.ts';

/** `192.0.2.10:502, unit id 3`, and `holding 3000, float32 ABCD`: protocol addresses, counted from 0. */
export function modbusPlaces<T extends AnySettings>(transport: Pick<Transport<T>, 'placeOf'>): DriverPlaces {
  return {
    device(connection) {
      const settings = connection as T;
      return `${transport.placeOf(settings)}, unit id ${settings.unitId}`;
    },
    point(settings) {
      const { register, address, type, order, bit } = settings as ModbusPointSettings;
      if (bit !== undefined) return `${register} ${address}, bit ${bit}`;
      if (type === 'bool') return `${register} ${address}`;
      return `${register} ${address}, ${type}${cellsOf(type) > 1 ? ` ${order}` : ''}`;
    },
  };
}
