import type { Driver } from '../core/acquisition/driver.ts';
import { http } from '../drivers/http/http.ts';
import { modbusTcp } from '../drivers/modbus/modbus-tcp.ts';
import { mqtt } from '../drivers/mqtt/mqtt.ts';
import { s7 } from '../drivers/s7/s7.ts';
import { simulator } from '../drivers/simulator/simulator.ts';

/** Every driver that plant.yaml may name. */
export const drivers: ReadonlyMap<string, Driver> = new Map(
  [http, modbusTcp, mqtt, s7, simulator].map((driver) => [driver.name, driver]),
);
