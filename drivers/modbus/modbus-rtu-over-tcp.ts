import type { Socket } from 'node:net';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Fault } from '../../core/model/fault.ts';
import { type ModbusRtuOverTcpSettings, modbusRtuOverTcpSchema } from './connection-schema.ts';
import type { Heard, LinkOutcome } from './link.ts';
import { closedFault, type SocketPlace } from './link-fault.ts';
import { modbusDriver, type Transport } from './modbus-driver.ts';
import { type MakeSocket, openSocket } from './open-socket.ts';
import { type Carrier, RtuLink } from './rtu-link.ts';
import { SOCKET_TIMING } from './rtu-timing.ts';

/** Modbus RTU frames through a serial-to-Ethernet converter that passes them on as they are. */
export const modbusRtuOverTcp = modbusDriver(rtuOverTcpTransport());

/** `makeSocket`: for simulations. */
export function rtuOverTcpTransport(makeSocket?: MakeSocket): Transport<ModbusRtuOverTcpSettings> {
  return {
    name: 'modbus-rtu-over-tcp',
    form: 'rtu-over-tcp',
    schema: modbusRtuOverTcpSchema,
    placeOf: ({ host, port }) => `${host.toLowerCase()}:${port}`,
    formatOf: () => '',
    opener:
      ({ host, port, timeout }, driverHost) =>
      (signal, heard) =>
        openRtuSocket({ host, port, timeoutMs: timeout }, driverHost, signal, heard, makeSocket),
  };
}

async function openRtuSocket(
  place: SocketPlace,
  host: DriverHost,
  signal: AbortSignal,
  heard: Heard,
  makeSocket?: MakeSocket,
): Promise<LinkOutcome> {
  let link: RtuLink | undefined;
  const handlers = {
    onBytes: (bytes: Uint8Array): void => link?.receive(bytes),
    onEnd: (fault: Fault): void => link?.finish(fault),
  };
  const opened = await openSocket(place, host, handlers, signal, makeSocket);
  if (opened.kind === 'fault') return opened;
  link = new RtuLink(carrierOf(opened.socket), SOCKET_TIMING, host, heard, closedFault(place));
  // It may have gone before there was a link to be told.
  if (opened.socket.destroyed) link.finish(closedFault(place));
  return { kind: 'open', link };
}

function carrierOf(socket: Socket): Carrier {
  return {
    // A socket has nothing that could be thrown away unseen: what still comes meets reply-shapes.ts.
    flush: (done) => done(),
    write: (bytes) => {
      socket.write(bytes);
    },
    close: () => {
      socket.destroy();
    },
  };
}
