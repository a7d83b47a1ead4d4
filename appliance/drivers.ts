import type { Driver } from '../core/acquisition/driver.ts';
import { csv } from '../drivers/csv/csv.ts';
import { http } from '../drivers/http/http.ts';
import { modbusRtu } from '../drivers/modbus/modbus-rtu.ts';
import { modbusRtuOverTcp } from '../drivers/modbus/modbus-rtu-over-tcp.ts';
import { modbusTcp } from '../drivers/modbus/modbus-tcp.ts';
import { mqtt } from '../drivers/mqtt/mqtt.ts';
import { sparkplugB } from '../drivers/mqtt/sparkplug-b.ts';
import { opcua } from '../drivers/opcua/opcua.ts';
import { s7 } from '../drivers/s7/s7.ts';
import { simulator } from '../drivers/simulator/simulator.ts';

/** Every driver that plant.yaml may name. */
export const drivers: ReadonlyMap<string, Driver> = new Map(
  [csv, http, modbusRtu, modbusRtuOverTcp, modbusTcp, mqtt, opcua, s7, simulator, sparkplugB].map((driver) => [
    driver.name,
    driver,
  ]),
);
