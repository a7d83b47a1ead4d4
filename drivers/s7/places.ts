import type { DriverPlaces } from '../../core/acquisition/driver.ts';
import { addressText } from './address.ts';
import type { S7ConnectionSettings } from './connection-schema.ts';
import type { S7PointSettings } from './point-schema.ts';

/** `192.0.2.10:102, rack 0, slot 1`, and `DB1,REAL0`. */
export const s7Places: DriverPlaces = {
  device(connection) {
    const { host, port, rack, slot } = connection as S7ConnectionSettings;
    return `${host}:${port}, rack ${rack}, slot ${slot}`;
  },
  point: (settings) => addressText((settings as S7PointSettings).address),
};
