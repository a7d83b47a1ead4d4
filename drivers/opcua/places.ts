import type { DriverPlaces } from '../../core/acquisition/driver.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import type { OpcUaPointSettings } from './point-schema.ts';

/** The endpoint, and the node ids as plant.yaml has them. */
export const opcuaPlaces: DriverPlaces = {
  device: (connection) => (connection as OpcUaConnectionSettings).endpoint,
  point: (settings) => (settings as OpcUaPointSettings).nodeId,
};
