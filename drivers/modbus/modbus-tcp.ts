import { type ModbusConnectionSettings, modbusConnectionSchema } from './connection-schema.ts';
import { modbusDriver, type Transport } from './modbus-driver.ts';
import type { MakeSocket } from './open-socket.ts';
import { openTcpLink } from './tcp-link.ts';

/** Modbus TCP: PLCs, meters, and serial devices behind a gateway that speaks Modbus TCP. */
export const modbusTcp = modbusDriver(tcpTransport());

/** `makeSocket`: for simulations. */
export function tcpTransport(makeSocket?: MakeSocket): Transport<ModbusConnectionSettings> {
  return {
    name: 'modbus-tcp',
    form: 'tcp',
    schema: modbusConnectionSchema,
    placeOf: ({ host, port }) => `${host.toLowerCase()}:${port}`,
    formatOf: () => '',
    opener:
      ({ host, port, timeout }, driverHost) =>
      (signal) =>
        openTcpLink({ host, port, timeoutMs: timeout }, driverHost, signal, makeSocket),
  };
}
